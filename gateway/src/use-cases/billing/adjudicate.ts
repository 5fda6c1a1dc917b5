import type { billing } from '@medaccord/chaincode/api';
import type { Handlers } from '../../operation.js';
import { submit } from '../shared/submit.js';
import { claimBody, claimEtag, expectedSide, hashOf } from './claim-answer.js';
import { sum } from './money.js';
import type { BillingParts } from './parts.js';

/**
 * The insurer's calls of two steps: the private value for the pair, then the public step that names it. What the
 * first step put is kept with the run, so that a repeated call names the same value although the claim has moved.
 */
export function adjudicationUseCases({ ledger }: BillingParts): Handlers<'adjudicateClaim' | 'settleClaim'> {
  return {
    async adjudicateClaim(call) {
      const { id } = call.path;
      const { ruleSetHash, lines } = call.body;
      const plan = await call.run.step('decision', async () => {
        const { claim } = await ledger.evaluate('billing:getClaim', { id }, { as: call.caller });
        const details: billing.DecisionDetails = {
          type: 'decision-details',
          id,
          round: claim.appeals,
          ruleSetHash,
          lines,
          total: sum(lines.map(({ allowed }) => allowed)),
          salt: call.run.derive('salt'),
        };
        return { details, pair: { hospital: claim.hospital, insurer: claim.insurer } };
      });
      const claim = plan.pair;
      const put = await submit(ledger, call, 'billing:putDecision', { id }, plan.details, { claim });
      const input = {
        id,
        outcome: call.body.outcome ?? outcomeOf(lines),
        ruleSetHash,
        detailsHash: hashOf(plan.details),
        ...expectedSide(call, 'decision'),
      };
      const decided = await submit(ledger, call, 'billing:decideClaim', input, undefined, { claim });
      const body = claimBody(decided.result, put.transaction, decided.transaction);
      return { status: 200, body, etag: claimEtag(decided.result) };
    },
    async settleClaim(call) {
      const { id } = call.path;
      const payment = call.run.derive('payment');
      const plan = await call.run.step('payment', async () => {
        const { claim } = await ledger.evaluate('billing:getClaim', { id }, { as: call.caller });
        const amount =
          call.body.amount ??
          (await ledger.evaluate('billing:getDecision', { id }, { as: call.caller })).total;
        const details: billing.PaymentDetails = {
          type: 'payment-details',
          id: payment,
          claim: id,
          amount,
          reference: call.body.reference,
          salt: call.run.derive('salt'),
        };
        return { details, pair: { hospital: claim.hospital, insurer: claim.insurer } };
      });
      const claim = plan.pair;
      const target = { id: payment, claim: id };
      const put = await submit(ledger, call, 'billing:putPayment', target, plan.details, { claim });
      const input = {
        id,
        payment,
        paymentHash: hashOf(plan.details),
        idempotencyKey: call.run.derive('ledger key'),
        ...expectedSide(call, 'decision'),
      };
      const settled = await submit(ledger, call, 'billing:settleClaim', input, undefined, { claim });
      const body = { ...claimBody(settled.result, put.transaction, settled.transaction), payment };
      return { status: 200, body, etag: claimEtag(settled.result) };
    },
  };
}

/** What the lines make of the whole: all the same, or partly. The contract checks it. */
function outcomeOf(lines: readonly { outcome: billing.Outcome }[]): billing.Outcome {
  const first = lines[0]?.outcome ?? 'denied';
  return lines.every(({ outcome }) => outcome === first) ? first : 'partly-approved';
}
