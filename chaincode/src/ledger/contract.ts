import { Contract } from 'fabric-contract-api';
import { refuse } from './errors.js';

/** Base of our contracts. fabric-shim makes a transaction of every method of the subclass, of none here. */
export class LedgerContract extends Contract {
  /** @throws ContractError INVALID_ARGUMENT */
  override unknownTransaction(): Promise<void> {
    return refuse('INVALID_ARGUMENT', 'no such function');
  }
}
