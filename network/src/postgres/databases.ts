import type { Client, ClientConfig } from 'pg';
import { PostgresError } from './errors.js';

/** Database, login role and URL of one organisation. */
export interface OrganisationDatabase {
  readonly organisation: string;
  readonly url: string;
}

/** `hospital-a` → `medaccord_hospital_a`: the name of its database and of its role. */
export function databaseName(organisation: string): string {
  return `medaccord_${organisation.replaceAll('-', '_')}`;
}

/**
 * Makes each organisation's login role and database where missing, and sets its password. Nobody but the
 * role (and the superuser) can connect to a database.
 */
export async function ensureDatabases(
  superuserUrl: string,
  passwords: Readonly<Record<string, string>>,
): Promise<void> {
  const client = await newClient({ connectionString: superuserUrl });
  await client.connect();
  try {
    for (const [organisation, password] of Object.entries(passwords)) {
      const name = databaseName(organisation);
      const quoted = client.escapeIdentifier(name);
      const role = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [name]);
      const verb = role.rowCount === 0 ? 'CREATE' : 'ALTER';
      await client.query(`${verb} ROLE ${quoted} LOGIN PASSWORD ${client.escapeLiteral(password)}`);
      const database = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name]);
      if (database.rowCount === 0) await client.query(`CREATE DATABASE ${quoted} OWNER ${quoted}`);
      await client.query(`REVOKE ALL ON DATABASE ${quoted} FROM PUBLIC`);
    }
  } finally {
    await client.end();
  }
}

const PLACEHOLDER = '{organisation}';

/**
 * The databases on a server of the user's own. In the template, `{organisation}` stands for the
 * organisation's name with `_` for `-`, wherever it is written.
 * @throws PostgresError DATABASE_URL_INVALID.
 */
export function databasesFromTemplate(
  template: string,
  organisations: readonly string[],
): OrganisationDatabase[] {
  const invalid = (reason: string) =>
    new PostgresError('DATABASE_URL_INVALID', `the database URL ${reason}`, {
      hint: `It looks like postgres://user:password@host:5432/medaccord_${PLACEHOLDER}.`,
    });
  if (organisations.length > 1 && !template.includes(PLACEHOLDER)) {
    throw invalid(`names one database, but each organisation needs its own: write ${PLACEHOLDER} into it`);
  }
  return organisations.map((organisation) => {
    const text = template.replaceAll(PLACEHOLDER, organisation.replaceAll('-', '_'));
    if (!URL.canParse(text)) throw invalid('is not a URL');
    const { protocol, pathname } = new URL(text);
    if (!['postgres:', 'postgresql:'].includes(protocol))
      throw invalid(`begins with ${protocol}, not postgres:`);
    if (pathname.length < 2) throw invalid('names no database');
    return { organisation, url: text };
  });
}

/**
 * Connects to each once.
 * @throws PostgresError DATABASE_UNREACHABLE that names the organisation, never the password.
 */
export async function checkDatabases(databases: readonly OrganisationDatabase[]): Promise<void> {
  for (const { organisation, url } of databases) {
    const client = await newClient({ connectionString: url, connectionTimeoutMillis: 10_000 });
    try {
      await client.connect();
    } catch (cause) {
      const { host, pathname } = new URL(url);
      const reason = cause instanceof Error && cause.message !== '' ? cause.message : 'no connection';
      throw new PostgresError(
        'DATABASE_UNREACHABLE',
        `the database of ${organisation} (${pathname.slice(1)} at ${host}) cannot be used: ${reason}`,
        { hint: 'Create it and its role first; medaccord changes nothing on a server of your own.', cause },
      );
    } finally {
      await client.end().catch(() => undefined);
    }
  }
}

/** The driver is loaded when it is needed: most commands never talk to a database. */
async function newClient(options: ClientConfig): Promise<Client> {
  const { default: pg } = await import('pg');
  return new pg.Client(options);
}
