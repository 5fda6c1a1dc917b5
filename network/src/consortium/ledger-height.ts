import type { AdminGateway } from '../admin-gateway.js';
import type { Topology } from '../topology/index.js';

/** Number of blocks of the channel, as the first peer that answers tells it; undefined where none does. */
export async function ledgerHeight(home: string, topology: Topology): Promise<number | undefined> {
  // Loaded here alone: no other command should wait for the ledger's libraries.
  const [{ common }, { openAdminGateway }] = await Promise.all([
    import('@hyperledger/fabric-protos'),
    import('../admin-gateway.js'),
  ]);
  const { channel, organisations } = topology;
  for (const organisation of organisations) {
    for (const peer of organisation.peers) {
      let admin: AdminGateway | undefined;
      try {
        admin = openAdminGateway(home, organisation, peer);
        const qscc = admin.gateway.getNetwork(channel).getContract('qscc');
        const info = await qscc.evaluateTransaction('GetChainInfo', channel);
        return common.BlockchainInfo.deserializeBinary(info).getHeight();
      } catch {
        // This one is stopped, or the ledger is: the next one tells.
      } finally {
        admin?.close();
      }
    }
  }
  return undefined;
}
