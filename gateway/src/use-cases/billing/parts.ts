import type { Ledger, ReadModel } from '../../ports.js';
import type { Own } from './own-bills.js';

export interface BillingParts {
  readonly ledger: Ledger;
  readonly readModel: ReadModel;
  /** Whose gateway this is. */
  readonly organisation: Own;
}
