import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startPostgres, type TestPostgres } from '../testing/postgres.js';
import { dumpService, loadService, migrate, openDatabase, type Database } from './index.js';

let postgres: TestPostgres;
let database: Database;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'medaccord-dump-'));
  postgres = await startPostgres(process.env['DATABASE_URL']);
  database = openDatabase(postgres.url);
  await migrate(database, 'service', 'one');
  await database.query(`
    INSERT INTO one.records (leaf_hash, record, version, patient, category, content_hash, state, descriptor)
      VALUES ('l1', 'r1', 1, 'p', 'lab', 'c', 'anchored', '{"size": 12345678901234567890, "a": "é\\n\\""}'),
             ('l2', 'r2', 1, 'p', 'lab', 'c', 'stored', '{}');
    INSERT INTO one.record_keys (leaf_hash, wrapped) VALUES ('l1', '\\x00ff10'), ('l2', '\\x');
    INSERT INTO one.runs (id, owner, operation, request_hash, state, process, answer, expires_at)
      VALUES ('run', 'o', 'op', 'h', 'succeeded', 'p', '\\xabcd', '2031-01-02 03:04:05.678901+00');
    INSERT INTO one.run_steps (run, name, value) VALUES ('run', 'step', '\\x01')`);
});
afterAll(async () => {
  await database.end();
  await postgres.stop();
  rmSync(folder, { recursive: true, force: true });
});

const TABLES = ['records', 'record_keys', 'runs', 'run_steps', 'batches', 'releases', 'batch_leaves'];
const content = async (schema: string) => {
  const all: Record<string, string[]> = {};
  for (const table of TABLES) {
    const { rows } = await database.query<{ row: string }>(
      `SELECT to_jsonb(t)::text AS row FROM ${schema}.${table} t ORDER BY 1`,
    );
    all[table] = rows.map(({ row }) => row);
  }
  return all;
};

describe('what only the database holds', () => {
  it('is the same in another schema after a dump, every byte and every digit', async () => {
    const dump = path.join(folder, 'service.dump');
    expect(await dumpService(database, 'one', dump)).toBe(6);
    expect(await loadService(database, 'two', dump)).toBe(6);
    expect(await content('two')).toEqual(await content('one'));
    // Who comes later stands behind them.
    await database.query(`
      INSERT INTO two.records (leaf_hash, record, version, patient, category, content_hash, state, descriptor)
        VALUES ('l3', 'r3', 1, 'p', 'lab', 'c', 'stored', '{}')`);
    const { rows } = await database.query('SELECT leaf_hash FROM two.records ORDER BY position DESC LIMIT 1');
    expect(rows).toEqual([{ leaf_hash: 'l3' }]);
  });

  it('comes in once, however often it is loaded', async () => {
    const dump = path.join(folder, 'service.dump');
    expect(await loadService(database, 'two', dump)).toBe(0);
  });

  it('comes in whole or not at all', async () => {
    const dump = path.join(folder, 'spoilt.dump');
    writeFileSync(dump, `${readFileSync(path.join(folder, 'service.dump'), 'utf8')}nothing {}\n`);
    await expect(loadService(database, 'three', dump)).rejects.toThrow('a table nothing');
    expect((await content('three'))['records']).toEqual([]);
  });

  it('never replaces a file', async () => {
    await expect(dumpService(database, 'one', path.join(folder, 'service.dump'))).rejects.toThrow('EEXIST');
  });
});
