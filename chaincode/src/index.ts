import { BillingContract } from './billing/contract.js';
import { ConsentContract } from './consent/contract.js';
import { DirectoryContract } from './directory/contract.js';
import { CanonicalSerializer } from './ledger/index.js';
import { RecordContract } from './record/contract.js';

/** What fabric-shim starts. */
export const contracts = [DirectoryContract, ConsentContract, RecordContract, BillingContract];

/** fabric-shim's supported way to replace how arguments and results are written. */
export const serializers = {
  transaction: 'canonicalSerializer',
  serializers: { canonicalSerializer: CanonicalSerializer },
};
