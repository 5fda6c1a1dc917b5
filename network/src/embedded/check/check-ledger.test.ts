import { readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { common, ledger as protos } from '@hyperledger/fabric-protos';
import { open } from 'lmdb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  decodePrivatePart,
  encodePrivatePart,
  getMetadata,
  setMetadata,
  wrapMetadata,
} from '../blocks/index.js';
import { nodeSigner, serializeIdentity } from '../identity/index.js';
import { outOfMsps } from '../policy/index.js';
import type { TestIdentity } from '../testing/certificates.js';
import { flip, forge, records } from '../testing/forge.js';
import { TestChannel } from '../testing/test-channel.js';
import { checkLedger, type CheckReport } from './index.js';

/** Block 1 defines the chaincode. */
const FIRST_BLOCK = 2;
const INVALID_BLOCK = 3;
const PRIVATE_BLOCK = 4;
let channel: TestChannel;
let pristine: string;
let leavers: TestIdentity[];
const dir = () => channel.options.dir;
const blocksDir = () => join(dir(), 'blocks');
const file = () => join(blocksDir(), 'blocks_000000');

/** A ledger that has something of everything. */
async function fill(): Promise<void> {
  const put = (...sets: Parameters<TestChannel['transaction']>[0]['sets'][number][]) =>
    channel.transaction({ sets });
  const commit = (...transactions: ReturnType<typeof put>[]) => channel.commitDirectly(...transactions);
  await commit(put({ writes: { a: 'one', b: 'two' } }), put({ writes: { c: 'three' } }));
  await commit(
    put({ reads: { a: { block: 0, transaction: 0 } }, writes: { a: 'stale' } }),
    channel.transaction({ sets: [{ writes: { d: 'by one alone' } }], endorsers: [channel.peers.A] }),
    put({ writes: { e: 'good' } }),
  );
  await commit(put({ private: { plain: { writes: { p1: 'secret one', p2: 'secret two' } } } }));
  const policy = { VALIDATION_PARAMETER: outOfMsps(1, ['D']).serializeBinary() };
  await commit(put({ writes: { bound: 'v' }, metadata: { bound: policy } }));
  await commit(channel.transaction({ sets: [{ writes: { bound: 'w' } }], endorsers: [channel.peers.D] }));
  await commit(
    put({ private: { short: { writes: { s1: 'fleeting' } } } }),
    put({ private: { short: { writes: { s1: 'again' } } } }),
  );
  await commit(put({ private: { plain: { purges: ['p1'] } } }));
  const { A } = channel.organisations;
  if (A === undefined) throw new Error('no organisation');
  leavers = [await A.issue('leaver', { ou: ['client'] }), await A.issue('old-peer', { ou: ['peer'] })];
  const [creator, endorser] = leavers.map(({ dir: own }) =>
    nodeSigner({ mspId: 'A', dir: own, endpoint: '' }),
  );
  if (creator === undefined || endorser === undefined) throw new Error('no leavers');
  const endorsers = [endorser, channel.peers.B, channel.peers.C];
  await commit(channel.transaction({ creator, endorsers, sets: [{ writes: { left: 'behind' } }] }));
  for (const key of ['f', 'g', 'h']) await commit(put({ writes: { [key]: key, b: null } }));
}

beforeAll(async () => {
  channel = await TestChannel.make();
  await fill();
  await channel.stop();
  pristine = join(channel.dir, 'pristine');
  await cp(dir(), pristine, { recursive: true });
});
beforeEach(async () => {
  rmSync(dir(), { recursive: true });
  await cp(pristine, dir(), { recursive: true });
});
afterAll(() => rmSync(channel.dir, { recursive: true, force: true }));

const check = (): Promise<CheckReport> => checkLedger(channel.options);
async function onlyFault() {
  const { faults } = await check();
  expect(faults).toHaveLength(1);
  const [fault] = faults;
  if (fault === undefined) throw new Error('no fault');
  return fault;
}

/** What blocks alone show. */
function withoutState(): void {
  rmSync(join(dir(), 'state'), { recursive: true });
}

