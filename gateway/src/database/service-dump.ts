import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { identifier, inTransaction, type Database, type Queryable } from './pool.js';
import { migrate } from './migrate.js';

const PAGE = 500;

/**
 * Writes what no block can give back, one line a row (`table`, a blank, the row as JSON), as it was at one instant. Tables come in
 * the order in which they can be filled again.
 * @returns how many rows.
 */
export async function dumpService(database: Database, schema: string, out: string): Promise<number> {
  const file = await open(out, 'wx', 0o600);
  try {
    return await inTransaction(database, async (client) => {
      await client.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY');
      let rows = 0;
      for (const table of await tablesOf(client, schema)) {
        const from = `${identifier(schema)}.${identifier(table)}`;
        await client.query(
          `DECLARE page NO SCROLL CURSOR FOR SELECT to_jsonb(t)::text AS row FROM ${from} t`,
        );
        for (;;) {
          const page = await client.query<{ row: string }>(`FETCH ${PAGE} FROM page`);
          if (page.rows.length === 0) break;
          await file.appendFile(page.rows.map(({ row }) => `${table} ${row}\n`).join(''));
          rows += page.rows.length;
        }
        await client.query('CLOSE page');
      }
      await file.sync();
      return rows;
    });
  } finally {
    await file.close();
  }
}

/**
 * Fills the schema with a dump, in one transaction; rows that are there already stay, so it may be done again.
 * @returns how many rows came in.
 */
export async function loadService(database: Database, schema: string, dump: string): Promise<number> {
  await migrate(database, 'service', schema);
  return await inTransaction(database, async (client) => {
    const known = await tablesOf(client, schema);
    let rows = 0;
    for await (const line of createInterface({ input: createReadStream(dump), crlfDelay: Infinity })) {
      const end = line.indexOf(' ');
      const [table, row] = [line.slice(0, end), line.slice(end + 1)];
      if (!known.includes(table))
        throw new RangeError(`the dump has a table ${table} that this version has not`);
      const into = `${identifier(schema)}.${identifier(table)}`;
      const done = await client.query(
        `INSERT INTO ${into} OVERRIDING SYSTEM VALUE
         SELECT * FROM jsonb_populate_record(NULL::${into}, $1::jsonb) ON CONFLICT DO NOTHING`,
        [row],
      );
      rows += done.rowCount ?? 0;
    }
    for (const table of known) await followSequences(client, schema, table);
    return rows;
  });
}

/** A table before those that refer to it; migrations are not data. */
async function tablesOf(client: Queryable, schema: string): Promise<string[]> {
  const { rows } = await client.query<{ name: string; refers: string[] }>(
    `SELECT c.relname AS name,
            array(SELECT r.relname::text FROM pg_constraint k JOIN pg_class r ON r.oid = k.confrelid
                   WHERE k.conrelid = c.oid AND k.contype = 'f' AND r.oid <> c.oid) AS refers
       FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname = $1 AND c.relkind = 'r' AND c.relname <> 'migrations' ORDER BY 1`,
    [schema],
  );
  const ordered: string[] = [];
  while (ordered.length < rows.length) {
    const next = rows.filter(
      ({ name, refers }) => !ordered.includes(name) && refers.every((other) => ordered.includes(other)),
    );
    if (next.length === 0) throw new RangeError(`the tables of ${schema} refer to each other in a circle`);
    ordered.push(...next.map(({ name }) => name));
  }
  return ordered;
}

/** Identity columns go on behind what came in. */
async function followSequences(client: Queryable, schema: string, table: string): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT column_name AS name FROM information_schema.columns
      WHERE table_schema = $1 AND table_name = $2 AND is_identity = 'YES'`,
    [schema, table],
  );
  for (const { name } of rows) {
    const whole = `${identifier(schema)}.${identifier(table)}`;
    await client.query(
      `SELECT setval(pg_get_serial_sequence($1, $2), coalesce(max(${identifier(name)}), 0) + 1, false) FROM ${whole}`,
      [whole, name],
    );
  }
}
