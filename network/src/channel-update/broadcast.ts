import { readFileSync } from 'node:fs';
import { Client, credentials } from '@grpc/grpc-js';
import { common, orderer } from '@hyperledger/fabric-protos';
import { ordererPaths } from '../home/index.js';
import type { Topology } from '../topology/index.js';
import { ChannelUpdateError } from './channel-update-error.js';

const DEADLINE_MS = 15_000;

/**
 * Hands an envelope to the first orderer that takes it.
 * @throws ChannelUpdateError BROADCAST_REFUSED with what the last one said.
 */
export async function broadcast(
  home: string,
  { orderers }: Topology,
  envelope: common.Envelope,
): Promise<void> {
  const roots = readFileSync(ordererPaths(home, orderers).tlsCa.certificate);
  let refusal = 'there is no orderer';
  for (const { port } of orderers.nodes) {
    const client = new Client(`localhost:${port}`, credentials.createSsl(roots));
    try {
      const answer = await send(client, envelope);
      if (answer.getStatus() === common.Status.SUCCESS) return;
      refusal = answer.getInfo();
    } catch (error) {
      refusal = error instanceof Error ? error.message : String(error);
    } finally {
      client.close();
    }
  }
  throw new ChannelUpdateError('BROADCAST_REFUSED', `the orderers did not take the update: ${refusal}`);
}

function send(client: Client, envelope: common.Envelope): Promise<orderer.BroadcastResponse> {
  const { path, requestSerialize, responseDeserialize } = orderer.AtomicBroadcastService.broadcast;
  const stream = client.makeBidiStreamRequest(path, requestSerialize, responseDeserialize, {
    deadline: Date.now() + DEADLINE_MS,
  });
  return new Promise((resolve, reject) => {
    stream.on('data', resolve);
    stream.on('error', reject);
    stream.write(envelope);
    stream.end();
  });
}