describe('a ledger that nobody touched', () => {
  it('is found good, block by block, and is left as it was', async () => {
    const before = readFileSync(file());
    const progress: [number, number | undefined][] = [];
    const told: string[] = [];
    const report = await checkLedger({
      ...channel.options,
      onProgress: (blocks, of) => progress.push([blocks, of]),
      onTransaction: (txId, code) => told.push(`${txId} ${String(code)}`),
    });
    expect(report).toMatchObject({ channelId: 'care', blocks: 13, transactions: 17, faults: [], notes: [] });
    expect(progress.at(-1)).toEqual([13, 13]);
    expect(new Set(told).size).toBe(17);
    expect(readFileSync(file())).toEqual(before);
  });

  it('is not checked while it runs', async () => {
    await channel.open();
    await expect(check()).rejects.toMatchObject({
      code: 'LEDGER_IN_USE',
      message: expect.stringContaining(String(process.pid)),
    });
    await channel.stop();
    expect((await check()).faults).toEqual([]);
  });

  it('stays good where somebody has been revoked since', async () => {
    for (const { serialNumber } of leavers) await channel.organisations.A?.revoke(serialNumber);
    expect((await check()).faults).toEqual([]);
    // The lists are in force: what they would say of the block now is another thing.
    const creator = channel.options.msps.deserialize(
      serializeIdentity('A', leavers[0]?.certificatePem ?? ''),
    );
    expect(() => {
      creator.validate();
    }).toThrow(/revoked/);
  });

  it('may lack its state, or end in a torn write: the next start sees to that', async () => {
    rmSync(join(dir(), 'state'), { recursive: true });
    writeFileSync(file(), Buffer.concat([readFileSync(file()), Buffer.from('MBLKtorn')]));
    const { faults, notes, blocks } = await check();
    expect({ faults, blocks }).toEqual({ faults: [], blocks: 13 });
    expect(notes).toEqual([expect.stringMatching(/torn write/)]);
  });
});

describe('one flipped bit', () => {
  const placeIn = (what: (record: ReturnType<typeof records>[number]) => number) => what;
  it.each([
    ['the magic number', placeIn(() => 0)],
    ['the length of the block', placeIn(() => 6)],
    ['the length of the private data', placeIn(() => 11)],
    ['the checksum of the block', placeIn(() => 14)],
    ['the header of the block', placeIn(() => 24 + 8)],
    ['the transactions', placeIn(({ block }) => 24 + (block.length >> 1))],
    ['the signature and the verdicts', placeIn(({ block }) => 24 + block.length - 30)],
    ['the private data', placeIn(({ block, privatePart }) => 24 + block.length + (privatePart.length >> 1))],
  ])('in %s is found, and the block named', async (_what, placeOf) => {
    const record = records(blocksDir())[PRIVATE_BLOCK];
    if (record === undefined) throw new Error('no block');
    withoutState();
    flip(file(), record.location.offset + placeOf(record));
    const fault = await onlyFault();
    expect(fault).toMatchObject({
      code: 'BLOCK_DAMAGED',
      place: { block: PRIVATE_BLOCK, file: file(), offset: record.location.offset },
      hint: expect.stringContaining('backup'),
    });
  });

  it('in the last block is no torn write where the state has that block', async () => {
    const last = records(blocksDir()).at(-1);
    flip(file(), (last?.location.offset ?? 0) + 100);
    expect(await onlyFault()).toMatchObject({ code: 'BLOCK_DAMAGED', place: { block: 12 } });
  });
});

