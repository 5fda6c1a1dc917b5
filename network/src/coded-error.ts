/**
 * Base of the errors that `network` shows to people: a stable code for machines, one sentence that says what is
 * wrong, and, where there is something the reader can do, a hint. The command line prints them without a stack.
 */
export class CodedError extends Error {
  override readonly name: string = 'CodedError';
  readonly code: string;
  readonly hint: string | undefined;

  constructor(code: string, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
  }
}
