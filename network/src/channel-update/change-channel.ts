import { setTimeout as wait } from 'node:timers/promises';
import type { common } from '@hyperledger/fabric-protos';
import { openAdminGateway, type AdminGateway } from '../admin-gateway.js';
import { channelsOf, type Topology } from '../topology/index.js';
import { localAdmins } from './admins.js';
import { enoughAdmins, neededSignatures, requireAuthorized, type NeededSignatures } from './authorization.js';
import { broadcast } from './broadcast.js';
import { ChannelUpdateError } from './channel-update-error.js';
import { computeUpdate } from './compute-update.js';
import { fetchConfig } from './fetch-config.js';
import { signedBy, unsigned, updateEnvelope, type SignedUpdate } from './update-envelope.js';

const POLL_MS = 100;
const IN_FORCE_MS = 30_000;

/** A change of one channel, made but not sent. */
export interface PreparedChange {
  readonly channel: string;
  /** As it was when the update was made. */
  readonly config: common.Config;
  readonly update: SignedUpdate;
  readonly needs: readonly NeededSignatures[];
  /** Names of the organisations whose admins, with keys in this home, would sign it. */
  readonly signers: readonly string[];
}

/**
 * What has to be written on a channel for a change, by the configuration that its peers go by now.
 * @param change Changes a copy of the configuration tree.
 * @returns undefined where the channel is so already.
 */
export async function prepareChange(
  home: string,
  topology: Topology,
  channel: string,
  change: (root: common.ConfigGroup) => void,
): Promise<PreparedChange | undefined> {
  const config = await configInForce(home, topology, channel);
  const update = computeUpdate(channel, config, change);
  if (update === undefined) return undefined;
  const signed = unsigned(update);
  const signers = enoughAdmins(config, signed, localAdmins(home, topology)).map(({ name }) => name);
  return { channel, config, update: signed, needs: neededSignatures(config, update), signers };
}

/**
 * Lets the admins whose keys are here sign a prepared change, sends it, and waits until peers go by it.
 * @throws ChannelUpdateError SIGNATURES_MISSING with nothing sent, BROADCAST_REFUSED, UPDATE_NOT_IN_FORCE.
 */
export async function carryOut(home: string, topology: Topology, prepared: PreparedChange): Promise<void> {
  const admins = localAdmins(home, topology).filter(({ name }) => prepared.signers.includes(name));
  const signed = admins.reduce((update, { signer }) => signedBy(signer, update), prepared.update);
  await submitUpdate(home, topology, signed);
}

/**
 * Sends an update that admins have signed, as an admin whose key is here, and waits until peers go by it.
 * @throws ChannelUpdateError UPDATE_OUTDATED, SIGNATURES_MISSING with nothing sent; BROADCAST_REFUSED,
 * UPDATE_NOT_IN_FORCE, NO_ADMIN_KEY.
 */
export async function submitUpdate(home: string, topology: Topology, signed: SignedUpdate): Promise<void> {
  const config = await configInForce(home, topology, signed.channel);
  requireAuthorized(config, signed);
  const sender = localAdmins(home, topology)[0];
  if (sender === undefined) {
    throw new ChannelUpdateError('NO_ADMIN_KEY', "no admin's key is in this home folder: nobody can send it");
  }
  await broadcast(home, topology, updateEnvelope(signed, sender.signer));
  for (const deadline = Date.now() + IN_FORCE_MS; Date.now() < deadline; await wait(POLL_MS)) {
    const now = await configInForce(home, topology, signed.channel);
    if (now.getSequence() > config.getSequence()) return;
  }
  throw new ChannelUpdateError(
    'UPDATE_NOT_IN_FORCE',
    `the orderers took the update, but the peers do not go by it on ${signed.channel} yet`,
    'See whether they run: medaccord status',
  );
}

/** By the first peer of the channel that answers. @throws the last one's error. */
export async function configInForce(
  home: string,
  topology: Topology,
  channel: string,
): Promise<common.Config> {
  const members = channelsOf(topology).find(({ name }) => name === channel)?.members ?? [];
  let failure: unknown = new Error(`no organisation of this topology is on ${channel}`);
  for (const organisation of members) {
    let admin: AdminGateway | undefined;
    try {
      admin = openAdminGateway(home, organisation);
      return await fetchConfig(admin, channel);
    } catch (error) {
      failure = error;
    } finally {
      admin?.close();
    }
  }
  throw failure;
}
