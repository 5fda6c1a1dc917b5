import { claimsCollection, isCare } from '@medaccord/chaincode/api';
import { fieldName, type FieldPath } from './field-path.js';
import { listPorts } from './ports.js';
import { isConsortium, type ConsortiumTopology } from './consortium-schema.js';
import type { Topology } from './network-schema.js';

export interface Finding {
  readonly path: FieldPath;
  readonly message: string;
}

/** What no single field can show: clashes between fields, and numbers that consensus and policies need. */
export function crossCheck(topology: Topology): Finding[] {
  return [
    ...clashes('name', organisationValues(topology, 'name')),
    ...clashes('MSP id', [
      { path: ['orderers', 'mspId'], value: topology.orderers.mspId },
      ...organisationValues(topology, 'mspId'),
    ]),
    ...clashes('domain', [
      { path: ['orderers', 'domain'], value: topology.orderers.domain },
      ...organisationValues(topology, 'domain'),
    ]),
    ...clashes(
      'orderer name',
      topology.orderers.nodes.map((node, index) => ({
        path: ['orderers', 'nodes', index, 'name'],
        value: node.name,
      })),
    ),
    ...topology.organisations.flatMap((organisation, at) =>
      clashes(
        'peer name',
        organisation.peers.map((peer, index) => ({
          path: ['organisations', at, 'peers', index, 'name'],
          value: peer.name,
        })),
      ),
    ),
    ...clashes('channel', [
      { path: ['channel'], value: topology.channel },
      ...topology.channels.map(({ name }, index) => ({ path: ['channels', index, 'name'], value: name })),
    ]),
    ...channelMembers(topology),
    ...clashes(
      'chaincode',
      topology.inProcess.map(({ name }, index) => ({ path: ['inProcess', index, 'name'], value: name })),
    ),
    ...clashes(
      'port',
      listPorts(topology).map(({ path, port }) => ({ path, value: String(port) })),
    ),
    ...consensus(topology),
    ...(isConsortium(topology)
      ? [...formerNames(topology), ...careMembers(topology), ...collectionNames(topology)]
      : []),
  ];
}

interface Placed {
  readonly path: FieldPath;
  readonly value: string;
}

function organisationValues(topology: Topology, field: 'name' | 'mspId' | 'domain'): Placed[] {
  return topology.organisations.map((organisation, index) => ({
    path: ['organisations', index, field],
    value: organisation[field],
  }));
}

/** The first holder of a value is right; every later one is named. Case is ignored: file systems may ignore it. */
function clashes(what: string, entries: readonly Placed[]): Finding[] {
  const first = new Map<string, FieldPath>();
  const findings: Finding[] = [];
  for (const { path, value } of entries) {
    const key = value.toLowerCase();
    const holder = first.get(key);
    if (holder === undefined) first.set(key, path);
    else findings.push({ path, message: `${what} ${value} is already used by ${fieldName(holder)}` });
  }
  return findings;
}

function channelMembers({ channels, organisations }: Topology): Finding[] {
  const known = new Set(organisations.map(({ name }) => name));
  return channels.flatMap((channel, at) =>
    channel.organisations.flatMap((name, index) => {
      const path = ['channels', at, 'organisations', index];
      if (!known.has(name)) return [{ path, message: `there is no organisation ${name}` }];
      return channel.organisations.indexOf(name) < index ? [{ path, message: `${name} is named twice` }] : [];
    }),
  );
}

function careMembers(topology: ConsortiumTopology): Finding[] {
  if (topology.organisations.some(({ kind }) => isCare(kind))) return [];
  return [
    {
      path: ['organisations'],
      message: 'needs at least one care organisation (hospital, lab or pharmacy): they endorse',
    },
  ];
}

function formerNames({ organisations, formerOrganisations }: ConsortiumTopology): Finding[] {
  return clashes('name', [
    ...organisations.map(({ name }, index) => ({ path: ['organisations', index, 'name'], value: name })),
    ...formerOrganisations.map(({ name }, index) => ({
      path: ['formerOrganisations', index, 'name'],
      value: name,
    })),
  ]);
}

/** `a-b` with `c` and `a` with `b-c` would share one collection of claims. */
function collectionNames(topology: ConsortiumTopology): Finding[] {
  const pairs = topology.organisations.flatMap((care, index) =>
    isCare(care.kind)
      ? topology.organisations
          .filter(({ kind }) => kind === 'insurer')
          .map((insurer) => ({
            path: ['organisations', index, 'name'],
            value: claimsCollection(care.name, insurer.name),
          }))
      : [],
  );
  return clashes('claims collection', pairs);
}

function consensus(topology: Topology): Finding[] {
  const { consensus: kind, nodes } = topology.orderers;
  if (kind === 'bft' && nodes.length < 4) {
    return [
      {
        path: ['orderers', 'nodes'],
        message: `bft consensus needs at least 4 orderers to bear one fault, here are ${nodes.length}`,
      },
    ];
  }
  return [];
}
