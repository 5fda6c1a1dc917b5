import type { Ledger, ReadModel } from '../../ports.js';

export interface BillingParts {
  readonly ledger: Ledger;
  readonly readModel: ReadModel;
}
