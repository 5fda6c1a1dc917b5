import { readFileSync } from 'node:fs';
import { ownServerFile } from '../home/index.js';
import { writeDurably } from '../process/index.js';
import type { OrganisationDatabase } from './databases.js';
import { PostgresError } from './errors.js';

/**
 * Leaves a note in the home that its databases are on a server of the user's own: each one's host and name, no role
 * and no password. The built-in server would be an empty one beside it.
 */
export function rememberOwnServer(home: string, databases: readonly OrganisationDatabase[]): void {
  const places = databases.map(({ organisation, url }) => {
    const { host, pathname } = new URL(url);
    return { organisation, host, database: decodeURIComponent(pathname.slice(1)) };
  });
  writeDurably(ownServerFile(home), `${JSON.stringify({ databases: places }, null, 2)}\n`);
}

/**
 * Call it where no database URL was given, before anything is started.
 * @throws PostgresError DATABASE_URL_MISSING where the home's databases are on a server of the user's own.
 */
export function requireBuiltInServer(home: string): void {
  const file = ownServerFile(home);
  let note: string;
  try {
    note = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  const place = firstPlace(note);
  throw new PostgresError(
    'DATABASE_URL_MISSING',
    `the databases of ${home} are on a PostgreSQL server of your own${place}, and no database URL was given`,
    {
      hint:
        'Give it again with --database-url or MEDACCORD_DATABASE_URL. To go on with an empty built-in server ' +
        `instead, which is filled from the ledger, remove ${file}.`,
    },
  );
}

/** For the message alone: a note that somebody has edited is one still. */
function firstPlace(note: string): string {
  try {
    const [first] = (JSON.parse(note) as { databases: { host: string; database: string }[] }).databases;
    return first === undefined ? '' : ` (${first.database} at ${first.host}, …)`;
  } catch {
    return '';
  }
}
