import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { migrate, openDatabase, type Database } from '../database/index.js';
import { startPostgres, type TestPostgres } from '../testing/postgres.js';
import { runStore, type RunStore } from './run-store.js';

let postgres: TestPostgres;
let database: Database;
let deferred: Database;
const secret = randomBytes(32);
const stores = new Map<string, RunStore>();
/** The store of a process. */
const store = (process = 'first') => {
  const known = stores.get(process) ?? runStore({ database, deferred, schema: 'service', secret, process });
  stores.set(process, known);
  return known;
};
const run = { id: 'a'.repeat(32), owner: 'hospital-a:doctor', operation: 'storeRecord', requestHash: 'h1' };
const answer = { status: 201, body: { secret: 'canary' }, headers: { etag: '"1"' } };

beforeAll(async () => {
  postgres = await startPostgres(process.env['DATABASE_URL']);
  database = openDatabase(postgres.url);
  deferred = openDatabase(postgres.url, { commits: 'deferred' });
  await migrate(database, 'service', 'service');
});
afterAll(async () => {
  await database.end();
  await deferred.end();
  await postgres.stop();
});
beforeEach(async () => {
  stores.clear();
  await database.query('TRUNCATE service.runs CASCADE');
});

describe('run store', () => {
  it('runs once, replays the answer, tells in-flight and conflict apart', async () => {
    expect(await store().begin(run)).toEqual({ state: 'run', isNew: true });
    expect(await store().begin(run)).toEqual({ state: 'in-flight' });
    expect(await store().begin({ ...run, requestHash: 'h2' })).toEqual({ state: 'conflict' });
    await store().complete(run.id, answer);
    expect(await store().begin(run)).toEqual({ state: 'answered', answer });
    expect(await store().begin({ ...run, requestHash: 'h2' })).toEqual({ state: 'conflict' });
    expect(await store().find(run.id, run.owner)).toEqual({ status: 'succeeded', answer });
    expect(await store().find(run.id, 'somebody else')).toBeUndefined();
  });

  it('gives a race of the same request to one', async () => {
    const begun = await Promise.all(Array.from({ length: 8 }, () => store().begin(run)));
    expect(begun.filter(({ state }) => state === 'run')).toHaveLength(1);
    expect(begun.filter(({ state }) => state === 'in-flight')).toHaveLength(7);
  });

  it('lets a failed run, an unreplayed one and one of a dead process run again, with the steps done', async () => {
    await store().begin(run);
    await store().fail(run.id, { status: 503, body: {}, headers: {} });
    expect(await store().begin(run)).toMatchObject({ state: 'run' });
    await store().saveStep(run.id, 'anchored', { tx: 't1' }, 'surely');
    await store().saveStep(run.id, 'nothing', undefined, 'surely');
    expect(await store('second').begin(run)).toMatchObject({ state: 'run' });
    expect(await store('second').steps(run.id)).toEqual(
      new Map([
        ['anchored', { tx: 't1' }],
        ['nothing', undefined],
      ]),
    );
    // The first process is late: the run is no longer its own.
    await store('first').complete(run.id, answer);
    expect(await store('second').begin(run)).toEqual({ state: 'in-flight' });
    await store('second').complete(run.id, undefined);
    expect(await store('second').begin(run)).toMatchObject({ state: 'run' });
  });

  it('lets a run whose end the database did not hear of run again, with the steps done', async () => {
    let isDown = false;
    const flaky = {
      query: (...query: [string, unknown[]]) =>
        isDown ? Promise.reject(new Error('Connection terminated unexpectedly')) : database.query(...query),
    } as unknown as Database;
    const runs = runStore({ database: flaky, schema: 'service', secret });
    await runs.begin(run);
    await runs.saveStep(run.id, 'anchored', { tx: 't1' }, 'surely');
    isDown = true;
    await expect(runs.complete(run.id, answer)).rejects.toThrow('terminated');
    await expect(runs.fail(run.id, answer)).rejects.toThrow('terminated');
    await expect(runs.begin(run)).rejects.toThrow('terminated');
    isDown = false;
    expect(await runs.begin({ ...run, requestHash: 'h2' })).toEqual({ state: 'conflict' });
    const begun = await Promise.all(Array.from({ length: 8 }, () => runs.begin(run)));
    expect(begun.filter(({ state }) => state === 'run')).toHaveLength(1);
    expect(await runs.steps(run.id)).toEqual(new Map([['anchored', { tx: 't1' }]]));
    await runs.complete(run.id, answer);
    expect(await runs.begin(run)).toEqual({ state: 'answered', answer });
  });

  it('seals what it stores and forgets it after a day', async () => {
    await store().begin(run);
    await store().saveStep(run.id, 'one', 'canary', 'surely');
    await store().complete(run.id, answer);
    const { rows } = await database.query(
      'SELECT r.answer, s.value FROM service.runs r JOIN service.run_steps s ON s.run = r.id',
    );
    expect(Buffer.concat(Object.values(rows[0] as Record<string, Buffer>)).includes('canary')).toBe(false);
    await database.query("UPDATE service.runs SET expires_at = now() - interval '1 second'");
    expect(await store().find(run.id, run.owner)).toBeUndefined();
    expect(await store().begin({ ...run, requestHash: 'h2' })).toEqual({ state: 'run', isNew: true });
    await database.query("UPDATE service.runs SET expires_at = now() - interval '1 second'");
    expect(await store().purge()).toBe(1);
    expect(await store().steps(run.id)).toEqual(new Map());
  });
});
