import { ORDERER_ORGANISATION } from '../crypto-material/index.js';
import { findOrganisation, isConsortiumOrganisation, type Topology } from '../topology/index.js';
import type { EngineName } from '../consortium/index.js';

/** Something that runs with certificates of its own, and the process that has to start again to take new ones. */
export interface CertifiedNode {
  readonly kind: 'orderer' | 'orderer-admin' | 'peer' | 'ca' | 'gateway';
  readonly organisation: string;
  /** As commands name it: `peer0.hospital-a`, `gateway-hospital-a`, `orderer0`. */
  readonly name: string;
  /** Its name in the topology. */
  readonly node: string;
}

/**
 * The node of that name, if it is one rather than a person.
 * @throws CodedError ORGANISATION_UNKNOWN.
 */
export function findNode(topology: Topology, organisation: string, name: string): CertifiedNode | undefined {
  return nodesOf(topology, organisation).find((node) => node.name === name);
}

function nodesOf(topology: Topology, name: string): CertifiedNode[] {
  if (name === ORDERER_ORGANISATION) {
    const nodes = topology.orderers.nodes.map((node) => node.name);
    return [
      ...nodes.map((node): CertifiedNode => ({ kind: 'orderer', organisation: name, name: node, node })),
      { kind: 'orderer-admin', organisation: name, name: 'Admin', node: 'Admin' },
    ];
  }
  const organisation = findOrganisation(topology, name);
  const service = (kind: 'ca' | 'gateway'): CertifiedNode => ({
    kind,
    organisation: name,
    name: `${kind}-${name}`,
    node: name,
  });
  return [
    ...organisation.peers.map(({ name: node }): CertifiedNode => ({
      kind: 'peer',
      organisation: name,
      name: `${node}.${name}`,
      node,
    })),
    service('ca'),
    ...(isConsortiumOrganisation(organisation) ? [service('gateway')] : []),
  ];
}

/** The embedded ledger is all peers and orderers in one process. */
export function processOf({ kind, name }: CertifiedNode, engine: EngineName): string | undefined {
  if (kind === 'orderer-admin') return undefined;
  return engine === 'embedded' && (kind === 'peer' || kind === 'orderer') ? 'ledger' : name;
}
