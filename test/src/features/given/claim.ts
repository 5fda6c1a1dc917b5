import type { components } from '@medaccord/gateway/client';
import type { Consortium } from '../../consortium/index.js';
import { commit } from '../../story/api.js';
import { digest } from './ids.js';
import type { Patient } from './patient.js';

type Schemas = components['schemas'];
export type Line = Schemas['Lines'][number];
export type LineDecision = Schemas['LineDecision'];
export type ClaimAnswer = Schemas['ClaimView'];
export type ClaimDraft = {
  insurer: string;
  patient: string;
  coverage: string;
  diagnoses: string[];
  lines: Line[];
};

export const RULES = digest('the rules of the insurer in the tests');

export function euros(amount: number): Schemas['Money'] {
  return { amount, currency: 'EUR' };
}

export function line(number: number, price: number, code = '99213'): Line {
  return {
    number,
    code: { system: 'http://www.ama-assn.org/go/cpt', code },
    serviceDate: '2026-03-02',
    quantity: 2,
    unitPrice: euros(price),
    amount: euros(2 * price),
  };
}

export function claimDraft(patient: Patient, insurer: string, change: Partial<ClaimDraft> = {}): ClaimDraft {
  return {
    insurer,
    patient: patient.id,
    coverage: 'policy-4711',
    diagnoses: ['J18.9'],
    lines: [line(1, 4_000), line(2, 2_500, '71046')],
    ...change,
  };
}

/** @returns the id of a claim that the patient's custodian submitted. */
export async function submittedClaim(
  consortium: Consortium,
  patient: Patient,
  insurer: string,
  change: Partial<ClaimDraft> = {},
): Promise<string> {
  const billing = await consortium.member(patient.custodian, 'billing');
  const { claim } = await commit((header) =>
    billing.api.POST('/v1/claims', {
      params: { header },
      body: claimDraft(patient, insurer, change),
    }),
  );
  return claim.claim.id;
}

/** One line's decision: allowed in full, in part, or not at all. */
export function decided({ number, amount }: Line, allowed = amount.amount): LineDecision {
  const outcome = allowed === 0 ? 'denied' : allowed < amount.amount ? 'partly-approved' : 'approved';
  return {
    number,
    outcome,
    allowed: euros(allowed),
    reasons: outcome === 'approved' ? [] : ['CO-45'],
  };
}