describe('an edit by hand, with checksums that fit', () => {
  const metadataOf = (block: common.Block, slot: 'SIGNATURES' | 'COMMIT_HASH' | 'LAST_CONFIG') =>
    common.Metadata.deserializeBinary(getMetadata(block, slot));
  const edits: [string, string, number, Parameters<typeof forge>[2]][] = [
    ['the number', 'BLOCK_NUMBER', 5, { block: (block) => block.getHeader()?.setNumber(6) }],
    [
      'the previous hash',
      'PREVIOUS_HASH',
      5,
      { block: (block) => block.getHeader()?.setPreviousHash(Buffer.alloc(32)) },
    ],
    [
      'a transaction',
      'DATA_HASH',
      FIRST_BLOCK,
      {
        block: (block) => {
          const data = block.getData();
          data?.setDataList([...data.getDataList_asU8()].reverse());
        },
      },
    ],
    ['the data hash', 'DATA_HASH', 5, { block: (block) => block.getHeader()?.setDataHash(Buffer.alloc(32)) }],
    [
      "the orderer's signature",
      'ORDERER_SIGNATURE',
      4,
      {
        block: (block) => {
          const metadata = metadataOf(block, 'SIGNATURES');
          const [signature] = metadata.getSignaturesList();
          const bytes = Buffer.from(signature?.getSignature_asU8() ?? []);
          bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
          signature?.setSignature(bytes);
          setMetadata(block, 'SIGNATURES', metadata.serializeBinary());
        },
      },
    ],
    [
      'who signed it',
      'ORDERER_SIGNATURE',
      4,
      {
        block: (block) =>
          setMetadata(block, 'SIGNATURES', wrapMetadata(metadataOf(block, 'SIGNATURES').getValue_asU8())),
      },
    ],
    [
      'the last configuration',
      'LAST_CONFIG',
      4,
      {
        block: (block) => {
          const config = new common.LastConfig();
          config.setIndex(3);
          setMetadata(block, 'LAST_CONFIG', wrapMetadata(config.serializeBinary()));
        },
      },
    ],
    [
      'the verdict on a transaction that broke its policy',
      'VALIDATION_CODE',
      INVALID_BLOCK,
      { block: (block) => setMetadata(block, 'TRANSACTIONS_FILTER', Uint8Array.from([11, 0, 0])) },
    ],
    [
      'the verdict on a good transaction',
      'VALIDATION_CODE',
      FIRST_BLOCK,
      { block: (block) => setMetadata(block, 'TRANSACTIONS_FILTER', Uint8Array.from([0, 10])) },
    ],
    [
      'the number of verdicts',
      'VALIDATION_CODE',
      FIRST_BLOCK,
      { block: (block) => setMetadata(block, 'TRANSACTIONS_FILTER', Uint8Array.from([0])) },
    ],
    [
      'the commit hash',
      'COMMIT_HASH',
      6,
      { block: (block) => setMetadata(block, 'COMMIT_HASH', wrapMetadata(Buffer.alloc(32))) },
    ],
    [
      'a private value',
      'PRIVATE_DATA',
      PRIVATE_BLOCK,
      {
        privatePart: (part) =>
          Buffer.from(part.toString('latin1').replace('secret two', 'secret 222'), 'latin1'),
      },
    ],
    ['the private part', 'PRIVATE_DATA', PRIVATE_BLOCK, { privatePart: (part) => part.fill(0xff, 4) }],
    [
      'a private value that is taken away',
      'PRIVATE_DATA',
      PRIVATE_BLOCK,
      { privatePart: (part) => withoutWrites(part) },
    ],
    [
      'private data that are put where none were',
      'PRIVATE_DATA',
      5,
      { privatePart: () => encodePrivatePart(new Map([[7, new Uint8Array([10, 0])]])) },
    ],
  ];
  it.each(edits)('of %s is found as %s', async (_what, code, block, change) => {
    withoutState();
    forge(blocksDir(), block, change);
    expect(await onlyFault()).toMatchObject({ code, place: { block, file: file() } });
  });

  it('that takes a block out is found at the one behind it', async () => {
    const all = records(blocksDir());
    const bytes = readFileSync(file());
    const [from, to] = [all[5]?.location.offset ?? 0, all[6]?.location.offset ?? 0];
    writeFileSync(file(), Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)]));
    expect(await onlyFault()).toMatchObject({ code: 'BLOCK_NUMBER', place: { block: 5, offset: from } });
  });

  it('that cuts the newest block off is found by the state, which knows it', async () => {
    truncateSync(file(), records(blocksDir()).at(-1)?.location.offset ?? 0);
    expect(await onlyFault()).toMatchObject({ code: 'BLOCKS_MISSING', place: { block: 12 } });
  });

  it('that brings a purged value back is found', async () => {
    forge(blocksDir(), PRIVATE_BLOCK, { privatePart: (part) => withWrites(part) });
    expect(await onlyFault()).toMatchObject({
      code: 'PRIVATE_DATA',
      message: expect.stringContaining(`still in block ${String(PRIVATE_BLOCK)}`),
    });
  });
});

