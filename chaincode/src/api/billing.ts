import { z } from 'zod';
import {
  CalendarDate,
  ExpectedVersion,
  Hash,
  Id,
  Instant,
  Money,
  OrganisationName,
  Token,
  Version,
} from './primitives.js';

/**
 * Client's key for "the same request again", kept on the ledger as a hash, per organisation. The argument itself is
 * on the chain: a gateway passes a digest of what its client sent.
 */
export const IdempotencyKey = z
  .string()
  .min(8)
  .max(128)
  .regex(/^[\x21-\x7e]+$/);

export const Line = z.strictObject({
  number: z.number().int().positive().max(1_000),
  code: z.strictObject({ system: z.url().max(256), code: Token, display: z.string().max(200).optional() }),
  serviceDate: CalendarDate,
  quantity: z.number().int().positive().max(100_000),
  unitPrice: Money,
  /** quantity x unitPrice, checked in the contract. */
  amount: Money,
});
export type Line = z.infer<typeof Line>;

/** In the issuer's own collection. */
export const InvoiceDetails = z.strictObject({
  type: z.literal('invoice-details'),
  id: Id,
  patient: Id,
  lines: z.array(Line).min(1).max(500),
  total: Money,
  salt: Id,
});
export type InvoiceDetails = z.infer<typeof InvoiceDetails>;
export const Invoice = z.strictObject({
  type: z.literal('invoice'),
  id: Id,
  issuer: OrganisationName,
  status: z.enum(['issued', 'paid', 'void']),
  detailsHash: Hash,
  version: Version,
  updatedAt: Instant,
});
export type Invoice = z.infer<typeof Invoice>;
/** Public, not in the event: what an organisation's idempotency key was used for. */
export const Idempotency = z.strictObject({
  type: z.literal('idempotency'),
  /** SHA-256 of the key. */
  id: Hash,
  organisation: OrganisationName,
  /** SHA-256 of the canonical {function, input}. */
  requestHash: Hash,
  /** The asset that the first request made or changed. */
  asset: Id,
  updatedAt: Instant,
});
export type Idempotency = z.infer<typeof Idempotency>;
export const IssueInvoiceInput = z.strictObject({
  id: Id,
  detailsHash: Hash,
  idempotencyKey: IdempotencyKey,
});
export const PutInvoiceDetailsInput = z.strictObject({ id: Id });
export const InvoiceStepInput = z.strictObject({ id: Id, expectedVersion: ExpectedVersion });

/** In the pair's collection. */
export const ClaimLines = z.strictObject({
  type: z.literal('claim-lines'),
  id: Id,
  hospital: OrganisationName,
  insurer: OrganisationName,
  patient: Id,
  /** Reference of the coverage at the insurer. */
  coverage: Token,
  diagnoses: z.array(Token).max(32),
  lines: z.array(Line).min(1).max(500),
  total: Money,
  salt: Id,
});
export type ClaimLines = z.infer<typeof ClaimLines>;

/** Public, under the chaincode policy: what the provider says. */
export const Claim = z.strictObject({
  type: z.literal('claim'),
  id: Id,
  hospital: OrganisationName,
  insurer: OrganisationName,
  status: z.enum(['submitted', 'withdrawn', 'replaced']),
  /** SHA-256 of the canonical ClaimLines; fixed when the claim is opened. */
  linesHash: Hash,
  /** The insurer's requests for information (`requests` of the decision) that the provider has answered. */
  answers: z.number().int().nonnegative(),
  /** Appeals lodged; one more than the decision's `round` says: an appeal is open. */
  appeals: z.number().int().nonnegative(),
  /** Of the newest appeal. */
  appealReason: Token.optional(),
  /** The payment that the provider sent back: a settlement by it no longer stands. */
  rejectedPayment: Id.optional(),
  replaces: Id.optional(),
  replacedBy: Id.optional(),
  version: Version,
  updatedAt: Instant,
});
export type Claim = z.infer<typeof Claim>;

/** What a line or a whole claim can be decided to be. */
export const OUTCOMES = ['approved', 'partly-approved', 'denied'] as const;
export type Outcome = (typeof OUTCOMES)[number];
export const DECISION_STATUSES = [
  'none',
  'acknowledged',
  'information-requested',
  'pended',
  'approved',
  'partly-approved',
  'denied',
  'settled',
] as const;
/** Public, under the decision key's policy: the claim's insurer AND a majority of the care organisations. */
export const ClaimDecision = z.strictObject({
  type: z.literal('claim-decision'),
  id: Id,
  hospital: OrganisationName,
  insurer: OrganisationName,
  status: z.enum(DECISION_STATUSES),
  /** Appeals that had been lodged when the insurer last took a step. */
  round: z.number().int().nonnegative(),
  /** How often the insurer asked for information. */
  requests: z.number().int().nonnegative(),
  /** What was decided last, in this round; stays when the claim is settled. */
  outcome: z.enum(OUTCOMES).optional(),
  ruleSetHash: Hash.optional(),
  detailsHash: Hash.optional(),
  payment: Id.optional(),
  version: Version,
  updatedAt: Instant,
});
export type ClaimDecision = z.infer<typeof ClaimDecision>;

