import { billing } from '../api/index.js';
import { assetKind, assetKindBy } from '../ledger/index.js';

/** Public. */
export const CLAIM = assetKind('claim', billing.Claim);
export const CLAIM_DECISION = assetKind('claim-decision', billing.ClaimDecision);
export const PAYMENT = assetKind('payment', billing.Payment);
export const INVOICE = assetKind('invoice', billing.Invoice);
export const IDEMPOTENCY = assetKindBy('idempotency', billing.Idempotency, ({ organisation, id }) => [
  organisation,
  id,
]);

/** In the pair's collection. A round's decision stays beside those of later rounds. */
export const CLAIM_LINES = assetKind('claim-lines', billing.ClaimLines);
export const DECISION_DETAILS = assetKindBy('decision-details', billing.DecisionDetails, roundKey);
export const DECISION_ATTESTATION = assetKindBy(
  'decision-attestation',
  billing.DecisionAttestation,
  roundKey,
);
export const PAYMENT_DETAILS = assetKind('payment-details', billing.PaymentDetails);
export const PAYMENT_ATTESTATION = assetKind('payment-attestation', billing.PaymentAttestation);

/** In the issuer's own collection. */
export const INVOICE_DETAILS = assetKind('invoice-details', billing.InvoiceDetails);

function roundKey({ id, round }: { id: string; round: number }): readonly string[] {
  return [id, String(round)];
}
