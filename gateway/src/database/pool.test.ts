import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startPostgres, type TestPostgres } from '../testing/postgres.js';
import { inTransaction, openDatabase, type Database } from './pool.js';
import { isUnavailable } from './unavailable.js';

let postgres: TestPostgres;
let database: Database;
beforeAll(async () => {
  postgres = await startPostgres(process.env['DATABASE_URL']);
  database = openDatabase(postgres.url);
});
afterAll(async () => {
  await database.end();
  await postgres.stop();
});

describe('a connection that the server ends', () => {
  it('between two statements of a transaction fails the transaction, and nothing else', async () => {
    const ended = inTransaction(database, async (client) => {
      const { rows } = await client.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
      const end = new Promise<void>((resolve) => client.once('end', resolve));
      await database.query('SELECT pg_terminate_backend($1)', [rows[0]?.pid]);
      await end;
      await client.query('SELECT 1');
    });
    const error: unknown = await ended.catch((failure: unknown) => failure);
    expect(isUnavailable(error)).toBe(true);
    expect((await database.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  });

  it('in the middle of a statement says so too', async () => {
    const { rows } = await database.query<{ pid: number }>('SELECT pg_backend_pid() AS pid');
    const error: unknown = await database
      .query('SELECT pg_terminate_backend($1)', [rows[0]?.pid])
      .catch((failure: unknown) => failure);
    expect(isUnavailable(error)).toBe(true);
  });

  it('is told apart from a statement that is wrong', async () => {
    const error: unknown = await database.query('SELECT nothing').catch((failure: unknown) => failure);
    expect(isUnavailable(error)).toBe(false);
  });
});
