import type { billing } from '@medaccord/chaincode/api';
import type { Call, Handlers } from '../../operation.js';
import { submit } from '../shared/submit.js';
import { claimBody, claimEtag, hashOf } from './claim-answer.js';
import { totalOf } from './money.js';
import type { BillingParts } from './parts.js';

/** Two steps: the claim for everybody, then its lines for the pair. Repeated, the call goes on where it stopped. */
export function openClaimUseCases({ ledger }: BillingParts): Handlers<'openClaim' | 'replaceClaim'> {
  const open = async (call: Call<'openClaim' | 'replaceClaim'>, replaces?: string) => {
    const { id = call.run.derive('claim'), insurer, patient, coverage, diagnoses, lines } = call.body;
    const pair = { hospital: call.caller.organisation, insurer };
    const details: billing.ClaimLines = {
      type: 'claim-lines',
      id,
      ...pair,
      patient,
      coverage,
      diagnoses,
      lines,
      total: totalOf(lines),
      salt: call.run.derive('salt'),
    };
    const input = {
      id,
      insurer,
      linesHash: hashOf(details),
      idempotencyKey: call.run.derive('ledger key'),
      ...(replaces === undefined ? {} : { replaces }),
    };
    const opened = await submit(ledger, call, 'billing:openClaim', input, undefined);
    const put = await submit(ledger, call, 'billing:putClaimLines', { id }, details, { claim: pair });
    return {
      status: 201 as const,
      body: claimBody(opened.result, opened.transaction, put.transaction),
      etag: claimEtag(opened.result),
      location: `/v1/claims/${id}`,
    };
  };
  return {
    openClaim: (call) => open(call),
    replaceClaim: (call) => open(call, call.path.id),
  };
}
