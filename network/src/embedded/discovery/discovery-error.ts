import { CodedError } from '../../coded-error.js';

/** A query that has no answer, in Fabric's words. */
export class DiscoveryError extends CodedError {
  override readonly name: string = 'DiscoveryError';
  declare readonly code: 'NO_ANSWER';

  constructor(message: string) {
    super('NO_ANSWER', message);
  }
}
