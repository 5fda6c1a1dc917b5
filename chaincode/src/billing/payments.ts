import type { billing } from '../api/index.js';
import { checkVersion, hashOf, refuse, type Handler, type Transaction } from '../ledger/index.js';
import { insurerStep, pairStore, readClaim, requireStep, saveDecision, view } from './claim-file.js';
import { once } from './idempotency.js';
import { CLAIM, DECISION_DETAILS, PAYMENT, PAYMENT_ATTESTATION, PAYMENT_DETAILS } from './kinds.js';
import { equal } from './money.js';
import type { Stored } from './provider-steps.js';
import { PAYER_ROLES, PROVIDER_ROLES } from './roles.js';

/**
 * Private step of the pair: a payment of exactly what was decided. Details that a settlement has named may come
 * again, so that an interrupted settlement can be repeated as a whole.
 */
export const putPayment: Handler<'billing:putPayment', Stored> = async (tx, input, details) => {
  await tx.caller.requireRole(...PAYER_ROLES);
  const file = await readClaim(tx, input.claim);
  const { claim, decision } = file;
  tx.caller.requireOrganisation(claim.insurer);
  if (details.id !== input.id || details.claim !== input.claim) {
    refuse('PRIVATE_DATA_MISMATCH', 'the details are of another payment');
  }
  const store = pairStore(tx, claim);
  const hash = hashOf(details);
  const named = await tx.assets.get(PAYMENT, input.id);
  if (named !== undefined) {
    if (named.detailsHash !== hash) refuse('ALREADY_EXISTS', 'payment exists');
    await store.put(PAYMENT_DETAILS, details);
    return { id: input.id, hash };
  }
  requireStep('pay', file);
  const decided = await store.require(DECISION_DETAILS, claim.id, String(decision.round));
  if (!equal(details.amount, decided.total)) refuse('AMOUNT_MISMATCH', 'the amount is not what was decided');
  await store.put(PAYMENT_DETAILS, details);
  await store.put(PAYMENT_ATTESTATION, attestation(details, decision, hash));
  return { id: input.id, hash };
};

/** Public step: the decision is settled by a payment that the pair has put. */
export const settleClaim: Handler<'billing:settleClaim', billing.ClaimView> = async (tx, input) => {
  await tx.caller.requireRole(...PAYER_ROLES);
  tx.caller.requireKind('insurer');
  return once(tx, {
    function: 'billing:settleClaim',
    input,
    asset: input.payment,
    again: async () => view(await readClaim(tx, input.id)),
    first: () => settle(tx, input),
  });
};

async function settle(
  tx: Transaction,
  input: { id: string; payment: string; paymentHash: string; expectedVersion?: number | undefined },
): Promise<billing.ClaimView> {
  const { payment: id, paymentHash } = input;
  const file = await insurerStep(tx, 'pay', input, PAYER_ROLES);
  const { claim, decision } = file;
  await tx.assets.requireAbsent(PAYMENT, id);
  const store = pairStore(tx, claim);
  const found = await store.hash(PAYMENT_DETAILS, id);
  if (found === undefined) refuse('PRIVATE_DATA_MISSING', 'the payment has no details yet');
  if (found !== paymentHash) refuse('PRIVATE_DATA_MISMATCH', 'the details have another hash');
  const expected = hashOf(attestation({ id, claim: claim.id }, decision, paymentHash));
  if ((await store.hash(PAYMENT_ATTESTATION, id)) !== expected) {
    refuse('AMOUNT_MISMATCH', 'the payment was made for another decision');
  }
  const payment: billing.Payment = {
    type: 'payment',
    id,
    claim: claim.id,
    payer: claim.insurer,
    payee: claim.hospital,
    status: 'ordered',
    detailsHash: paymentHash,
    version: 1,
    updatedAt: tx.timestamp,
  };
  await tx.assets.put(PAYMENT, payment);
  return saveDecision(tx, file, { status: 'settled', payment: id });
}

/** The payee has the money, and with it the decision: the claim is at its end. */
export const confirmPayment: Handler<'billing:confirmPayment', billing.Payment> = async (tx, input) => {
  const payment = await payeeStep(tx, input);
  const next = tx.next(payment, { status: 'confirmed' });
  await tx.assets.put(PAYMENT, next);
  return next;
};

/** It did not arrive, or was sent back: the claim is open for another payment, or for an appeal. */
export const rejectPayment: Handler<'billing:rejectPayment', billing.Payment> = async (tx, input) => {
  const payment = await payeeStep(tx, input);
  const next = tx.next(payment, { status: 'rejected' });
  await tx.assets.put(PAYMENT, next);
  const claim = await tx.assets.require(CLAIM, payment.claim);
  await tx.assets.put(CLAIM, tx.next(claim, { rejectedPayment: payment.id }));
  return next;
};

async function payeeStep(
  tx: Transaction,
  input: { id: string; expectedVersion?: number | undefined },
): Promise<billing.Payment> {
  await tx.caller.requireRole(...PROVIDER_ROLES);
  const payment = await tx.assets.require(PAYMENT, input.id);
  tx.caller.requireOrganisation(payment.payee);
  checkVersion(payment, input.expectedVersion);
  if (payment.status !== 'ordered') refuse('INVALID_STATE', `the payment is ${payment.status}`);
  return payment;
}

function attestation(
  { id, claim }: { id: string; claim: string },
  { detailsHash }: billing.ClaimDecision,
  paymentHash: string,
): billing.PaymentAttestation {
  return {
    type: 'payment-attestation',
    id,
    claim,
    decisionHash: detailsHash ?? refuse('INVALID_STATE', 'nothing is decided'),
    paymentHash,
  };
}
