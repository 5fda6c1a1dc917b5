import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { canonicalJson, record as shapes, verifyInclusion, type record } from '@medaccord/chaincode/api';
import { migrate, openDatabase, type Database } from '../../database/index.js';
import type { ExchangeClient } from '../../exchange/index.js';
import type { Call, OperationId, Run } from '../../operation.js';
import type { Caller, Ledger, ReadModel } from '../../ports.js';
import { startPostgres, type TestPostgres } from '../../testing/postgres.js';
import { batchLeaves, openFileBlocks, recordStore, sealer, type RecordStore } from '../../vault/index.js';
import { recordUseCases } from './index.js';

const hex = (bytes = 16) => randomBytes(bytes).toString('hex');
const clerk: Caller = { subject: hex(), role: 'clerk', organisation: 'lab-a', mspId: 'L', binding: 'dpop' };
const at = '2026-01-01T00:00:00.000Z';

/** Batches as the contract keeps and verifies them. */
class BatchLedger {
  readonly port = this as unknown as Ledger;
  readonly batches = new Map<string, record.AnchorBatch>();

  submit(name: string, { id, root, size }: { id: string; root: string; size: number }): Promise<unknown> {
    expect(name).toBe('record:anchorBatch');
    const made = { type: 'anchor-batch', id, root, size, custodian: 'lab-a', author: clerk.subject } as const;
    const result = { ...made, updatedAt: at, version: 1 };
    this.batches.set(id, result);
    return Promise.resolve({ result, transaction: { id: 'a'.repeat(64), block: 7 } });
  }

  evaluate(
    _: string,
    { leaf, reference }: { leaf: record.Leaf; reference: record.AnchorReference },
  ): Promise<unknown> {
    if (reference.kind !== 'batch') return Promise.resolve({ anchored: false, erased: false });
    const batch = this.batches.get(reference.batch);
    const root = batch?.root ?? '';
    const anchored =
      batch?.size === reference.proof.size && verifyInclusion(shapes.leafHash(leaf), reference.proof, root);
    return Promise.resolve({ anchored, erased: false, anchoredAt: at });
  }
}

function leaves(count: number, more: Partial<record.Leaf> = {}): record.Leaf[] {
  return Array.from({ length: count }, () => ({
    record: hex(),
    version: 1,
    contentHash: hex(32),
    capsuleHash: hex(32),
    metaHash: hex(32),
    epoch: 0,
    custodian: 'lab-a',
    ...more,
  }));
}

function runOf(key: string): Run {
  const steps = new Map<string, unknown>();
  return {
    id: key,
    derive: (label) => createHash('sha256').update(`${key} ${label}`).digest('hex').slice(0, 32),
    async step<T>(name: string, work: () => Promise<T>): Promise<T> {
      if (!steps.has(name)) steps.set(name, await work());
      return steps.get(name) as T;
    },
    attempt: () => ({ previous: () => Promise.resolve(undefined), sending: () => Promise.resolve() }),
  };
}
const call = <O extends OperationId>(parts: object, key = hex()) =>
  ({ caller: clerk, path: {}, query: {}, run: runOf(key), ...parts }) as unknown as Call<O>;

let postgres: TestPostgres;
let database: Database;
let records: RecordStore;
let ledger: BatchLedger;
let useCases: ReturnType<typeof recordUseCases>;

beforeAll(async () => {
  postgres = await startPostgres(process.env['DATABASE_URL']);
  database = openDatabase(postgres.url);
  await migrate(database, 'service', 'service');
  const blocks = await openFileBlocks(await mkdtemp(path.join(tmpdir(), 'medaccord-batches-')));
  records = recordStore({ database, schema: 'service', blocks, sealer: sealer(randomBytes(32)) });
});
afterAll(async () => {
  await database.end();
  await postgres.stop();
});
beforeEach(() => {
  ledger = new BatchLedger();
  const parts = {
    organisation: 'lab-a',
    channel: 'care',
    readModel: {} as ReadModel,
    records,
    batchLeaves: batchLeaves(database, 'service'),
    exchange: {} as ExchangeClient,
  };
  useCases = recordUseCases({ ...parts, ledger: ledger.port });
});

async function anchor(given: record.Leaf[], key = hex()) {
  const { body } = await useCases.anchorBatch(call({ body: { leaves: given } }, key));
  if (!('batch' in body)) throw new Error('not anchored');
  return body;
}
async function proofOf(id: string, leaf: string) {
  const { body } = await useCases.getBatchProof(call({ path: { id, leaf } }));
  return body as { leaf: record.Leaf; reference: record.AnchorReference };
}
const verify = async (leaf: record.Leaf, reference: record.AnchorReference) =>
  (await useCases.verifyRecord(call({ body: { leaf, reference } }))).body;

