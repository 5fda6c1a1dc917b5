import type { FieldPath } from './field-path.js';
import type { Topology } from './schema.js';

/** A port of the topology, with its field and who listens there. */
export interface ListedPort {
  readonly path: FieldPath;
  readonly port: number;
  /** For people, e.g. `REST gateway of hospital-a`. */
  readonly use: string;
}

/** Every port the consortium may listen on, in the file's order. */
export function listPorts(topology: Topology): ListedPort[] {
  return [
    ...topology.orderers.nodes.map((node, index) => ({
      path: ['orderers', 'nodes', index, 'port'],
      port: node.port,
      use: `orderer ${node.name}`,
    })),
    { path: ['postgres', 'port'], port: topology.postgres.port, use: 'PostgreSQL' },
    ...topology.organisations.flatMap((organisation, at) => {
      const own = ['organisations', at];
      const { name } = organisation;
      return [
        ...organisation.peers.map((peer, index) => ({
          path: [...own, 'peers', index, 'port'],
          port: peer.port,
          use: `${peer.name} of ${name}`,
        })),
        { path: [...own, 'ca', 'port'], port: organisation.ca.port, use: `certificate authority of ${name}` },
        {
          path: [...own, 'chaincode', 'port'],
          port: organisation.chaincode.port,
          use: `chaincode of ${name}`,
        },
        {
          path: [...own, 'gateway', 'rest'],
          port: organisation.gateway.rest,
          use: `REST gateway of ${name}`,
        },
        {
          path: [...own, 'gateway', 'exchange'],
          port: organisation.gateway.exchange,
          use: `exchange gateway of ${name}`,
        },
      ];
    }),
  ];
}

/** The same consortium with every port moved, so that several run side by side on one machine. */
export function offsetPorts(topology: Topology, offset: number): Topology {
  const move = <T extends { port: number }>(node: T): T => ({ ...node, port: node.port + offset });
  return {
    ...topology,
    orderers: { ...topology.orderers, nodes: topology.orderers.nodes.map(move) },
    postgres: move(topology.postgres),
    organisations: topology.organisations.map((organisation) => ({
      ...organisation,
      peers: organisation.peers.map(move),
      ca: move(organisation.ca),
      chaincode: move(organisation.chaincode),
      gateway: {
        rest: organisation.gateway.rest + offset,
        exchange: organisation.gateway.exchange + offset,
      },
    })),
  };
}
