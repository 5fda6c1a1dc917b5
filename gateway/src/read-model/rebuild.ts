import { identifier, inTransaction, migrate, type Database } from '../database/index.js';
import { ProjectionError, type BlockSource } from './ledger-block.js';
import { projectBlock, readCheckpoint } from './project-block.js';
import { ownSchema } from './swap-lock.js';

export interface RebuildOptions {
  readonly database: Database;
  /** The schema that is served, e.g. `ledger`. */
  readonly schema: string;
  readonly source: BlockSource;
  /** Told after each block. */
  readonly progress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/**
 * Projects everything from block 0 into a fresh schema and then puts it in the place of the served one. A gateway
 * that serves meanwhile goes on from the old rows and then from the new ones.
 * @returns the number of blocks projected.
 * @throws ProjectionError, or what the source throws; the served schema is then as it was.
 */
export async function rebuild(options: RebuildOptions): Promise<{ blocks: number }> {
  const { database, schema } = options;
  const fresh = `${schema}_rebuild`;
  const former = `${schema}_former`;
  await dropSchema(database, fresh);
  await dropSchema(database, former);
  await migrate(database, 'ledger', fresh);
  await migrate(database, 'ledger', schema);
  await projectUpTo(options, fresh, await options.source.height());
  const blocks = await inTransaction(database, async (client) => {
    // The projector of a serving gateway waits here, so that the swap loses no block it has already projected.
    await client.query(ownSchema(schema));
    const { nextBlock } = await readCheckpoint(client, schema);
    await projectUpTo(options, fresh, Math.min(nextBlock, await options.source.height()));
    await client.query(`ALTER SCHEMA ${identifier(schema)} RENAME TO ${identifier(former)}`);
    await client.query(`ALTER SCHEMA ${identifier(fresh)} RENAME TO ${identifier(schema)}`);
    return (await readCheckpoint(client, schema)).nextBlock;
  });
  // Not in the same transaction: a reader in the midst of the old tables would wait for it, and it for the reader.
  await dropSchema(database, former);
  return { blocks };
}

/** Projects into `schema` until it holds `height` blocks. */
export async function projectUpTo(
  { database, source, progress, signal }: RebuildOptions,
  schema: string,
  height: number,
): Promise<void> {
  let { nextBlock } = await readCheckpoint(database, schema);
  if (nextBlock >= height) return;
  const stop = new AbortController();
  const either = signal === undefined ? stop.signal : AbortSignal.any([stop.signal, signal]);
  try {
    for await (const block of source.blocks(nextBlock, either)) {
      await projectBlock(database, schema, block);
      nextBlock = block.number + 1;
      progress?.(nextBlock, height);
      if (nextBlock >= height) return;
    }
  } finally {
    stop.abort();
  }
  throw new ProjectionError('BLOCK_GAP', `the source ended after block ${nextBlock - 1} of ${height}`);
}

export async function dropSchema(database: Database, schema: string): Promise<void> {
  await database.query(`DROP SCHEMA IF EXISTS ${identifier(schema)} CASCADE`);
}
