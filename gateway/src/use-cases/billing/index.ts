import type { Handlers } from '../../operation.js';
import { adjudicationUseCases } from './adjudicate.js';
import { claimQueries } from './claim-queries.js';
import { claimStepUseCases } from './claim-steps.js';
import { invoiceUseCases } from './invoices.js';
import { openClaimUseCases } from './open-claim.js';
import type { BillingParts } from './parts.js';
import { paymentUseCases } from './payments.js';

export type { BillingParts } from './parts.js';

type All = ReturnType<typeof invoiceUseCases> &
  ReturnType<typeof openClaimUseCases> &
  ReturnType<typeof claimQueries> &
  ReturnType<typeof claimStepUseCases> &
  ReturnType<typeof adjudicationUseCases> &
  ReturnType<typeof paymentUseCases>;
export type BillingOperation = keyof All;

/** Invoices, claims, payments. */
export function billingUseCases(parts: BillingParts): Handlers<BillingOperation> {
  return {
    ...invoiceUseCases(parts),
    ...openClaimUseCases(parts),
    ...claimQueries(parts),
    ...claimStepUseCases(parts),
    ...adjudicationUseCases(parts),
    ...paymentUseCases(parts),
  };
}
