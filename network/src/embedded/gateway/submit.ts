import { status } from '@grpc/grpc-js';
import { gateway } from '@hyperledger/fabric-protos';
import type { GatewayContext } from './gateway-context.js';
import { RpcError } from './rpc-error.js';

/** Hands a signed transaction to the orderer; the answer means "accepted", not "committed". @throws RpcError. */
export async function submit(
  request: gateway.SubmitRequest,
  context: GatewayContext,
): Promise<gateway.SubmitResponse> {
  const envelope = request.getPreparedTransaction();
  if (envelope === undefined)
    throw new RpcError(status.INVALID_ARGUMENT, 'a prepared transaction is required');
  if (envelope.getSignature_asU8().length === 0) {
    throw new RpcError(status.INVALID_ARGUMENT, 'prepared transaction must be signed');
  }
  if (request.getChannelId() !== context.ledger.channelId) {
    throw new RpcError(status.FAILED_PRECONDITION, `channel ${request.getChannelId()} not found`);
  }
  try {
    await context.orderer.broadcast(envelope);
  } catch (error) {
    throw refusal(error, context);
  }
  return new gateway.SubmitResponse();
}

/** The orderer's status names are the client's fault where they are 4xx: there is no use in trying again. */
const CLIENT_FAULTS = new Set(['BAD_REQUEST', 'FORBIDDEN', 'NOT_FOUND', 'REQUEST_ENTITY_TOO_LARGE']);

function refusal(error: unknown, { ordererEndpoint, ordererMspId }: GatewayContext): RpcError {
  const info = error instanceof Error ? error.message : String(error);
  const name = orderStatus(error);
  const text = `received unsuccessful response from orderer: status=${name}, info=${info}`;
  const detail = { address: ordererEndpoint, mspId: ordererMspId, message: text };
  return CLIENT_FAULTS.has(name)
    ? new RpcError(status.ABORTED, text, [detail])
    : new RpcError(status.UNAVAILABLE, 'no orderers could successfully process transaction', [detail]);
}

function orderStatus(error: unknown): string {
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === 'string' ? code : 'INTERNAL_SERVER_ERROR';
}
