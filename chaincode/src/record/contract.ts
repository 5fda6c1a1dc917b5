import type { Context } from 'fabric-contract-api';
import { LedgerContract, evaluate, submit } from '../ledger/index.js';
import { access } from './access.js';
import { anchor, anchorBatch } from './anchor.js';
import { erase } from './erase.js';
import { getAccess, getAccessDetails, getAnchor, getBatch, verify } from './queries.js';

/** What was written and who read it: anchors, batches, access events, erasures. */
export class RecordContract extends LedgerContract {
  constructor() {
    super('record');
  }

  async anchor(ctx: Context, input: string) {
    return submit(ctx, 'record:anchor', input, anchor);
  }

  async anchorBatch(ctx: Context, input: string) {
    return submit(ctx, 'record:anchorBatch', input, anchorBatch);
  }

  async verify(ctx: Context, input: string) {
    return evaluate(ctx, 'record:verify', input, verify);
  }

  async getAnchor(ctx: Context, input: string) {
    return evaluate(ctx, 'record:getAnchor', input, getAnchor);
  }

  async getBatch(ctx: Context, input: string) {
    return evaluate(ctx, 'record:getBatch', input, getBatch);
  }

  async access(ctx: Context, input: string) {
    return submit(ctx, 'record:access', input, access);
  }

  async getAccess(ctx: Context, input: string) {
    return evaluate(ctx, 'record:getAccess', input, getAccess);
  }

  async accessDetails(ctx: Context, input: string) {
    return evaluate(ctx, 'record:accessDetails', input, getAccessDetails);
  }

  async erase(ctx: Context, input: string) {
    return submit(ctx, 'record:erase', input, erase);
  }
}
