import type { billing } from '@medaccord/chaincode/api';
import type { Handlers } from '../../operation.js';
import type { Committed } from '../../ports.js';
import { expectedVersion, submit } from '../shared/submit.js';
import { ownBills } from './own-bills.js';
import type { BillingParts } from './parts.js';

type PaymentOperation =
  'listPayments' | 'getPayment' | 'getPaymentDetails' | 'confirmPayment' | 'rejectPayment';

export function paymentUseCases({
  ledger,
  readModel,
  organisation,
}: BillingParts): Handlers<PaymentOperation> {
  return {
    async listPayments({ query }) {
      const own = ownBills(organisation, { provider: 'payee', insurer: 'payer' }, {});
      if (own === undefined) return { status: 200, body: { items: [] } };
      return { status: 200, body: await readModel.payments({ ...query, ...own, limit: query.limit ?? 50 }) };
    },
    async getPayment({ caller, path }) {
      const payment = await ledger.evaluate('billing:getPayment', { id: path.id }, { as: caller });
      return { status: 200, body: payment, etag: String(payment.version) };
    },
    async getPaymentDetails({ caller, path }) {
      const details = await ledger.evaluate('billing:getPaymentDetails', { id: path.id }, { as: caller });
      return { status: 200, body: details };
    },
    async confirmPayment(call) {
      const input = { id: call.path.id, ...expectedVersion(call) };
      return changed(await submit(ledger, call, 'billing:confirmPayment', input, undefined));
    },
    async rejectPayment(call) {
      const input = { id: call.path.id, ...expectedVersion(call) };
      return changed(await submit(ledger, call, 'billing:rejectPayment', input, undefined));
    },
  };
}

function changed({ result, transaction }: Committed<billing.Payment>) {
  return { status: 200 as const, body: { payment: result, transaction }, etag: String(result.version) };
}
