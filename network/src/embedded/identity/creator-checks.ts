import { hash } from 'node:crypto';
import type { Identity, MspManager } from '../parts.js';
import { toDate, type ChannelHeader, type SignatureHeader } from '../wire/index.js';
import { IdentityError } from './identity-error.js';

/** How far a proposal's timestamp may be from the node's clock, to either side. */
export const TIME_WINDOW_MS = 15 * 60 * 1000;

/** Fabric's rule: hex of SHA-256 over nonce and creator. */
export function transactionId(nonce: Uint8Array, creator: Uint8Array): string {
  return hash('sha256', Buffer.concat([nonce, creator]));
}

/** @throws IdentityError (BAD_TRANSACTION_ID). */
export function checkTransactionId(txId: string, header: SignatureHeader): void {
  if (txId !== transactionId(header.nonce, header.creator)) {
    throw new IdentityError('BAD_TRANSACTION_ID', 'the transaction id is not the hash of nonce and creator');
  }
}

/** @throws IdentityError (BAD_HEADER) for a header without nonce or creator. */
export function checkSignatureHeader(header: SignatureHeader): void {
  if (header.nonce.length === 0) throw new IdentityError('BAD_HEADER', 'the header has no nonce');
  if (header.creator.length === 0) throw new IdentityError('BAD_HEADER', 'the header has no creator');
}

/** @throws IdentityError (TIMESTAMP_OUT_OF_WINDOW) for a missing timestamp or one over 15 minutes away. */
export function checkTimeWindow({ timestamp }: Pick<ChannelHeader, 'timestamp'>, now: Date): void {
  const at = timestamp === undefined ? Number.NaN : toDate(timestamp).getTime();
  if (!(Math.abs(at - now.getTime()) <= TIME_WINDOW_MS)) {
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
