import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { record as shapes } from '@medaccord/chaincode/api';
import { migrate, openDatabase, type Database } from '../database/index.js';
import { startPostgres, type TestPostgres } from '../testing/postgres.js';
import { BLOCK_MAX_BYTES, openFileBlocks, type BlockStore } from './block-store.js';
import type { NewRecord, RecordStore } from './record-store.js';
import { openDocument, sealer } from './sealer.js';
import { bindingOf, recordStore } from './sql-record-store.js';

const hex = () => randomBytes(16).toString('hex');
const canary = 'the patient has hay fever';
const binding = { patient: hex(), record: hex(), version: 1 };
const document = { mediaType: 'application/fhir+json', data: Buffer.from(canary) };

function draft(patient = hex(), record = hex(), version = 1): NewRecord {
  const meta = { patient, custodian: 'hospital-a', record, category: 'lab', author: hex(), labels: [] };
  return { version, meta: { ...meta, serviceDate: '2026-01-01' }, metaSalt: hex(), document };
}

describe('sealer', () => {
  const vault = sealer(randomBytes(32));

  it('opens what it sealed, and the block tells nothing', () => {
    const { block, key, capsuleHash, contentHash } = vault.seal(document, binding);
    expect(block.includes('hay fever')).toBe(false);
    expect(contentHash).toBe(createHash('sha256').update(block).digest('hex'));
    const opened = openDocument(block, key, binding, capsuleHash);
    expect([opened.mediaType, opened.data.toString()]).toEqual([document.mediaType, canary]);
    expect(vault.unwrap(vault.wrap(key, binding), binding)).toEqual(key);
  });

  it('refuses every changed byte, another patient, record or version, and another key', () => {
    const { block, key, capsuleHash } = vault.seal(document, binding);
    for (let at = 0; at < block.length; at++) {
      const changed = Buffer.from(block);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect(() => openDocument(changed, key, binding, capsuleHash)).toThrow(
        expect.objectContaining({ code: 'SEAL_BROKEN' }),
      );
    }
    for (const other of [{ patient: hex() }, { record: hex() }, { version: 2 }]) {
      expect(() => openDocument(block, key, { ...binding, ...other }, capsuleHash)).toThrow();
      expect(() => vault.unwrap(vault.wrap(key, binding), { ...binding, ...other })).toThrow();
    }
    expect(() => openDocument(block, randomBytes(32), binding, capsuleHash)).toThrow(
      expect.objectContaining({ code: 'KEY_MISMATCH' }),
    );
    expect(() => sealer(randomBytes(32)).unwrap(vault.wrap(key, binding), binding)).toThrow();
  });

  it('refuses what is too large', () => {
    const data = Buffer.alloc(8 * 1024 * 1024 + 1);
    expect(() => vault.seal({ ...document, data }, binding)).toThrow(
      expect.objectContaining({ code: 'DOCUMENT_TOO_LARGE' }),
    );
    expect(() => vault.seal({ ...document, mediaType: 'x\n' }, binding)).toThrow();
  });
});

