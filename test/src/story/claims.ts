import { createHash } from 'node:crypto';
import pMap from 'p-map';
import { commit } from './api.js';
import type { Cast } from './cast.js';
import type { Figures, Tally } from './figures.js';
import { organisationFor } from './organisation-rule.js';
import type { Chart } from './people.js';
import type { PlannedClaim } from './plan.js';

/** The story's insurer allows every line in full; a real rule set is the insurer's own. */
const RULE_SET = createHash('sha256').update('every line is allowed in full').digest('hex');

interface Bill {
  chart: Chart;
  claim: PlannedClaim;
}

export function bills(charts: Chart[]): { insured: Bill[]; selfPaid: Bill[] } {
  const all = charts.flatMap((chart) =>
    chart.patient.claims
      .filter((claim) => claim.provider === chart.custodian)
      .map((claim) => ({ chart, claim })),
  );
  return {
    insured: all.filter(({ claim }) => claim.coverage !== undefined),
    selfPaid: all.filter(({ claim }) => claim.coverage === undefined),
  };
}

/** Every insured claim: submitted with private lines, acknowledged, decided, settled, and the payment confirmed. */
export async function settleClaims(
  cast: Cast,
  insured: Bill[],
  figures: Figures,
  tally: Tally,
): Promise<void> {
  await pMap(insured, (bill) => settle(cast, bill, figures, tally), { concurrency: cast.concurrency });
}

async function settle(cast: Cast, { chart, claim }: Bill, figures: Figures, tally: Tally): Promise<void> {
  const coverage = claim.coverage ?? '';
  const insurer = organisationFor(coverage, cast.insurers);
  const billing = cast.member(chart.custodian, 'billing').api;
  const adjuster = cast.member(insurer, 'adjuster').api;
  const opened = await commit((headers) =>
    billing.POST('/v1/claims', {
      params: { header: headers },
      body: {
        insurer,
        patient: chart.pseudonym,
        coverage,
        diagnoses: claim.diagnoses,
        lines: linesOf(claim),
      },
    }),
  );
  figures.claims += 1;
  figures.claimLines += claim.lines.length;
  const path = { id: opened.claim.claim.id };
  const acknowledged = await commit((headers) =>
    adjuster.POST('/v1/claims/{id}/acknowledge', { params: { path, header: headers }, body: {} }),
  );
  const decided = await commit((headers) =>
    adjuster.POST('/v1/claims/{id}/adjudicate', {
      params: { path, header: headers },
      body: {
        ruleSetHash: RULE_SET,
        lines: claim.lines.map(({ number, amount }) => ({
          number,
          outcome: 'approved' as const,
          allowed: { amount, currency: claim.currency },
          reasons: [],
        })),
      },
    }),
  );
  const settled = await commit((headers) =>
    adjuster.POST('/v1/claims/{id}/settle', {
      params: { path, header: headers },
      body: { reference: `story-${path.id}` },
    }),
  );
  const payment = settled.payment;
  if (payment === undefined) throw new Error(`claim ${path.id} was settled without a payment`);
  const confirmed = await commit((headers) =>
    billing.POST('/v1/payments/{id}/confirm', {
      params: { path: { id: payment }, header: headers },
      body: {},
    }),
  );
  figures.settled += 1;
  figures.paid[claim.currency] = (figures.paid[claim.currency] ?? 0) + claim.total;
  tally.done(
    ...opened.transactions,
    ...acknowledged.transactions,
    ...decided.transactions,
    ...settled.transactions,
    confirmed.transaction,
  );
}

/** A claim that nobody insures becomes an invoice to the patient. */
export async function issueInvoices(
  cast: Cast,
  selfPaid: Bill[],
  figures: Figures,
  tally: Tally,
): Promise<void> {
  await pMap(
    selfPaid,
    async ({ chart, claim }) => {
      const { transaction } = await commit((headers) =>
        cast.member(chart.custodian, 'billing').api.POST('/v1/invoices', {
          params: { header: headers },
          body: { patient: chart.pseudonym, lines: linesOf(claim) },
        }),
      );
      figures.invoices += 1;
      tally.done(transaction);
    },
    { concurrency: cast.concurrency },
  );
}

function linesOf(claim: PlannedClaim) {
  return claim.lines.map(({ number, system, code, amount }) => ({
    number,
    code: { system, code },
    serviceDate: claim.serviceDate,
    quantity: 1,
    unitPrice: { amount, currency: claim.currency },
    amount: { amount, currency: claim.currency },
  }));
}
