import { hash } from 'node:crypto';
import type { common } from '@hyperledger/fabric-protos';
import type { Identity, MspManager } from '../parts.js';
import { IdentityError } from './identity-error.js';

/** How far a proposal's timestamp may be from the node's clock, to either side. */
export const TIME_WINDOW_MS = 15 * 60 * 1000;

/** Fabric's rule: hex of SHA-256 over nonce and creator. */
export function transactionId(nonce: Uint8Array, creator: Uint8Array): string {
  return hash('sha256', Buffer.concat([nonce, creator]));
}

/** @throws IdentityError (BAD_TRANSACTION_ID). */
export function checkTransactionId(txId: string, header: common.SignatureHeader): void {
  if (txId !== transactionId(header.getNonce_asU8(), header.getCreator_asU8())) {
    throw new IdentityError('BAD_TRANSACTION_ID', 'the transaction id is not the hash of nonce and creator');
  }
}

/** @throws IdentityError (BAD_HEADER) for a header without nonce or creator. */
export function checkSignatureHeader(header: common.SignatureHeader): void {
  if (header.getNonce_asU8().length === 0) throw new IdentityError('BAD_HEADER', 'the header has no nonce');
  if (header.getCreator_asU8().length === 0)
    throw new IdentityError('BAD_HEADER', 'the header has no creator');
}

/** @throws IdentityError (TIMESTAMP_OUT_OF_WINDOW) for a missing timestamp or one over 15 minutes away. */
export function checkTimeWindow(header: common.ChannelHeader, now: Date): void {
  const timestamp = header.getTimestamp()?.toDate();
  if (timestamp === undefined || Math.abs(timestamp.getTime() - now.getTime()) > TIME_WINDOW_MS) {
    throw new IdentityError(
      'TIMESTAMP_OUT_OF_WINDOW',
      'the timestamp is more than 15 minutes from this node',
    );
  }
}

/**
 * The creator of a proposal (message = proposal bytes) or an envelope (message = payload).
 * @param at Undefined: the validity period is not looked at (see Identity.validate).
 * @throws IdentityError.
 */
export function checkCreator(
  msps: Pick<MspManager, 'deserialize'>,
  creator: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
  at?: Date,
): Identity {
  const identity = msps.deserialize(creator);
  identity.validate(at);
  if (!identity.verify(message, signature)) {
    throw new IdentityError('BAD_SIGNATURE', "the creator's signature does not fit");
  }
  return identity;
}
