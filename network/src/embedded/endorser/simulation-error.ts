import { CodedError } from '../../coded-error.js';

/** A read or write that the ledger refuses; worded as Fabric words it, for the chaincode to see. */
export class SimulationError extends CodedError {
  override readonly name: string = 'SimulationError';

  constructor(
    code: 'NO_COLLECTION' | 'NO_PERMISSION' | 'NOT_AVAILABLE' | 'UNSUPPORTED' | 'BAD_KEY' | 'NO_CHAINCODE',
    message: string,
  ) {
    super(code, message);
  }
}
