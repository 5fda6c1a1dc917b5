import type { Context } from 'fabric-contract-api';
import { LedgerContract, evaluate, submit } from '../ledger/index.js';
import { expireBreakGlass, openBreakGlass, reviewBreakGlass } from './break-glass.js';
import { delegate } from './delegate.js';
import { grant, witness } from './grant.js';
import {
  decide,
  getBreakGlass,
  getBreakGlassDetails,
  getConsent,
  getConsentDetails,
  getConsentHistory,
} from './queries.js';
import { expire, revoke } from './revoke.js';

/** Who may see or write what of whom: signed, witnessed and delegated consents, and emergency access. */
export class ConsentContract extends LedgerContract {
  constructor() {
    super('consent');
  }

  async grant(ctx: Context, input: string) {
    return submit(ctx, 'consent:grant', input, grant);
  }

  async witness(ctx: Context, input: string) {
    return submit(ctx, 'consent:witness', input, witness);
  }

  async delegate(ctx: Context, input: string) {
    return submit(ctx, 'consent:delegate', input, delegate);
  }

  async revoke(ctx: Context, input: string) {
    return submit(ctx, 'consent:revoke', input, revoke);
  }

  async expire(ctx: Context, input: string) {
    return submit(ctx, 'consent:expire', input, expire);
  }

  async get(ctx: Context, input: string) {
    return evaluate(ctx, 'consent:get', input, getConsent);
  }

  async details(ctx: Context, input: string) {
    return evaluate(ctx, 'consent:details', input, getConsentDetails);
  }

  async history(ctx: Context, input: string) {
    return evaluate(ctx, 'consent:history', input, getConsentHistory);
  }

  async decide(ctx: Context, input: string) {
    return evaluate(ctx, 'consent:decide', input, decide);
  }

  async openBreakGlass(ctx: Context, input: string) {
    return submit(ctx, 'consent:openBreakGlass', input, openBreakGlass);
  }

  async reviewBreakGlass(ctx: Context, input: string) {
    return submit(ctx, 'consent:reviewBreakGlass', input, reviewBreakGlass);
  }

  async expireBreakGlass(ctx: Context, input: string) {
    return submit(ctx, 'consent:expireBreakGlass', input, expireBreakGlass);
  }

  async getBreakGlass(ctx: Context, input: string) {
    return evaluate(ctx, 'consent:getBreakGlass', input, getBreakGlass);
  }

  async breakGlassDetails(ctx: Context, input: string) {
    return evaluate(ctx, 'consent:breakGlassDetails', input, getBreakGlassDetails);
  }
}
