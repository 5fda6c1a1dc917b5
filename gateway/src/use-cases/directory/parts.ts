import type { Ledger, ReadModel } from '../../ports.js';
import type { Wallet } from '../../identity/index.js';

export interface DirectoryParts {
  readonly ledger: Ledger;
  readonly readModel: ReadModel;
  readonly wallet: Pick<Wallet, 'find'>;
}
