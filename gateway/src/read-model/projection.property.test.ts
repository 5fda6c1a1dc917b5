import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { identifier, migrate, openDatabase, type Database } from '../database/index.js';
import { BlockBuilder, type TestTransaction } from '../testing/block-builder.js';
import { GrowingBlocks } from '../testing/delivered-blocks.js';
import { startPostgres, type TestPostgres } from '../testing/postgres.js';
import { consentDetails, consentState, hashOf, writes } from '../testing/sample-chain.js';
import { blockSource } from './block-source.js';
import { decodeBlock } from './decode-block.js';
import { projectBlock } from './project-block.js';
import { ASSET_TABLES } from './projections.js';
import { rebuild } from './rebuild.js';

let postgres: TestPostgres;
let database: Database;
const schema = 'ledger';

beforeAll(async () => {
  postgres = await startPostgres(process.env['DATABASE_URL']);
  database = openDatabase(postgres.url);
});
afterAll(async () => {
  await database.end();
  await postgres.stop();
});

/** One transaction: a consent that moves to some version, with or without its details, valid or not; or a purge. */
const step = fc.record({
  consent: fc.constantFrom('one', 'two', 'three'),
  version: fc.integer({ min: 1, max: 4 }),
  details: fc.constantFrom('none' as const, 'delivered' as const, 'withheld' as const, 'purged' as const),
  code: fc.constantFrom(0, 0, 0, 11, 12),
});
const chains = fc.array(fc.array(step, { maxLength: 4 }), { minLength: 1, maxLength: 6 });

type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

function transactionOf({ consent, version, details, code }: Step, id: string): TestTransaction {
  const state = consentState(consent, version === 1 ? 'active' : 'revoked', version);
  const own = consentDetails(consent, 'patient');
  const more = {
    none: [],
    delivered: [own],
    withheld: [{ ...own, withheld: true }],
    purged: [{ key: own.key, collection: 'care' }],
  }[details];
  return { ...writes(id, state, more), code };
}

async function dump(): Promise<string> {
  const all: unknown[] = [];
  for (const table of ['checkpoint', 'transactions', 'changes', 'history', 'state_keys', ...ASSET_TABLES]) {
    const from = `${schema}.${identifier(table)}`;
    const { rows } = await database.query(
      `SELECT to_jsonb(t) AS row FROM ${from} t ORDER BY to_jsonb(t)::text`,
    );
    all.push([table, rows]);
  }
  return JSON.stringify(all);
}

describe('projection of any chain', () => {
  it('is the same whether blocks come once, again, or all at once in a rebuild; and follows the newest version', async () => {
    await fc.assert(
      fc.asyncProperty(chains, async (blocks) => {
        await database.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`);
        await migrate(database, 'ledger', schema);
        const chain = new BlockBuilder();
        blocks.forEach((steps, number) => {
          chain.add(...steps.map((one, index) => transactionOf(one, hashOf(`${number} ${index}`))));
        });
        for (const block of chain.blocks) {
          const decoded = decodeBlock(block, 'medaccord');
          expect(await projectBlock(database, schema, decoded)).toBe(true);
          expect(await projectBlock(database, schema, decoded)).toBe(false);
        }
        const incremental = await dump();
        const delivered = new GrowingBlocks();
        delivered.push(...chain.blocks);
        await rebuild({ database, schema, source: blockSource(delivered, 'medaccord') });
        expect(await dump()).toBe(incremental);
        const valid = blocks.flat().filter(({ code }) => code === 0);
        const newest: Record<string, number> = {};
        for (const { consent, version } of valid) {
          const { id } = consentState(consent, '');
          newest[id] = Math.max(newest[id] ?? 0, version);
        }
        const { rows } = await database.query<{ id: string; version: number }>(
          `SELECT id, version FROM ${schema}.consents`,
        );
        expect(Object.fromEntries(rows.map(({ id, version }) => [id, version]))).toEqual(newest);
      }),
      { numRuns: 12 },
    );
  });
});
