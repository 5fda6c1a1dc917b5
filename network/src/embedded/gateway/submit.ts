import { status } from '@grpc/grpc-js';
import { channelOf, OrdererError } from '../orderer/index.js';
import { NOTHING, type Envelope, type SubmitRequest } from '../wire/index.js';
import type { GatewayChannels, GatewayContext } from './gateway-context.js';
import { RpcError } from './rpc-error.js';

/**
 * Hands a signed transaction to the orderer.
 * @returns a marshalled SubmitResponse, which is empty: it means "accepted", not "committed".
 * @throws RpcError.
 */
export async function submit(
  { channelId, preparedTransaction: envelope }: SubmitRequest,
  channels: GatewayChannels,
): Promise<Uint8Array> {
  if (envelope === undefined)
    throw new RpcError(status.INVALID_ARGUMENT, 'a prepared transaction is required');
  if (envelope.signature.length === 0) {
    throw new RpcError(status.INVALID_ARGUMENT, 'prepared transaction must be signed');
  }
  const context = channels.get(channelId);
  if (context === undefined) {
    throw new RpcError(
      status.FAILED_PRECONDITION,
      `failed to get config for channel [${channelId}]: could not get last config for channel ${channelId}`,
    );
  }
  try {
    await order(envelope, context, channels);
  } catch (error) {
    throw refusal(error, context);
  }
  return NOTHING;
}

/** Orderers go by the envelope's own channel, which may be another than the request's. */
async function order(
  envelope: Envelope,
  { channel }: GatewayContext,
  channels: GatewayChannels,
): Promise<void> {
  try {
    await channel.orderer.broadcast(envelope);
  } catch (error) {
    if (!(error instanceof OrdererError) || error.code !== 'NOT_FOUND') throw error;
    const other = channels.get(channelOf(envelope));
    if (other === undefined) throw new OrdererError('BAD_REQUEST', 'channel does not exist');
    await other.channel.orderer.broadcast(envelope);
  }
}

/** The orderer's status names are the client's fault where they are 4xx: there is no use in trying again. */
const CLIENT_FAULTS = new Set(['BAD_REQUEST', 'FORBIDDEN', 'NOT_FOUND']);

function refusal(error: unknown, { orderers }: GatewayContext): RpcError {
  const info = error instanceof Error ? error.message : String(error);
  const name = orderStatus(error);
  const text = `received unsuccessful response from orderer: status=${name}, info=${info}`;
  if (CLIENT_FAULTS.has(name)) return new RpcError(status.ABORTED, text);
  // Every orderer node is this process: what one cannot take, none can.
  return new RpcError(
    status.UNAVAILABLE,
    'no orderers could successfully process transaction',
    orderers.map(({ endpoint, mspId }) => ({ address: endpoint, mspId, message: text })),
  );
}

function orderStatus(error: unknown): string {
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === 'string' ? code : 'INTERNAL_SERVER_ERROR';
}