/** The private part of the block with p1 and p2, from which both values are gone; only p1 was purged. */
function withoutWrites(part: Buffer): Buffer {
  return changedWrites(part, () => []);
}
function withWrites(part: Buffer): Buffer {
  return changedWrites(part, ([write]) => {
    const purged = new protos.rwset.kvrwset.KVWrite();
    purged.setKey('p1');
    purged.setValue(Buffer.from('secret one'));
    return write === undefined ? [] : [purged, write];
  });
}
type Write = protos.rwset.kvrwset.KVWrite;
function changedWrites(part: Buffer, change: (writes: Write[]) => Write[]): Buffer {
  const sets = decodePrivatePart(part);
  const set = protos.rwset.TxPvtReadWriteSet.deserializeBinary(sets.get(0) ?? new Uint8Array());
  const collection = set.getNsPvtRwsetList()[0]?.getCollectionPvtRwsetList()[0];
  const writes = protos.rwset.kvrwset.KVRWSet.deserializeBinary(
    collection?.getRwset_asU8() ?? new Uint8Array(),
  );
  writes.setWritesList(change(writes.getWritesList()));
  collection?.setRwset(writes.serializeBinary());
  sets.set(0, set.serializeBinary());
  return encodePrivatePart(sets);
}

describe('a state database', () => {
  const change = async (edit: (db: ReturnType<typeof open<Buffer, Buffer>>) => Promise<unknown>) => {
    const db = open<Buffer, Buffer>({
      path: join(dir(), 'state'),
      keyEncoding: 'binary',
      encoding: 'binary',
      noSubdir: false,
    });
    await edit(db);
    await db.close();
  };
  it.each([
    ['a value', Buffer.from('scc\0a'), /the value of key "a" of cc differs/],
    ['a hash', undefined, /the hash of key hash [0-9a-f]{64} of cc, collection plain differs/],
  ])('with %s that was changed is told from the blocks', async (_what, at, message) => {
    await change(async (db) => {
      const [hash] = [...db.getKeys({ start: Buffer.from('h'), end: Buffer.from('i') })];
      const key = at ?? hash ?? Buffer.alloc(0);
      const value = Buffer.from(db.get(key) ?? []);
      value[value.length - 1] = (value.at(-1) ?? 0) ^ 1;
      await db.put(key, value);
    });
    expect(await onlyFault()).toMatchObject({
      code: 'STATE_DIFFERS',
      message: expect.stringMatching(message),
      hint: expect.stringContaining('ledger rebuild'),
    });
  });

  it('with entries added and taken away is told from the blocks', async () => {
    await change(async (db) => {
      await db.put(Buffer.from('scc\0z'), db.get(Buffer.from('scc\0a')) ?? Buffer.alloc(0));
      await db.remove(Buffer.from('scc\0c'));
    });
    expect(await onlyFault()).toMatchObject({
      code: 'STATE_DIFFERS',
      message: expect.stringMatching(/key "c" of cc is missing.*key "z" of cc is there and should not be/),
    });
  });

  it('whose pages are damaged ends no check', async () => {
    const data = join(dir(), 'state', 'data.mdb');
    const bytes = readFileSync(data);
    // Beyond the two meta pages, so that it still opens.
    bytes.fill(0xff, 8192, statSync(data).size);
    writeFileSync(data, bytes);
    expect(await onlyFault()).toMatchObject({ code: 'STATE_DAMAGED', place: { file: data } });
  });
});
