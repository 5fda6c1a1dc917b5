import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { openAdminGateway, type AdminGateway } from '../admin-gateway.js';
import { broadcast, fetchConfig, signedBy, unsigned, updateEnvelope } from '../channel-update/index.js';
import { nodeSigner } from '../embedded/identity/index.js';
import type { NodeSigner } from '../embedded/parts.js';
import { ordererPaths } from '../home/index.js';
import { channelsOf, type Topology } from '../topology/index.js';
import { consenterUpdate, type NodeCertificate } from './consenter-update.js';
import { FabricError } from './fabric-error.js';

const POLL_MS = 100;
const RESEND_MS = 3_000;
const TIMEOUT_MS = 30_000;

/**
 * Brings the TLS certificates that the orderers have in their folders into each channel's list of them, one node at a
 * time. Does nothing where the list has them already.
 * @returns the channels that were changed.
 * @throws ChannelUpdateError BROADCAST_REFUSED; FabricError CONSENTERS_NOT_IN_FORCE, CONSENTER_UNKNOWN.
 */
export async function publishConsenters(home: string, topology: Topology): Promise<string[]> {
  const nodes = nodeCertificates(home, topology);
  const { mspId } = topology.orderers;
  const signer = nodeSigner({ mspId, dir: ordererPaths(home, topology.orderers).admin.msp, endpoint: '' });
  const changed: string[] = [];
  for (const { name, members } of channelsOf(topology)) {
    const [member] = members;
    if (member === undefined) continue;
    const admin = openAdminGateway(home, member);
    try {
      if (await publish(home, topology, admin, name, nodes, signer)) changed.push(name);
    } finally {
      admin.close();
    }
  }
  return changed;
}

/**
 * One update after the other until nothing is left. One that an orderer took while the cluster chose a leader may be
 * lost: it is sent again as long as the configuration stays what it was.
 * @returns whether there was anything to do.
 */
async function publish(
  home: string,
  topology: Topology,
  admin: AdminGateway,
  channel: string,
  nodes: readonly NodeCertificate[],
  signer: NodeSigner,
): Promise<boolean> {
  let sent: Buffer | undefined;
  let sentAt = 0;
  for (const deadline = Date.now() + TIMEOUT_MS; Date.now() < deadline; await wait(POLL_MS)) {
    const update = consenterUpdate(channel, await fetchConfig(admin, channel), nodes);
    if (update === undefined) return sent !== undefined;
    const bytes = Buffer.from(update.serializeBinary());
    if (sent?.equals(bytes) === true && Date.now() - sentAt < RESEND_MS) continue;
    const envelope = updateEnvelope(signedBy(signer, unsigned(update)), signer);
    await broadcast(home, topology, envelope).catch((error: unknown) => {
      // Sent twice, the second one comes too late.
      if (sent?.equals(bytes) !== true) throw error;
    });
    [sent, sentAt] = [bytes, Date.now()];
  }
  throw new FabricError(
    'CONSENTERS_NOT_IN_FORCE',
    `${channel} does not have the new certificates of its orderers yet`,
    'See the logs: medaccord logs orderer0; then renew again',
  );
}

function nodeCertificates(home: string, { orderers }: Topology): NodeCertificate[] {
  const paths = ordererPaths(home, orderers);
  return orderers.nodes.map(({ name, port }) => ({
    host: 'localhost',
    port,
    tlsCertificate: readFileSync(join(paths.orderer(name).tls, 'server.crt'), 'utf8'),
  }));
}
