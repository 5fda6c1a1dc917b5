import pg from 'pg';

/** What a statement needs: a pool or one of its clients. */
export type Queryable = Pick<pg.PoolClient, 'query'>;
export type Database = pg.Pool;

const INT8 = 20;
const INT8_ARRAY = 1016;

/** bigint columns hold block numbers and counts, which fit a double; everything else as pg does it. */
const types: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') => {
    if (oid === INT8) return Number;
    if (oid === INT8_ARRAY) throw new TypeError('arrays of bigint are not read');
    return pg.types.getTypeParser(oid, format as 'text') as unknown;
  }) as pg.CustomTypesConfig['getTypeParser'],
};

/**
 * When a commit is told: `synced` when it is on the disk; `deferred` at once, and it is on the disk within a second or
 * with the next synced commit of anybody, whichever comes first. A crash of the database server may take deferred
 * commits away, the latest ones, all of a transaction or nothing: for what is done again where it is missing.
 */
export type Commits = 'synced' | 'deferred';

/** Opens a pool. A connection that the server drops is replaced on next use; who holds it learns so then. */
export function openDatabase(
  url: string,
  {
    onIdleError = () => undefined,
    commits = 'synced',
  }: {
    onIdleError?: (error: Error) => void;
    commits?: Commits;
  } = {},
): Database {
  const pool = new pg.Pool({
    connectionString: url,
    ...(commits === 'deferred' && { options: '-c synchronous_commit=off' }),
    max: 10,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 30_000,
    types,
  });
  pool.on('error', onIdleError);
  // In use it may end between two statements, with nobody waiting for an answer: the next statement fails then.
  pool.on('connect', (client) => client.on('error', () => undefined));
  return pool;
}

/** Runs `work` in one transaction: all of its writes are committed, or none. */
export async function inTransaction<T>(
  database: Database,
  work: (client: pg.PoolClient) => Promise<T>,
): Promise<T> {
  const client = await database.connect();
  let broken: Error | undefined;
  try {
    await client.query('BEGIN');
    const result = await work(client);
    await client.query('COMMIT');
    return result;
  } catch (error) {
    await client.query('ROLLBACK').catch((failure: unknown) => {
      broken = failure instanceof Error ? failure : new Error('rollback failed');
    });
    throw error;
  } finally {
    client.release(broken);
  }
}

/** A schema or table name for use in SQL text. @throws RangeError for anything but a plain lower-case name. */
export function identifier(name: string): string {
  if (!/^[a-z][a-z0-9_]{0,62}$/.test(name)) throw new RangeError(`not a plain SQL name: ${name}`);
  return `"${name}"`;
}
