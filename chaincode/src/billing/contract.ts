import type { Context } from 'fabric-contract-api';
import { LedgerContract, evaluate, submit } from '../ledger/index.js';
import { decideClaim, putDecision } from './decide.js';
import { acknowledgeClaim, pendClaim, requestInformation } from './insurer-steps.js';
import { issueInvoice, payInvoice, putInvoiceDetails, voidInvoice } from './invoices.js';
import { openClaim } from './open-claim.js';
import { confirmPayment, putPayment, rejectPayment, settleClaim } from './payments.js';
import { answerInformation, appealClaim, putClaimLines, withdrawClaim } from './provider-steps.js';
import {
  getClaim,
  getClaimLines,
  getDecision,
  getInvoice,
  getInvoiceDetails,
  getPayment,
  getPaymentDetails,
} from './reads.js';

/** Invoices, claims and payments. Every method is a transaction; the rules are in the files beside this one. */
export class BillingContract extends LedgerContract {
  constructor() {
    super('billing');
  }

  issueInvoice(ctx: Context, input: string) {
    return submit(ctx, 'billing:issueInvoice', input, issueInvoice);
  }

  putInvoiceDetails(ctx: Context, input: string) {
    return submit(ctx, 'billing:putInvoiceDetails', input, putInvoiceDetails);
  }

  payInvoice(ctx: Context, input: string) {
    return submit(ctx, 'billing:payInvoice', input, payInvoice);
  }

  voidInvoice(ctx: Context, input: string) {
    return submit(ctx, 'billing:voidInvoice', input, voidInvoice);
  }

  openClaim(ctx: Context, input: string) {
    return submit(ctx, 'billing:openClaim', input, openClaim);
  }

  putClaimLines(ctx: Context, input: string) {
    return submit(ctx, 'billing:putClaimLines', input, putClaimLines);
  }

  acknowledgeClaim(ctx: Context, input: string) {
    return submit(ctx, 'billing:acknowledgeClaim', input, acknowledgeClaim);
  }

  requestInformation(ctx: Context, input: string) {
    return submit(ctx, 'billing:requestInformation', input, requestInformation);
  }

  answerInformation(ctx: Context, input: string) {
    return submit(ctx, 'billing:answerInformation', input, answerInformation);
  }

  pendClaim(ctx: Context, input: string) {
    return submit(ctx, 'billing:pendClaim', input, pendClaim);
  }

  putDecision(ctx: Context, input: string) {
    return submit(ctx, 'billing:putDecision', input, putDecision);
  }

  decideClaim(ctx: Context, input: string) {
    return submit(ctx, 'billing:decideClaim', input, decideClaim);
  }

  appealClaim(ctx: Context, input: string) {
    return submit(ctx, 'billing:appealClaim', input, appealClaim);
  }

  withdrawClaim(ctx: Context, input: string) {
    return submit(ctx, 'billing:withdrawClaim', input, withdrawClaim);
  }

  putPayment(ctx: Context, input: string) {
    return submit(ctx, 'billing:putPayment', input, putPayment);
  }

  settleClaim(ctx: Context, input: string) {
    return submit(ctx, 'billing:settleClaim', input, settleClaim);
  }

  confirmPayment(ctx: Context, input: string) {
    return submit(ctx, 'billing:confirmPayment', input, confirmPayment);
  }

  rejectPayment(ctx: Context, input: string) {
    return submit(ctx, 'billing:rejectPayment', input, rejectPayment);
  }

  getClaim(ctx: Context, input: string) {
    return evaluate(ctx, 'billing:getClaim', input, getClaim);
  }

  getClaimLines(ctx: Context, input: string) {
    return evaluate(ctx, 'billing:getClaimLines', input, getClaimLines);
  }

  getDecision(ctx: Context, input: string) {
    return evaluate(ctx, 'billing:getDecision', input, getDecision);
  }

  getPayment(ctx: Context, input: string) {
    return evaluate(ctx, 'billing:getPayment', input, getPayment);
  }

  getPaymentDetails(ctx: Context, input: string) {
    return evaluate(ctx, 'billing:getPaymentDetails', input, getPaymentDetails);
  }

  getInvoice(ctx: Context, input: string) {
    return evaluate(ctx, 'billing:getInvoice', input, getInvoice);
  }

  getInvoiceDetails(ctx: Context, input: string) {
    return evaluate(ctx, 'billing:getInvoiceDetails', input, getInvoiceDetails);
  }
}
