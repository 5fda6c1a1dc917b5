import { BillingContract } from './billing/contract.js';
import { DirectoryContract } from './directory/contract.js';
import { CanonicalSerializer } from './ledger/index.js';

/** What fabric-shim starts. */
export const contracts = [DirectoryContract, BillingContract];

/** fabric-shim's supported way to replace how arguments and results are written. */
export const serializers = {
  transaction: 'canonicalSerializer',
  serializers: { canonicalSerializer: CanonicalSerializer },
};
