import type { billing } from '@medaccord/chaincode/api';
import type { Handlers } from '../../operation.js';
import type { Committed } from '../../ports.js';
import { expectedVersion, submit } from '../shared/submit.js';
import { hashOf } from './claim-answer.js';
import { totalOf } from './money.js';
import { ownBills } from './own-bills.js';
import type { BillingParts } from './parts.js';

type InvoiceOperation =
  'listInvoices' | 'issueInvoice' | 'getInvoice' | 'getInvoiceDetails' | 'payInvoice' | 'voidInvoice';

export function invoiceUseCases({
  ledger,
  readModel,
  organisation,
}: BillingParts): Handlers<InvoiceOperation> {
  return {
    async listInvoices({ query }) {
      const own = ownBills(organisation, { provider: 'issuer' }, {});
      if (own === undefined) return { status: 200, body: { items: [] } };
      return { status: 200, body: await readModel.invoices({ ...query, ...own, limit: query.limit ?? 50 }) };
    },
    async issueInvoice(call) {
      const { id = call.run.derive('invoice'), patient, lines } = call.body;
      const total = totalOf(lines);
      const salt = call.run.derive('salt');
      const details: billing.InvoiceDetails = { type: 'invoice-details', id, patient, lines, total, salt };
      const input = { id, detailsHash: hashOf(details), idempotencyKey: call.run.derive('ledger key') };
      const issued = await submit(ledger, call, 'billing:issueInvoice', input, undefined);
      const put = await submit(ledger, call, 'billing:putInvoiceDetails', { id }, details);
      const answer = changed({ result: issued.result, transaction: put.transaction });
      return { ...answer, status: 201, location: `/v1/invoices/${id}` };
    },
    async getInvoice({ caller, path }) {
      const invoice = await ledger.evaluate('billing:getInvoice', { id: path.id }, { as: caller });
      return { status: 200, body: invoice, etag: String(invoice.version) };
    },
    async getInvoiceDetails({ caller, path }) {
      const details = await ledger.evaluate('billing:getInvoiceDetails', { id: path.id }, { as: caller });
      return { status: 200, body: details };
    },
    async payInvoice(call) {
      const input = { id: call.path.id, ...expectedVersion(call) };
      return changed(await submit(ledger, call, 'billing:payInvoice', input, undefined));
    },
    async voidInvoice(call) {
      const input = { id: call.path.id, ...expectedVersion(call) };
      return changed(await submit(ledger, call, 'billing:voidInvoice', input, undefined));
    },
  };
}

function changed({ result, transaction }: Committed<billing.Invoice>) {
  return { status: 200 as const, body: { invoice: result, transaction }, etag: String(result.version) };
}
