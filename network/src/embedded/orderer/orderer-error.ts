import { common } from '@hyperledger/fabric-protos';
import { CodedError } from '../../coded-error.js';

export type OrdererErrorCode = 'BAD_REQUEST' | 'FORBIDDEN' | 'NOT_FOUND' | 'SERVICE_UNAVAILABLE';

/** An envelope was refused; the code is a name of common.Status. */
export class OrdererError extends CodedError {
  override readonly name: string = 'OrdererError';
  declare readonly code: OrdererErrorCode;

  constructor(code: OrdererErrorCode, message: string, options: { cause?: unknown } = {}) {
    super(code, message, options);
  }

  /** The same, said of the step that it failed in. */
  of(step: string): OrdererError {
    return new OrdererError(this.code, `${step}: ${this.message}`, { cause: this });
  }

  /** Number of common.Status, as BroadcastResponse has it. */
  get status(): number {
    return common.Status[this.code];
  }
}
