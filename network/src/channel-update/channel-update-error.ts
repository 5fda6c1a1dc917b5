import { CodedError } from '../coded-error.js';

export type ChannelUpdateErrorCode =
  /** A file holds no update of a channel's configuration. */
  | 'UPDATE_FILE_INVALID'
  | 'UPDATE_FILE_UNREADABLE'
  /** Those who signed are too few by the channel's policies. */
  | 'SIGNATURES_MISSING'
  /** The configuration has changed since the update was made. */
  | 'UPDATE_OUTDATED'
  /** No key of that organisation's admin is in the home folder. */
  | 'NO_ADMIN_KEY'
  /** The orderers did not take it. */
  | 'BROADCAST_REFUSED'
  | 'UPDATE_NOT_IN_FORCE';

export class ChannelUpdateError extends CodedError {
  override readonly name = 'ChannelUpdateError';
  declare readonly code: ChannelUpdateErrorCode;

  constructor(code: ChannelUpdateErrorCode, message: string, hint?: string, cause?: unknown) {
    super(code, message, { hint, cause });
  }
}
