import type { Topology } from '../topology/index.js';

/** Number of blocks of the channel, as the first organisation's peer tells it; undefined where it does not. */
export async function ledgerHeight(home: string, topology: Topology): Promise<number | undefined> {
  const [first] = topology.organisations;
  if (first === undefined) return undefined;
  // Loaded here alone: no other command should wait for the ledger's libraries.
  const [{ common }, { connectAdmin }] = await Promise.all([
    import('@hyperledger/fabric-protos'),
    import('./bootstrap/admin-client.js'),
  ]);
  try {
    const client = connectAdmin(home, topology, first);
    try {
      return common.BlockchainInfo.deserializeBinary(await client.chainInfo()).getHeight();
    } finally {
      client.close();
    }
  } catch {
    return undefined;
  }
}
