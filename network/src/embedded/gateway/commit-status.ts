import { status } from '@grpc/grpc-js';
import { gateway } from '@hyperledger/fabric-protos';
import type { GatewayChannels } from './gateway-context.js';
import { RpcError } from './rpc-error.js';
import { readSignedRequest, requireReader } from './signed-request.js';

/** Waits until the transaction is in a block, valid or not. @throws RpcError. */
export async function commitStatus(
  signed: gateway.SignedCommitStatusRequest,
  channels: GatewayChannels,
  signal: AbortSignal,
): Promise<gateway.CommitStatusResponse> {
  const request = readSignedRequest(signed, 'commit status', (bytes) =>
    gateway.CommitStatusRequest.deserializeBinary(bytes),
  );
  const identity = request.getIdentity_asU8();
  if (identity.length === 0) throw new RpcError(status.INVALID_ARGUMENT, 'no identity provided');
  if (request.getChannelId() === '') throw new RpcError(status.INVALID_ARGUMENT, 'no channel ID provided');
  if (request.getTransactionId() === '') {
    throw new RpcError(status.INVALID_ARGUMENT, 'transaction ID should not be empty');
  }
  const { context } = requireReader(
    signed,
    identity,
    request.getChannelId(),
    channels,
    'gateway/CommitStatus',
  );
  const committed = await context.waiter.committed(request.getTransactionId(), signal);
  if (committed === undefined) throw new RpcError(status.UNAVAILABLE, 'the peer is closing');
  const response = new gateway.CommitStatusResponse();
  response.setResult(committed.code);
  response.setBlockNumber(committed.block);
  return response;
}
