import { CodedError } from '../coded-error.js';

/** Why a process did not do what the supervisor wanted. */
export type ProcessErrorCode = 'DIED_AT_START' | 'NOT_READY_IN_TIME' | 'COMMAND_FAILED' | 'STOPPED';

export class ProcessError extends CodedError {
  override readonly name = 'ProcessError';

  constructor(
    code: ProcessErrorCode,
    readonly processName: string,
    /** What happened, without the process's name: `ended at start with code 78`. */
    readonly what: string,
    /** The last lines it wrote. */
    readonly lastLines: readonly string[] = [],
    /** More for the message, after `what`. */
    more = '',
  ) {
    super(code, `${processName} ${what}${more}`);
  }
}
