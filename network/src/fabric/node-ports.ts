import type { Topology } from '../topology/index.js';
import { FabricError } from './fabric-error.js';

/** Everything is on one machine. */
export function localEndpoint(port: number): string {
  return `localhost:${port}`;
}

type PeerNode = Topology['organisations'][number]['peers'][number];
type OrdererNode = Topology['orderers']['nodes'][number];

/** A peer with all the ports that a real one opens. */
export type FabricPeer = PeerNode & { readonly operations: number };
export type FabricOrderer = OrdererNode & { readonly operations: number; readonly admin: number };

/** @throws FabricError PORTS_MISSING, CONSENSUS_NOT_SUPPORTED: what the topology has to say besides for real nodes. */
export function requireFabricTopology(topology: Topology): void {
  const { orderers, organisations } = topology;
  if (orderers.consensus !== 'raft') {
    throw new FabricError(
      'CONSENSUS_NOT_SUPPORTED',
      `the fabric engine orders by raft, not by ${orderers.consensus}`,
      'Set `consensus: raft` in the topology.',
    );
  }
  const lacking = [
    ...orderers.nodes.flatMap(({ name, operations, admin }) => [
      ...(operations === undefined ? [`${name}: operations`] : []),
      ...(admin === undefined ? [`${name}: admin`] : []),
    ]),
    ...organisations.flatMap(({ name, peers }) =>
      peers.flatMap((peer) => (peer.operations === undefined ? [`${peer.name}.${name}: operations`] : [])),
    ),
  ];
  if (lacking.length === 0) return;
  throw new FabricError(
    'PORTS_MISSING',
    `the topology names too few ports for real nodes: ${lacking.join(', ')}`,
    'Give each peer `operations`, and each orderer `operations` and `admin`, beside its `port`.',
  );
}

export function fabricPeer(peer: PeerNode): FabricPeer {
  const { operations } = peer;
  if (operations === undefined) throw new FabricError('PORTS_MISSING', `${peer.name} has no operations port`);
  return { ...peer, operations };
}

export function fabricOrderer(node: OrdererNode): FabricOrderer {
  const { operations, admin } = node;
  if (operations === undefined || admin === undefined) {
    throw new FabricError('PORTS_MISSING', `${node.name} has no operations or admin port`);
  }
  return { ...node, operations, admin };
}
