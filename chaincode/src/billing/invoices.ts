import { invoicesCollection, type billing } from '../api/index.js';
import {
  checkVersion,
  hashOf,
  privateStore,
  refuse,
  type Handler,
  type PrivateStore,
  type Transaction,
} from '../ledger/index.js';
import { once } from './idempotency.js';
import { INVOICE, INVOICE_DETAILS } from './kinds.js';
import { checkLines } from './lines.js';
import type { Stored } from './provider-steps.js';
import { PROVIDER_ROLES } from './roles.js';

/** Public step of a self-pay invoice. */
export const issueInvoice: Handler<'billing:issueInvoice', billing.Invoice> = async (tx, input) => {
  await tx.caller.requireRole(...PROVIDER_ROLES);
  tx.caller.requireCare();
  return once(tx, {
    function: 'billing:issueInvoice',
    input,
    asset: input.id,
    again: () => tx.assets.require(INVOICE, input.id),
    first: async () => {
      await tx.assets.requireAbsent(INVOICE, input.id);
      const invoice: billing.Invoice = {
        type: 'invoice',
        id: input.id,
        issuer: tx.caller.organisation.name,
        status: 'issued',
        detailsHash: input.detailsHash,
        version: 1,
        updatedAt: tx.timestamp,
      };
      await tx.assets.put(INVOICE, invoice);
      return invoice;
    },
  });
};

/** Private step of the issuer alone. Details that are there may come again, also after payment. */
export const putInvoiceDetails: Handler<'billing:putInvoiceDetails', Stored> = async (
  tx,
  { id },
  details,
) => {
  const invoice = await ownInvoice(tx, id);
  if (details.id !== id) refuse('PRIVATE_DATA_MISMATCH', 'the details are of another invoice');
  const hash = hashOf(details);
  if (hash !== invoice.detailsHash) refuse('PRIVATE_DATA_MISMATCH', 'the details have another hash');
  checkLines(details.lines, details.total);
  const store = ownStore(tx);
  if ((await store.hash(INVOICE_DETAILS, id)) !== hash) requireIssued(invoice);
  await store.put(INVOICE_DETAILS, details);
  return { id, hash };
};

export const payInvoice: Handler<'billing:payInvoice', billing.Invoice> = (tx, input) =>
  issuerStep(tx, input, async (invoice) => {
    const hash = await ownStore(tx).hash(INVOICE_DETAILS, input.id);
    if (hash === undefined) refuse('PRIVATE_DATA_MISSING', 'the invoice has no details yet');
    return save(tx, invoice, 'paid');
  });

export const voidInvoice: Handler<'billing:voidInvoice', billing.Invoice> = (tx, input) =>
  issuerStep(tx, input, (invoice) => save(tx, invoice, 'void'));

/** A step of the issuer's staff on an invoice that is neither paid nor void. */
async function issuerStep<R>(
  tx: Transaction,
  input: { id: string; expectedVersion?: number | undefined },
  step: (invoice: billing.Invoice) => Promise<R>,
): Promise<R> {
  const invoice = await ownInvoice(tx, input.id);
  checkVersion(invoice, input.expectedVersion);
  requireIssued(invoice);
  return step(invoice);
}

async function ownInvoice(tx: Transaction, id: string): Promise<billing.Invoice> {
  await tx.caller.requireRole(...PROVIDER_ROLES);
  const invoice = await tx.assets.require(INVOICE, id);
  tx.caller.requireOrganisation(invoice.issuer);
  return invoice;
}

function requireIssued({ status }: billing.Invoice): void {
  if (status !== 'issued') refuse('INVALID_STATE', `the invoice is ${status}`);
}

async function save(
  tx: Transaction,
  invoice: billing.Invoice,
  status: billing.Invoice['status'],
): Promise<billing.Invoice> {
  const next = tx.next(invoice, { status });
  await tx.assets.put(INVOICE, next);
  return next;
}

/** What its own organisation keeps: every use stands behind a check of the issuer. */
export function ownStore(tx: Transaction): PrivateStore {
  return privateStore(tx.stub, invoicesCollection(tx.caller.organisation.name));
}
