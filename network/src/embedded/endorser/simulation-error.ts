import { CodedError } from '../../coded-error.js';

export type SimulationErrorCode =
  'NO_COLLECTION' | 'NO_PERMISSION' | 'NOT_AVAILABLE' | 'UNSUPPORTED' | 'NO_CHAINCODE';

/** A read or write that the ledger refuses; worded as Fabric words it, for the chaincode to see. */
export class SimulationError extends CodedError {
  override readonly name: string = 'SimulationError';
  declare readonly code: SimulationErrorCode;
}
