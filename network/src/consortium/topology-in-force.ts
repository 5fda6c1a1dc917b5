import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { topologyFile } from '../home/index.js';
import { writeDurably } from '../process/index.js';
import type { Topology } from '../topology/index.js';
import { formatTopology, isConsortium, loadTopology } from '../topology/index.js';
import type { EngineName } from './engine.js';
import { ConsortiumError } from './errors.js';

export const DEFAULT_TOPOLOGY = fileURLToPath(new URL('../../../config/topology.yaml', import.meta.url));

export interface TopologyChoice {
  /** File given by the user, if any. */
  readonly file?: string;
  /** Offset given by the user, if any. */
  readonly portOffset?: number;
}

/**
 * The topology to run, written to the home folder. A home that already has one keeps it, ports included,
 * unless a file or an offset is given; then only what the ledger's history does not rest on may differ.
 * @throws TopologyError; ConsortiumError HOME_OF_ANOTHER_CONSORTIUM, ENVIRONMENT_REFUSED.
 */
export function settleTopology(
  home: string,
  choice: TopologyChoice,
  engine: EngineName = 'embedded',
): Topology {
  const known = existsSync(topologyFile(home)) ? loadTopology(topologyFile(home)) : undefined;
  const given = choice.file !== undefined || choice.portOffset !== undefined;
  const topology =
    known !== undefined && !given
      ? known
      : loadTopology(choice.file ?? DEFAULT_TOPOLOGY, { portOffset: choice.portOffset });
  if (engine === 'embedded' && topology.environment === 'production') {
    throw new ConsortiumError(
      'ENVIRONMENT_REFUSED',
      'the embedded ledger does not run where the environment is production: it is one process, and so one trust domain',
      'Use the fabric engine in production, or set `environment: development` in the topology.',
    );
  }
  if (known !== undefined) requireSame(home, known, topology);
  writeDurably(topologyFile(home), formatTopology(topology));
  return topology;
}

/** The topology that is in force in a home, or undefined where `up` never ran. */
export function topologyInForce(home: string): Topology | undefined {
  return existsSync(topologyFile(home)) ? loadTopology(topologyFile(home)) : undefined;
}

/** @throws ConsortiumError NOT_RUNNING where `up` never ran. */
export function requireTopology(home: string): Topology {
  const topology = topologyInForce(home);
  if (topology !== undefined) return topology;
  throw new ConsortiumError('NOT_RUNNING', `there is no network in ${home}`, 'Start one: medaccord up');
}

function requireSame(home: string, known: Topology, topology: Topology): void {
  // A further channel may come; those that are there keep their members.
  const kept = topology.channels.filter(({ name }) =>
    known.channels.some((channel) => channel.name === name),
  );
  if (foundation(known) === foundation({ ...topology, channels: kept })) return;
  throw new ConsortiumError(
    'HOME_OF_ANOTHER_CONSORTIUM',
    `${home} holds a consortium with other organisations, orderers or channels than this topology`,
    'Give another --home, or remove that consortium first: medaccord down --wipe --yes',
  );
}

/** What certificates, blocks and collections were made from. */
function foundation(topology: Topology): string {
  const { name, channel, channels, orderers, organisations } = topology;
  const nodes = (list: readonly { name: string }[]) => list.map((node) => node.name);
  return JSON.stringify([
    name,
    channel,
    channels,
    [orderers.mspId, orderers.domain, nodes(orderers.nodes)],
    isConsortium(topology)
      ? [topology.chaincode.name, topology.organisations.map(({ kind }) => kind)]
      : 'a network alone',
    organisations.map(({ name: own, mspId, domain, peers }) => [own, mspId, domain, nodes(peers)]),
  ]);
}
