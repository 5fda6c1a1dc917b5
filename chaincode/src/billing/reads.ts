import type { billing } from '../api/index.js';
import { refuse, type Handler, type Transaction } from '../ledger/index.js';
import { pairStore, readClaim, view, type ClaimFile } from './claim-file.js';
import { ownStore } from './invoices.js';
import {
  CLAIM_LINES,
  DECISION_DETAILS,
  INVOICE,
  INVOICE_DETAILS,
  PAYMENT,
  PAYMENT_DETAILS,
} from './kinds.js';
import { READER_ROLES } from './roles.js';

/** What is public is for every member's staff. */
export const getClaim: Handler<'billing:getClaim', billing.ClaimView> = async (tx, { id }) => {
  await tx.caller.requireRole(...READER_ROLES);
  return view(await readClaim(tx, id));
};
export const getPayment: Handler<'billing:getPayment', billing.Payment> = async (tx, { id }) => {
  await tx.caller.requireRole(...READER_ROLES);
  return tx.assets.require(PAYMENT, id);
};
export const getInvoice: Handler<'billing:getInvoice', billing.Invoice> = async (tx, { id }) => {
  await tx.caller.requireRole(...READER_ROLES);
  return tx.assets.require(INVOICE, id);
};

/** What is private is for the claim's provider and insurer. */
export const getClaimLines: Handler<'billing:getClaimLines', billing.ClaimLines> = async (tx, { id }) => {
  const { claim } = await partyOf(tx, id);
  return pairStore(tx, claim).require(CLAIM_LINES, id);
};
/** Of the decision that stands; what is put and not yet decided is nobody's decision. */
export const getDecision: Handler<'billing:getDecision', billing.DecisionDetails> = async (tx, { id }) => {
  const { claim, decision } = await partyOf(tx, id);
  if (decision.detailsHash === undefined) refuse('NOT_FOUND', 'nothing is decided');
  return pairStore(tx, claim).require(DECISION_DETAILS, id, String(decision.round));
};
export const getPaymentDetails: Handler<'billing:getPaymentDetails', billing.PaymentDetails> = async (
  tx,
  { id },
) => {
  const payment = await tx.assets.require(PAYMENT, id);
  const { claim } = await partyOf(tx, payment.claim);
  return pairStore(tx, claim).require(PAYMENT_DETAILS, id);
};
export const getInvoiceDetails: Handler<'billing:getInvoiceDetails', billing.InvoiceDetails> = async (
  tx,
  { id },
) => {
  await tx.caller.requireRole(...READER_ROLES);
  const invoice = await tx.assets.require(INVOICE, id);
  tx.caller.requireOrganisation(invoice.issuer);
  return ownStore(tx).require(INVOICE_DETAILS, id);
};

async function partyOf(tx: Transaction, id: string): Promise<ClaimFile> {
  await tx.caller.requireRole(...READER_ROLES);
  const file = await readClaim(tx, id);
  const { hospital, insurer } = file.claim;
  if (![hospital, insurer].includes(tx.caller.organisation.name)) {
    refuse('UNAUTHORIZED_ORGANISATION', 'for the provider and the insurer of the claim alone');
  }
  return file;
}
