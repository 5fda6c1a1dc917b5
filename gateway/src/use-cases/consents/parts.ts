import type { Ledger, ReadModel } from '../../ports.js';

export interface ConsentParts {
  readonly ledger: Ledger;
  readonly readModel: ReadModel;
  /** Every consent names the channel it is for. */
  readonly channel: string;
}
