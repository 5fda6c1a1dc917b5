import type { Schemas } from '../operation.js';
import type { SigningStage, ToSign } from './prepared-transactions.js';

/** An open step as the API shows it. */
export function signingStep(next: ToSign): Schemas['SigningStep'] {
  return {
    transactionId: next.transactionId,
    step: next.stage satisfies SigningStage,
    digest: next.digest,
    payload: Buffer.from(next.payload).toString('base64url'),
    expiresAt: next.expiresAt.toISOString(),
  };
}
