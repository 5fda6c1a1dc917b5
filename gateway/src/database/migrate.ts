import { createHash } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import path from 'node:path';
import { identifier, inTransaction, type Database } from './pool.js';

/** A schema's numbered SQL files, under `gateway/migrations`. */
export type MigrationSet = 'ledger' | 'service';

/** A migration that was applied is not the file that lies there now. */
export class MigrationError extends Error {
  readonly code = 'MIGRATION_CHANGED';
}

const ROOT = fileURLToPath(new URL('../../migrations/', import.meta.url));
/** Any constant: two gateways that start at once migrate one after the other. */
const LOCK = 7_310_442;

/**
 * Brings `schema` up to date with the files of `set`, in order, in one transaction.
 * @returns the names of the files that were applied now.
 * @throws MigrationError where a file changed after it was applied.
 */
export async function migrate(database: Database, set: MigrationSet, schema: string): Promise<string[]> {
  const folder = path.join(ROOT, set);
  const names = (await readdir(folder)).filter((name) => /^\d{4}-[a-z0-9-]+\.sql$/.test(name)).sort();
  return await inTransaction(database, async (client) => {
    await client.query('SELECT pg_advisory_xact_lock($1)', [LOCK]);
    await client.query(`CREATE SCHEMA IF NOT EXISTS ${identifier(schema)}`);
    await client.query(`SET LOCAL search_path TO ${identifier(schema)}`);
    await client.query(
      'CREATE TABLE IF NOT EXISTS migrations (name text PRIMARY KEY, sha256 text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())',
    );
    const done = await client.query<{ name: string; sha256: string }>('SELECT name, sha256 FROM migrations');
    const known = new Map(done.rows.map((row) => [row.name, row.sha256]));
    const applied: string[] = [];
    for (const name of names) {
      const text = await readFile(path.join(folder, name), 'utf8');
      const sha256 = createHash('sha256').update(text).digest('hex');
      const earlier = known.get(name);
      if (earlier === sha256) continue;
      if (earlier !== undefined) throw new MigrationError(`${set}/${name} was changed after it was applied`);
      await client.query(text);
      await client.query('INSERT INTO migrations (name, sha256) VALUES ($1, $2)', [name, sha256]);
      applied.push(name);
    }
    return applied;
  });
}
