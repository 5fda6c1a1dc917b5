import { identifier, inTransaction, migrate, type Queryable } from '../database/index.js';
import { ASSET_TABLES } from './projections.js';
import { readCheckpoint } from './project-block.js';
import { dropSchema, projectUpTo, type RebuildOptions } from './rebuild.js';

/** One row that is not what the blocks say. */
export interface Difference {
  readonly table: string;
  /** The row's key, as text. */
  readonly key: string;
  readonly kind: 'missing' | 'unknown to the ledger' | 'different';
}
export interface VerifyResult {
  readonly blocks: number;
  readonly rows: number;
  /** At most 1,000. */
  readonly differences: readonly Difference[];
}

const KEYS: Readonly<Record<string, string>> = {
  checkpoint: 'singleton::text',
  transactions: 'id',
  changes: "block || '.' || tx || '.' || index",
  history: "type || ' ' || id || ' ' || version",
  state_keys: "collection || ' ' || key_hash",
};
const LIMIT = 1_000;

/**
 * Projects the ledger anew beside the served schema, as far as that has come, and compares every row.
 * The served rows are held still while they are compared, not while the blocks are read.
 */
export async function verifyReadModel(options: RebuildOptions): Promise<VerifyResult> {
  const { database, schema } = options;
  const fresh = `${schema}_verify`;
  await dropSchema(database, fresh);
  try {
    await migrate(database, 'ledger', fresh);
    await projectUpTo(options, fresh, (await readCheckpoint(database, schema)).nextBlock);
    return await inTransaction(database, async (client) => {
      const { rows } = await client.query<{ next_block: number }>(
        `SELECT next_block FROM ${identifier(schema)}.checkpoint FOR UPDATE`,
      );
      const blocks = rows[0]?.next_block ?? 0;
      await projectUpTo(options, fresh, blocks);
      return { blocks, ...(await compareAll(client, schema, fresh)) };
    });
  } finally {
    await dropSchema(database, fresh);
  }
}

async function compareAll(client: Queryable, schema: string, fresh: string) {
  const differences: Difference[] = [];
  let count = 0;
  for (const table of [...Object.keys(KEYS), ...ASSET_TABLES]) {
    const { rows } = await client.query<{ rows: number }>(
      `SELECT count(*) AS rows FROM ${identifier(fresh)}.${identifier(table)}`,
    );
    count += rows[0]?.rows ?? 0;
    differences.push(...(await compare(client, table, schema, fresh)));
  }
  return { rows: count, differences: differences.slice(0, LIMIT) };
}

async function compare(
  client: Queryable,
  table: string,
  schema: string,
  fresh: string,
): Promise<Difference[]> {
  const key = KEYS[table] ?? 'id';
  const rowsOf = (from: string) =>
    `(SELECT ${key} AS key, to_jsonb(t) AS body FROM ${identifier(from)}.${identifier(table)} t)`;
  const { rows } = await client.query<Difference>(
    `SELECT $1::text AS "table", coalesce(s.key, f.key) AS key,
       CASE WHEN s.key IS NULL THEN 'missing'
            WHEN f.key IS NULL THEN 'unknown to the ledger' ELSE 'different' END AS kind
     FROM ${rowsOf(schema)} s FULL JOIN ${rowsOf(fresh)} f USING (key)
     WHERE s.body IS DISTINCT FROM f.body ORDER BY 2 LIMIT ${LIMIT}`,
    [table],
  );
  return rows;
}