describe('a batch of hashes', () => {
  it('anchors 10,000 leaves; each is found with its proof and verifies, and nothing else does', async () => {
    const given = leaves(10_000);
    const { batch, items } = await anchor(given);
    expect(batch).toMatchObject({ size: 10_000, custodian: 'lab-a' });
    expect(items.map(({ leafHash }) => leafHash)).toEqual(given.map((leaf) => shapes.leafHash(leaf)));
    for (const index of [0, 1, 4_095, 4_096, 8_191, 8_192, 9_998, 9_999]) {
      const { leaf, reference } = await proofOf(batch.id, items[index]?.leafHash ?? '');
      expect(canonicalJson(leaf)).toBe(canonicalJson(given[index]));
      expect(reference).toMatchObject({ kind: 'batch', batch: batch.id, proof: { index, size: 10_000 } });
      expect(await verify(leaf, reference)).toMatchObject({ anchored: true });
      expect(await verify({ ...leaf, version: 2 }, reference)).toMatchObject({ anchored: false });
    }
    await expect(proofOf(batch.id, hex(32))).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(proofOf(hex(), items[0]?.leafHash ?? '')).rejects.toMatchObject({ code: 'NOT_FOUND' });
  });

  it('answers many proofs of one batch without making the whole tree each time', async () => {
    const { batch, items } = await anchor(leaves(10_000));
    const hashes = items.map(({ leafHash }) => leafHash);
    await proofOf(batch.id, hashes[0] ?? '');
    const started = performance.now();
    for (const hash of hashes.slice(0, 100)) await proofOf(batch.id, hash);
    expect((performance.now() - started) / 100).toBeLessThan(25);
  });

  it('is one leaf at least, and the same batch when it is repeated', async () => {
    const [only] = leaves(1);
    if (only === undefined) throw new Error('no leaf');
    const first = await anchor([only], 'the same key');
    expect(await anchor([only], 'the same key')).toEqual(first);
    const { reference } = await proofOf(first.batch.id, first.items[0]?.leafHash ?? '');
    expect(await verify(only, reference)).toMatchObject({ anchored: true });
  });

  it('is refused with a leaf of another custodian, or with one twice', async () => {
    await expect(anchor([...leaves(2), ...leaves(1, { custodian: 'hospital-a' })])).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
    const [twice] = leaves(1);
    if (twice === undefined) throw new Error('no leaf');
    for (const again of [twice, { ...twice, contentHash: hex(32) }]) {
      const pair = anchor([twice, ...leaves(1), again]);
      await expect(pair).rejects.toMatchObject({ code: 'REQUEST_INVALID' });
    }
  });

  it('is refused with a version that another batch has, whole; the next version is another matter', async () => {
    const [first, ...others] = leaves(3);
    if (first === undefined) throw new Error('no leaf');
    await anchor([first]);
    const again = { ...first, contentHash: hex(32) };
    await expect(anchor([...others, again])).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
    await expect(anchor([first])).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
    expect(ledger.batches.size).toBe(1);
    await anchor([...others, { ...again, version: 2 }]);
  });

  it('that comes at the same time as another with one version in common is one of the two', async () => {
    const [common, ...others] = leaves(21);
    if (common === undefined) throw new Error('no leaf');
    const both = await Promise.allSettled([
      anchor([...others.slice(0, 10), common]),
      anchor([common, ...others.slice(10)]),
    ]);
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(ledger.batches.size).toBe(1);
  });

  it('that was never anchored keeps its versions for as long as a request takes, and no longer', async () => {
    const [leaf] = leaves(1);
    if (leaf === undefined) throw new Error('no leaf');
    const kept = batchLeaves(database, 'service');
    const [lost, next] = [hex(), hex()];
    expect(await kept.take({ id: lost, leaves: [leaf] })).toBe(true);
    expect(await kept.take({ id: next, leaves: [leaf] })).toBe(false);
    const late = `UPDATE service.batch_leaves SET taken_at = now() - interval '11 minutes' WHERE record = $1`;
    await database.query(late, [leaf.record]);
    expect(await kept.take({ id: next, leaves: [leaf] })).toBe(true);
    expect(await kept.take({ id: lost, leaves: [leaf] })).toBe(false);
    await kept.anchored(next);
    await database.query(late, [leaf.record]);
    expect(await kept.take({ id: lost, leaves: [leaf] })).toBe(false);
    expect(await kept.take({ id: next, leaves: [leaf] })).toBe(true);
  });
});
