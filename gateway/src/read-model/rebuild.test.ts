import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { migrate, openDatabase, type Database } from '../database/index.js';
import { BlockBuilder } from '../testing/block-builder.js';
import { GrowingBlocks } from '../testing/delivered-blocks.js';
import { startPostgres, type TestPostgres } from '../testing/postgres.js';
import { hashOf, idOf, sampleChain, writes } from '../testing/sample-chain.js';
import { blockSource } from './block-source.js';
import { decodeBlock } from './decode-block.js';
import { followLedger } from './follow-ledger.js';
import { projectBlock } from './project-block.js';
import { rebuild } from './rebuild.js';
import { ledgerTables } from './sql-ledger-tables.js';
import { verifyReadModel } from './verify-read-model.js';

let postgres: TestPostgres;
let database: Database;
const schema = 'ledger';
const project = (block: Parameters<typeof decodeBlock>[0]) =>
  projectBlock(database, schema, decodeBlock(block, 'medaccord'));

beforeAll(async () => {
  postgres = await startPostgres(process.env['DATABASE_URL']);
  database = openDatabase(postgres.url);
});
afterAll(async () => {
  await database.end();
  await postgres.stop();
});
beforeEach(async () => {
  await database.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`);
  await migrate(database, 'ledger', schema);
});

function sourceOf(...blocks: BlockBuilder['blocks']) {
  const delivered = new GrowingBlocks();
  delivered.push(...blocks);
  return blockSource(delivered, 'medaccord');
}

describe('rebuild while a gateway serves', () => {
  it('lets a block that comes at the swap wait, and loses neither it nor a reader', async () => {
    const chain = sampleChain();
    const blocks = [...chain.blocks];
    for (const block of blocks) await project(block);
    const last = chain.add(
      writes('late', { type: 'access', id: idOf('late'), status: 'granted', version: 1 }),
    );
    const source = sourceOf(...chain.blocks);
    let projecting: Promise<boolean> | undefined;
    let asked = 0;
    const late: typeof source = {
      ...source,
      // The second question comes while the swap has begun.
      height: async () => {
        asked += 1;
        if (asked === 2) {
          projecting = project(last);
          await expect
            .poll(async () => {
              const { rows } = await database.query<{ waiting: number }>(
                "SELECT count(*) AS waiting FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'",
              );
              return rows[0]?.waiting;
            })
            .toBeGreaterThan(0);
        }
        return blocks.length;
      },
    };
    const reading = { stop: false, failures: [] as unknown[] };
    const reader = (async () => {
      while (!reading.stop) {
        await ledgerTables(database, schema)
          .list('claims', {}, { limit: 9 })
          .catch((error: unknown) => reading.failures.push(error));
      }
    })();
    try {
      await expect(rebuild({ database, schema, source: late })).resolves.toEqual({ blocks: blocks.length });
      expect(await projecting).toBe(true);
    } finally {
      reading.stop = true;
      await reader;
    }
    expect(reading.failures).toEqual([]);
    expect(await verifyReadModel({ database, schema, source })).toMatchObject({ blocks: 7, differences: [] });
    const { rows } = await database.query("SELECT 1 FROM pg_namespace WHERE nspname LIKE 'ledger_%'");
    expect(rows).toEqual([]);
  });

  it('brings a gateway back that stopped at rows of another chain', async () => {
    const other = new BlockBuilder();
    for (let i = 0; i < 9; i++) other.add({ id: hashOf(`other ${i}`) });
    for (const block of other.blocks) await project(block);
    const source = sourceOf(...sampleChain().blocks);
    const codes: string[] = [];
    const note = ({ code }: { code: string }) => codes.push(code);
    const follower = followLedger({
      database,
      schema,
      source,
      log: { warn: note, error: note },
      retryMs: 1,
      failedRetryMs: 5,
    });
    expect(await follower.waitForBlock(9, 5_000)).toBe(false);
    expect(follower.status()).toMatchObject({ state: 'failed', code: 'LEDGER_MISMATCH' });
    await rebuild({ database, schema, source });
    await expect.poll(() => follower.status().state).toBe('live');
    expect(follower.status().nextBlock).toBe(6);
    expect(codes).toEqual(['LEDGER_MISMATCH']);
    await follower.stop();
  });
});
