import { isConsortium, type Topology } from '../topology/index.js';
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

/** @throws FabricError PORTS_MISSING, IN_PROCESS_NOT_SUPPORTED: what real nodes need of a topology, or do not have. */
export function requireFabricTopology(topology: Topology): void {
  const { orderers, organisations, inProcess } = topology;
  // The consortium's own contracts are services here, whatever the embedded ledger does with them.
  const own = isConsortium(topology) ? topology.chaincode.name : undefined;
  const others = inProcess.filter(({ name }) => name !== own).map(({ name }) => name);
  if (others.length > 0) {
    throw new FabricError(
      'IN_PROCESS_NOT_SUPPORTED',
      `real peers run no contracts in their own process: ${others.join(', ')}`,
      'Take them out of `inProcess`, run each as a service, and deploy it: medaccord chaincode deploy --address',
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
