import { CodedError } from '../coded-error.js';

export type PostgresErrorCode =
  | 'POSTGRES_NOT_INSTALLED'
  | 'POSTGRES_CANNOT_RUN'
  | 'POSTGRES_NO_ACCOUNT'
  | 'POSTGRES_NO_PLACE'
  | 'POSTGRES_DATA_MISSING'
  | 'POSTGRES_DATA_FOREIGN'
  | 'DATABASE_URL_INVALID'
  | 'DATABASE_URL_MISSING'
  | 'DATABASE_UNREACHABLE';

export class PostgresError extends CodedError {
  override readonly name = 'PostgresError';
  declare readonly code: PostgresErrorCode;
}

/** What helps where the server that comes with the package cannot be used. */
export const OWN_SERVER_HINT =
  'or give a PostgreSQL server of your own with --database-url postgres://…/medaccord_{organisation}';
