import { ServerError } from './server-error.js';

/** What the embedded ledger says once, on stderr, whenever it starts. */
export const TRUST_NOTICE =
  'medaccord: the embedded ledger runs all organisations in one process. It is one trust domain, for development ' +
  'and tests only: never put real patient data on it.';

/** @throws ServerError (PRODUCTION) where any of the given environments is production. */
export function refuseProduction(environments: Readonly<Record<string, string | undefined>>): void {
  for (const [source, environment] of Object.entries(environments)) {
    if (environment?.trim().toLowerCase() === 'production') {
      throw new ServerError(
        'PRODUCTION',
        `the embedded ledger does not start: ${source} says production, and it is one trust domain`,
        { hint: 'use the fabric engine' },
      );
    }
  }
}
