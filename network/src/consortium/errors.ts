import { CodedError } from '../coded-error.js';

export type ConsortiumErrorCode =
  | 'ENGINE_NOT_AVAILABLE'
  | 'HOME_OF_ANOTHER_ENGINE'
  | 'ENVIRONMENT_REFUSED'
  | 'PORT_TAKEN'
  | 'HOME_OF_ANOTHER_CONSORTIUM'
  | 'HOME_NOT_USABLE'
  | 'NOT_RUNNING'
  | 'STILL_STARTING'
  | 'STOPPED'
  | 'NO_SUCH_PROCESS'
  | 'NO_SUCH_IDENTITY'
  | 'LOGIN_REFUSED'
  | 'NO_GATEWAY'
  | 'GATEWAY_UNREACHABLE'
  | 'DEPLOYMENT_FAILED'
  | 'BOOTSTRAP_FAILED'
  | 'NOT_CONFIRMED';

export class ConsortiumError extends CodedError {
  override readonly name = 'ConsortiumError';
  declare readonly code: ConsortiumErrorCode;

  constructor(code: ConsortiumErrorCode, message: string, hint?: string, cause?: unknown) {
    super(code, message, { hint, cause });
  }
}
