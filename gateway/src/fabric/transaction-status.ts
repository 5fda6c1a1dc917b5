import { status as Status } from '@grpc/grpc-js';
import { CommitStatusError, type Gateway } from '@hyperledger/fabric-gateway';
import { gateway as messages, msp } from '@hyperledger/fabric-protos';
import type { CommitOutcome } from '../ports.js';

/**
 * Asks the own peer what became of a transaction, as the service identity. The peer answers at once for a
 * transaction that it has, and waits for one that it has not.
 * @returns undefined where the peer has not seen it within `waitMs`.
 */
export async function transactionStatus(
  service: Gateway,
  channel: string,
  transactionId: string,
  waitMs: number,
): Promise<CommitOutcome | undefined> {
  const commit = service.newCommit(statusRequest(service, channel, transactionId));
  try {
    const status = await commit.getStatus({ deadline: Date.now() + waitMs });
    return { transactionId, block: Number(status.blockNumber), code: status.code };
  } catch (error) {
    const unseen: number[] = [Status.DEADLINE_EXCEEDED, Status.NOT_FOUND, Status.CANCELLED];
    if (error instanceof CommitStatusError && unseen.includes(error.code)) return undefined;
    throw error;
  }
}

function statusRequest(service: Gateway, channel: string, transactionId: string): Uint8Array {
  const { mspId, credentials } = service.getIdentity();
  const identity = new msp.SerializedIdentity();
  identity.setMspid(mspId);
  identity.setIdBytes(credentials);
  const request = new messages.CommitStatusRequest();
  request.setChannelId(channel);
  request.setTransactionId(transactionId);
  request.setIdentity(identity.serializeBinary());
  const signed = new messages.SignedCommitStatusRequest();
  signed.setRequest(request.serializeBinary());
  return signed.serializeBinary();
}