export const CLAIM_STATUSES = [
  'submitted',
  'acknowledged',
  'information-requested',
  'pended',
  'approved',
  'partly-approved',
  'denied',
  'settled',
  'appealed',
  'withdrawn',
  'replaced',
] as const;
/** Where a claim stands: what both sides' keys say together. */
export type ClaimStatus = (typeof CLAIM_STATUSES)[number];
/**
 * An open appeal on top of a decision is `appealed`; a settlement whose payment the provider sent back does not
 * stand, and the decision's outcome shows again.
 */
export function claimStatus(claim: Claim, decision: ClaimDecision): ClaimStatus {
  if (claim.status !== 'submitted') return claim.status;
  if (claim.appeals > decision.round) return 'appealed';
  if (decision.status === 'none') return 'submitted';
  const sentBack = decision.status === 'settled' && decision.payment === claim.rejectedPayment;
  return (sentBack ? decision.outcome : undefined) ?? decision.status;
}
export const ClaimView = z.strictObject({
  claim: Claim,
  decision: ClaimDecision,
  status: z.enum(CLAIM_STATUSES),
});
export type ClaimView = z.infer<typeof ClaimView>;

/** In the pair's collection. */
export const DecisionDetails = z.strictObject({
  type: z.literal('decision-details'),
  id: Id,
  round: z.number().int().nonnegative(),
  ruleSetHash: Hash,
  lines: z
    .array(
      z.strictObject({
        number: z.number().int().positive(),
        outcome: z.enum(OUTCOMES),
        allowed: Money,
        /** Claim adjustment reason codes, e.g. `CO-45`. */
        reasons: z.array(Token).max(8),
      }),
    )
    .min(1)
    .max(500),
  total: Money,
  salt: Id,
});
export type DecisionDetails = z.infer<typeof DecisionDetails>;
/**
 * In the pair's collection, without a salt: the public step builds the same bytes from its input and compares the
 * hash, and so every endorser knows what the pair's step has checked without seeing a line.
 */
export const DecisionAttestation = z.strictObject({
  type: z.literal('decision-attestation'),
  id: Id,
  round: z.number().int().nonnegative(),
  outcome: z.enum(OUTCOMES),
  ruleSetHash: Hash,
  detailsHash: Hash,
});
export type DecisionAttestation = z.infer<typeof DecisionAttestation>;

export const OpenClaimInput = z.strictObject({
  id: Id,
  insurer: OrganisationName,
  linesHash: Hash,
  replaces: Id.optional(),
  idempotencyKey: IdempotencyKey,
});
export const PutClaimLinesInput = z.strictObject({ id: Id });
/** `expectedVersion` is of what the step changes: the decision for the insurer's steps, else the claim. */
export const ClaimStepInput = z.strictObject({ id: Id, expectedVersion: ExpectedVersion });
export const PutDecisionInput = z.strictObject({ id: Id });
export const DecideClaimInput = z.strictObject({
  id: Id,
  outcome: z.enum(OUTCOMES),
  ruleSetHash: Hash,
  detailsHash: Hash,
  expectedVersion: ExpectedVersion,
});
export const AppealClaimInput = z.strictObject({ id: Id, reason: Token, expectedVersion: ExpectedVersion });

/** Public. The amount is in the pair's collection, under `detailsHash`. */
export const Payment = z.strictObject({
  type: z.literal('payment'),
  id: Id,
  claim: Id,
  payer: OrganisationName,
  payee: OrganisationName,
  status: z.enum(['ordered', 'confirmed', 'rejected']),
  detailsHash: Hash,
  version: Version,
  updatedAt: Instant,
});
export type Payment = z.infer<typeof Payment>;
/** In the pair's collection. Amount equals the decision's total. */
export const PaymentDetails = z.strictObject({
  type: z.literal('payment-details'),
  id: Id,
  claim: Id,
  amount: Money,
  reference: Token,
  salt: Id,
});
export type PaymentDetails = z.infer<typeof PaymentDetails>;
/** In the pair's collection, as DecisionAttestation: that payment's amount is that decision's total. */
export const PaymentAttestation = z.strictObject({
  type: z.literal('payment-attestation'),
  id: Id,
  claim: Id,
  /** `detailsHash` of the decision. */
  decisionHash: Hash,
  paymentHash: Hash,
});
export type PaymentAttestation = z.infer<typeof PaymentAttestation>;
export const PutPaymentInput = z.strictObject({ id: Id, claim: Id });
export const SettleClaimInput = z.strictObject({
  id: Id,
  payment: Id,
  paymentHash: Hash,
  idempotencyKey: IdempotencyKey,
  expectedVersion: ExpectedVersion,
});
export const PaymentStepInput = z.strictObject({ id: Id, expectedVersion: ExpectedVersion });
