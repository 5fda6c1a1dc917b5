import { isConsortium, isConsortiumOrganisation, type ConsortiumTopology } from './consortium-schema.js';
import type { FieldPath } from './field-path.js';
import type { Organisation, Topology } from './network-schema.js';

/** A port of the topology, with its field and who listens there. */
export interface ListedPort {
  readonly path: FieldPath;
  readonly port: number;
  /** For people, e.g. `REST gateway of hospital-a`. */
  readonly use: string;
}

/** Every port the consortium may listen on, in the file's order. */
export function listPorts(topology: Topology): ListedPort[] {
  const postgres = isConsortium(topology)
    ? [{ path: ['postgres', 'port'], port: topology.postgres.port, use: 'PostgreSQL' }]
    : [];
  return [
    ...topology.orderers.nodes.flatMap((node, index) =>
      nodePorts(node, `orderer ${node.name}`).map(({ path, ...rest }) => ({
        path: ['orderers', 'nodes', index, ...path],
        ...rest,
      })),
    ),
    ...postgres,
    ...topology.organisations.flatMap((organisation, at) =>
      portsOf(organisation).map(({ path, ...rest }) => ({ path: ['organisations', at, ...path], ...rest })),
    ),
  ];
}

interface NodePorts {
  readonly port: number;
  readonly operations?: number;
  readonly admin?: number;
}

function nodePorts({ port, operations, admin }: NodePorts, use: string): ListedPort[] {
  return [
    { path: ['port'], port, use },
    ...(operations === undefined
      ? []
      : [{ path: ['operations'], port: operations, use: `operations of ${use}` }]),
    ...(admin === undefined ? [] : [{ path: ['admin'], port: admin, use: `administration of ${use}` }]),
  ];
}

function portsOf(organisation: Organisation): ListedPort[] {
  const { name, peers, ca } = organisation;
  const own: ListedPort[] = [
    ...peers.flatMap((peer, index) =>
      nodePorts(peer, `${peer.name} of ${name}`).map(({ path, ...rest }) => ({
        path: ['peers', index, ...path],
        ...rest,
      })),
    ),
    { path: ['ca', 'port'], port: ca.port, use: `certificate authority of ${name}` },
  ];
  if (!isConsortiumOrganisation(organisation)) return own;
  const { chaincode, gateway } = organisation;
  return [
    ...own,
    { path: ['chaincode', 'port'], port: chaincode.port, use: `chaincode of ${name}` },
    { path: ['gateway', 'rest'], port: gateway.rest, use: `REST gateway of ${name}` },
    { path: ['gateway', 'exchange'], port: gateway.exchange, use: `exchange gateway of ${name}` },
  ];
}

/** The same network with every port moved, so that several run side by side on one machine. */
export function offsetPorts(topology: Topology, offset: number): Topology {
  const move = <T extends NodePorts>(node: T): T => ({
    ...node,
    port: node.port + offset,
    ...(node.operations === undefined ? {} : { operations: node.operations + offset }),
    ...(node.admin === undefined ? {} : { admin: node.admin + offset }),
  });
  const ofNetwork = <O extends Organisation>(organisation: O): O => ({
    ...organisation,
    peers: organisation.peers.map(move),
    ca: move(organisation.ca),
  });
  const orderers = { ...topology.orderers, nodes: topology.orderers.nodes.map(move) };
  if (!isConsortium(topology)) {
    return { ...topology, orderers, organisations: topology.organisations.map(ofNetwork) };
  }
  const moved: ConsortiumTopology = {
    ...topology,
    orderers,
    postgres: move(topology.postgres),
    organisations: topology.organisations.map(ofNetwork).map((organisation) => ({
      ...organisation,
      chaincode: move(organisation.chaincode),
      gateway: {
        ...organisation.gateway,
        rest: organisation.gateway.rest + offset,
        exchange: organisation.gateway.exchange + offset,
      },
    })),
  };
  return moved;
}
