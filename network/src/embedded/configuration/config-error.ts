import { CodedError } from '../../coded-error.js';

/** A configuration, or an update of one, that cannot be taken; in Fabric's words where Fabric refuses it too. */
export class ConfigError extends CodedError {
  override readonly name: string = 'ConfigError';
  declare readonly code: 'CONFIG_REFUSED';

  constructor(message: string, options: { cause?: unknown } = {}) {
    super('CONFIG_REFUSED', message, options);
  }

  /** The same, said of the step that it failed in. */
  static in(step: string, error: unknown): ConfigError {
    const reason = error instanceof Error ? error.message : String(error);
    return new ConfigError(`${step}: ${reason}`, { cause: error });
  }
}
