import { setTimeout as wait } from 'node:timers/promises';
import { DiscoveryClient } from '../discovery-client.js';
import { channelsOf, type Organisation, type Topology } from '../topology/index.js';
import { FabricError } from './fabric-error.js';

const POLL_MS = 200;
const TIMEOUT_MS = 60_000;

/**
 * Waits until every peer knows every peer of its channels: before that no gateway finds endorsers of other organisations.
 * @throws FabricError PEERS_APART that names who does not know whom.
 */
export async function awaitMembership(home: string, topology: Topology): Promise<void> {
  const nodes = topology.organisations.flatMap((organisation) =>
    organisation.peers.map((peer) => ({ organisation, peer })),
  );
  await Promise.all(nodes.map(({ organisation, peer }) => knowsAll(home, topology, organisation, peer)));
}

async function knowsAll(
  home: string,
  topology: Topology,
  organisation: Organisation,
  peer: Organisation['peers'][number],
): Promise<void> {
  const client = new DiscoveryClient(home, organisation, peer);
  try {
    for (const { name, members } of channelsOf(topology)) {
      if (!members.includes(organisation)) continue;
      let missing: readonly Organisation[] = members;
      for (const deadline = Date.now() + TIMEOUT_MS; Date.now() < deadline; await wait(POLL_MS)) {
        const known = await client.peers(name);
        missing = members.filter(({ mspId, peers }) => (known.get(mspId) ?? 0) < peers.length);
        if (missing.length === 0) break;
      }
      if (missing.length === 0) continue;
      throw new FabricError(
        'PEERS_APART',
        `${peer.name}.${organisation.name} does not know all peers of ${missing.map((one) => one.name).join(', ')} on ${name}`,
        'See what the peers say of each other: medaccord logs',
      );
    }
  } finally {
    client.close();
  }
}
