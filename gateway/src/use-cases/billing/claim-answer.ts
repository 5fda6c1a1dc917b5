import { createHash } from 'node:crypto';
import { canonicalJson, type billing } from '@medaccord/chaincode/api';
import type { Call, OperationId } from '../../operation.js';
import type { TransactionRef } from '../../ports.js';

/** A claim has two versions: the provider's side and the insurer's. */
export function claimEtag({ claim, decision }: billing.ClaimView): string {
  return `${claim.version}.${decision.version}`;
}

/** `transactions` in the order of the steps. */
export function claimBody(view: billing.ClaimView, ...transactions: [TransactionRef, ...TransactionRef[]]) {
  return { claim: view, transaction: transactions.at(-1) ?? transactions[0], transactions };
}

/** A step of one side expects that side's version. */
export function expectedSide(
  { ifMatch }: Pick<Call<OperationId>, 'ifMatch'>,
  side: 'claim' | 'decision',
): { expectedVersion?: number } {
  const version = side === 'claim' ? ifMatch?.[0] : (ifMatch?.[1] ?? ifMatch?.[0]);
  return version === undefined ? {} : { expectedVersion: version };
}

/** SHA-256 of the canonical JSON: what Fabric publishes of a private value, and what the public step names. */
export function hashOf(value: unknown): string {
  return createHash('sha256').update(canonicalJson(value)).digest('hex');
}