describe('record store', () => {
  let postgres: TestPostgres;
  let database: Database;
  let folder: string;
  let blocks: BlockStore;
  let store: RecordStore;
  const transaction = { id: 'f'.repeat(64), at: '2026-01-01T00:00:00.000Z' };
  const single = { kind: 'single' } as const;
  const anchored = async (record: NewRecord) => {
    const [descriptor] = await store.store([record]);
    if (descriptor === undefined) throw new Error('nothing was stored');
    await store.anchored([{ leafHash: descriptor.leafHash, reference: single }], transaction);
    return descriptor;
  };

  beforeAll(async () => {
    postgres = await startPostgres(process.env['DATABASE_URL']);
    database = openDatabase(postgres.url);
    await migrate(database, 'service', 'service');
    folder = await mkdtemp(path.join(tmpdir(), 'medaccord-vault-'));
    blocks = await openFileBlocks(folder);
    store = recordStore({ database, schema: 'service', blocks, sealer: sealer(randomBytes(32)) });
  });
  afterAll(async () => {
    await database.end();
    await postgres.stop();
  });

  it('shows a record once the ledger has it, with a leaf that binds block, key and meta', async () => {
    const record = draft();
    const [descriptor] = await store.store([record]);
    if (descriptor === undefined) throw new Error('nothing was stored');
    expect(await store.find(record.meta.record)).toBeUndefined();
    expect(
      (await store.unanchored(new Date(Date.now() + 1_000), 10)).map(({ record: { leafHash } }) => leafHash),
    ).toContain(descriptor.leafHash);
    await store.anchored([{ leafHash: descriptor.leafHash, reference: single }], transaction);
    const found = await store.find(record.meta.record);
    expect(found).toMatchObject({ state: 'anchored', reference: single, transactionId: transaction.id });
    expect(shapes.leafHash(descriptor.leaf)).toBe(descriptor.leafHash);
    expect(shapes.metaHash(descriptor.meta, descriptor.metaSalt)).toBe(descriptor.leaf.metaHash);
    const block = await store.block(descriptor);
    const key = (await store.key(descriptor)) as Buffer;
    expect(openDocument(block, key, bindingOf(descriptor), descriptor.leaf.capsuleHash).data.toString()).toBe(
      canary,
    );
  });

  it('lists newest versions by patient, page by page', async () => {
    const patient = hex();
    const first = draft(patient);
    for (const record of [first, draft(patient), draft(patient)]) await anchored(record);
    await anchored(draft(patient, first.meta.record, 2));
    expect((await store.versions(first.meta.record)).map(({ leaf }) => leaf.version)).toEqual([1, 2]);
    const page = await store.list({ patient }, { limit: 2 });
    expect(page.items[0]?.leaf).toMatchObject({ record: first.meta.record, version: 2 });
    const rest = await store.list({ patient }, { limit: 2, cursor: page.next });
    expect([...page.items, ...rest.items]).toHaveLength(3);
    expect(rest.next).toBeUndefined();
    await expect(store.list({}, { limit: 1, cursor: 'AAAA' })).rejects.toMatchObject({
      code: 'CURSOR_INVALID',
    });
  });

  it('lets the ledger choose between two candidates of one version', async () => {
    const record = draft();
    const [one, two] = [...(await store.store([record])), ...(await store.store([record]))];
    await store.anchored([{ leafHash: two?.leafHash ?? '', reference: single }], transaction);
    expect((await store.find(record.meta.record, 1))?.leafHash).toBe(two?.leafHash);
    await store.anchored([{ leafHash: one?.leafHash ?? '', reference: single }], transaction);
    expect((await store.find(record.meta.record, 1))?.leafHash).toBe(two?.leafHash);
    expect(one?.leafHash).not.toBe(two?.leafHash);
  });

  it('erases key and block, and keeps what the ledger needs', async () => {
    const descriptor = await anchored(draft());
    await store.erase(descriptor.leafHash);
    await store.erase(descriptor.leafHash);
    expect(await store.find(descriptor.leaf.record)).toMatchObject({
      state: 'erased',
      leaf: descriptor.leaf,
    });
    expect(await store.key(descriptor)).toBeUndefined();
    await expect(store.block(descriptor)).rejects.toMatchObject({ code: 'BLOCK_MISSING' });
    expect(await readdir(path.join(folder, descriptor.leaf.contentHash.slice(0, 2)))).not.toContain(
      descriptor.leaf.contentHash,
    );
  });

  it('shows nothing of a store that failed halfway', async () => {
    const record = draft();
    const broken: BlockStore = { ...blocks, put: () => Promise.reject(new Error('disk is full')) };
    const failing = recordStore({
      database,
      schema: 'service',
      blocks: broken,
      sealer: sealer(randomBytes(32)),
    });
    await expect(failing.store([record])).rejects.toThrow('disk is full');
    const { rows } = await database.query('SELECT FROM service.records WHERE record = $1', [
      record.meta.record,
    ]);
    expect(rows).toEqual([]);
    const gone = openDatabase('postgres://nobody@localhost:1/none');
    const offline = recordStore({
      database: gone,
      schema: 'service',
      blocks,
      sealer: sealer(randomBytes(32)),
    });
    await expect(offline.store([record])).rejects.toThrow();
    await gone.end();
  });

  it('sweeps blocks that a crash left without a record, and no others', async () => {
    const kept = await anchored(draft());
    const [orphan = ''] = await blocks.put([Buffer.from('left by a crash')]);
    expect(await store.sweepBlocks(new Date(Date.now() - 60_000))).toBe(0);
    await store.sweepBlocks(new Date(Date.now() + 60_000));
    await expect(blocks.get(orphan)).rejects.toMatchObject({ code: 'BLOCK_MISSING' });
    expect((await store.block(kept)).length).toBeGreaterThan(0);
  });

  it('tells a damaged block from a missing one, and bounds size and name', async () => {
    const [hash = ''] = await blocks.put([Buffer.from('block')]);
    await writeFile(path.join(folder, hash.slice(0, 2), hash), 'other');
    await expect(blocks.get(hash)).rejects.toMatchObject({ code: 'BLOCK_DAMAGED' });
    await expect(blocks.get('0'.repeat(64))).rejects.toMatchObject({ code: 'BLOCK_MISSING' });
    await expect(blocks.get('../secrets')).rejects.toMatchObject({ code: 'NOT_A_HASH' });
    await expect(blocks.put([Buffer.alloc(BLOCK_MAX_BYTES + 1)])).rejects.toMatchObject({
      code: 'BLOCK_TOO_LARGE',
    });
    const all: string[] = [];
    for await (const { hash: name } of blocks.list()) all.push(name);
    expect(all).toContain(hash);
  });
});
