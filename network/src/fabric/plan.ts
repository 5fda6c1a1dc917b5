import type { ProcessSpec } from '../process/index.js';
import type { Topology } from '../topology/index.js';
import { awaitHeight } from './await-height.js';
import { awaitMembership } from './await-membership.js';
import { findBinaries, type BinaryPlaces } from './binaries.js';
import { ensureGenesisBlocks } from './genesis-blocks.js';
import { joinOrderers } from './join-orderers.js';
import { joinPeers } from './join-peers.js';
import { requireFabricTopology } from './node-ports.js';
import { ordererProcess } from './orderer-process.js';
import { peerProcess } from './peer-process.js';
import { RevocationWatch } from './revocation-watch.js';

/** Real orderers and peers, and what makes a network of them. */
export interface FabricPlan {
  readonly ledger: readonly (readonly ProcessSpec[])[];
  settle(note: (text: string) => void): Promise<string>;
  /** Keeps the channels by the organisations' revocation lists until it is closed. */
  watch(report: (text: string) => void): { close(): Promise<void> };
}

/**
 * The processes of a topology: first the orderers, then the peers. Once they serve, `settle` lets them join their
 * channels; it does what is missing and nothing twice, so it may be cut short at any moment and run again.
 * @throws FabricError BINARIES_MISSING, PORTS_MISSING, IN_PROCESS_NOT_SUPPORTED.
 */
export function planFabric(home: string, topology: Topology, places: BinaryPlaces): FabricPlan {
  requireFabricTopology(topology);
  const binaries = findBinaries(places);
  const { orderers, organisations } = topology;
  return {
    ledger: [
      orderers.nodes.map((node) => ordererProcess(home, topology, node, binaries)),
      organisations.flatMap((organisation) =>
        organisation.peers.map((peer) => peerProcess(home, topology, organisation, peer, binaries)),
      ),
    ],
    settle: async (note) => {
      ensureGenesisBlocks(home, topology);
      note('orderers join their channels');
      const ordererJoins = await joinOrderers(home, topology, binaries);
      note('peers join their channels');
      const peerJoins = await joinPeers(home, topology, binaries);
      note('peers find each other');
      await awaitMembership(home, topology);
      if (peerJoins > 0) await awaitHeight(home, topology, binaries);
      const nodes = `${orderers.nodes.length} orderers, ${organisations.flatMap(({ peers }) => peers).length} peers`;
      return `real Fabric: ${nodes}, ${ordererJoins + peerJoins} joins`;
    },
    watch: (report) =>
      new RevocationWatch(home, topology, (organisation, error) => {
        const reason = error instanceof Error ? error.message : String(error);
        report(`the revocation list of ${organisation} is not published yet: ${reason}`);
      }),
  };
}
