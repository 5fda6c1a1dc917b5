import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { status } from '@grpc/grpc-js';
import { GatewayError } from '@hyperledger/fabric-gateway';
import { openAdminGateway, type AdminGateway } from '../admin-gateway.js';
import { broadcast, fetchConfig, signedBy, unsigned, updateEnvelope } from '../channel-update/index.js';
import { nodeSigner, revocationFiles } from '../embedded/identity/index.js';
import type { NodeSigner } from '../embedded/parts.js';
import { organisationPaths } from '../home/index.js';
import { channelsOf, type Organisation, type Topology } from '../topology/index.js';
import { requireUsableLists } from './check-revocation-lists.js';
import { FabricError } from './fabric-error.js';
import { hasRevocations, publishedLists, revocationUpdate } from './revocation-update.js';

const POLL_MS = 100;

/**
 * Brings an organisation's revocation list, as its folder has it, into the configuration of each of its channels, and
 * waits until its own first peer goes by it. Does nothing where that is so.
 * @returns the channels that were changed.
 * @throws ChannelUpdateError BROADCAST_REFUSED; FabricError REVOCATION_LIST_UNUSABLE, REVOCATION_NOT_IN_FORCE.
 */
export async function publishRevocations(
  home: string,
  topology: Topology,
  organisation: Organisation,
): Promise<string[]> {
  const { signer, lists, authority } = listsOf(home, organisation);
  const admin = openAdminGateway(home, organisation);
  const changed: string[] = [];
  try {
    for (const { name, members } of channelsOf(topology)) {
      if (!members.includes(organisation)) continue;
      const config = await fetchConfig(admin, name);
      const update = revocationUpdate(name, config, organisation.name, lists);
      if (update === undefined) continue;
      requireUsableLists(lists, authority, publishedLists(config, organisation.name));
      await broadcast(home, topology, updateEnvelope(signedBy(signer, unsigned(update)), signer));
      await inForce(admin, name, organisation, lists, 15_000);
      changed.push(name);
    }
  } finally {
    admin.close();
  }
  return changed;
}

/**
 * Waits until every peer that runs goes by the organisation's list, which the running network publishes by itself.
 * @throws FabricError REVOCATION_LIST_UNUSABLE at once, REVOCATION_NOT_IN_FORCE after 20 s.
 */
export async function awaitRevocations(
  home: string,
  topology: Topology,
  organisation: Organisation,
): Promise<void> {
  const { lists, authority } = listsOf(home, organisation);
  requireUsableLists(lists, authority, []);
  for (const { name, members } of channelsOf(topology)) {
    if (!members.includes(organisation)) continue;
    const nodes = members.flatMap((member) => member.peers.map((peer) => ({ member, peer })));
    await Promise.all(
      nodes.map(async ({ member, peer }) => {
        const admin = openAdminGateway(home, member, peer);
        try {
          await inForce(admin, name, organisation, lists, 20_000);
        } catch (error) {
          // One that is stopped gets the list with the blocks that it missed.
          if (!(error instanceof GatewayError) || error.code !== status.UNAVAILABLE) throw error;
        } finally {
          admin.close();
        }
      }),
    );
  }
}

function listsOf(
  home: string,
  organisation: Organisation,
): { signer: NodeSigner; lists: readonly Uint8Array[]; authority: string } {
  const paths = organisationPaths(home, organisation);
  const signer = nodeSigner({ mspId: organisation.mspId, dir: paths.user('Admin').msp, endpoint: '' });
  return { signer, lists: revocationFiles(paths.msp), authority: readFileSync(paths.ca.certificate, 'utf8') };
}

async function inForce(
  admin: AdminGateway,
  channel: string,
  organisation: Organisation,
  lists: readonly Uint8Array[],
  timeoutMs: number,
): Promise<void> {
  for (const deadline = Date.now() + timeoutMs; Date.now() < deadline; await wait(POLL_MS)) {
    if (hasRevocations(await fetchConfig(admin, channel), organisation.name, lists)) return;
  }
  throw new FabricError(
    'REVOCATION_NOT_IN_FORCE',
    `${channel} does not go by the revocation list of ${organisation.name} yet`,
    'See the logs: medaccord logs supervisor, medaccord logs orderer0',
  );
}
