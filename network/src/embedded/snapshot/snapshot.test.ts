import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { rebuildState } from '../channel/index.js';
import { checkLedger } from '../check/index.js';
import { flip } from '../testing/forge.js';
import { sha256 } from '../testing/read-write-sets.js';
import { TestChannel } from '../testing/test-channel.js';
import { restoreSnapshot, takeSnapshot, type SnapshotManifest } from './index.js';

let channel: TestChannel;
/** Where the second ledger lies, which is begun from the snapshot. */
let copy: TestChannel;

beforeEach(async () => {
  channel = await TestChannel.make();
  copy = channel.beside('copy');
  await commit(channel, { writes: { a: 'one', b: 'two' } });
  await commit(channel, { private: { plain: { writes: { p1: 'secret one', p2: 'secret two' } } } });
  await commit(channel, { private: { short: { writes: { s1: 'fleeting one' } } } });
  await commit(channel, { writes: { a: 'three', b: null } });
});
afterEach(async () => {
  await channel.stop();
  await copy.stop();
  rmSync(channel.dir, { recursive: true, force: true });
});

type Sets = Parameters<TestChannel['transaction']>[0]['sets'][number];
const commit = (to: TestChannel, ...sets: Sets[]) => to.commit(to.transaction({ sets }));
const source = (of: TestChannel = channel) => ({
  dir: of.options.dir,
  channelId: 'care',
  signer: of.options.ordererSigner,
});
const outDir = () => join(channel.dir, 'out');
const take = (of = channel, out = outDir()) => takeSnapshot(source(of), () => out);
const restore = (from = outDir()): SnapshotManifest => restoreSnapshot(from, copy.options);

function view<T>(of: TestChannel, look: (snapshot: ReturnType<TestChannel['ledger']['snapshot']>) => T): T {
  const snapshot = of.ledger.snapshot();
  try {
    return look(snapshot);
  } finally {
    snapshot.close();
  }
}
const text = (value: { value: Uint8Array } | undefined) => value && Buffer.from(value.value).toString();

function onDisk(of: TestChannel, what: string): boolean {
  return ['blocks', 'base'].some((name) =>
    readdirSync(join(of.options.dir, name)).some((file) =>
      readFileSync(join(of.options.dir, name, file)).includes(what),
    ),
  );
}

describe('a snapshot', () => {
  it('is taken while the ledger runs, and begins another that goes on with the same blocks', async () => {
    const { manifest, dir } = await take();
    expect(dir).toBe(outDir());
    expect(manifest.height).toBe(channel.ledger.height);
    expect(restore()).toEqual(manifest);
    await copy.open();
    expect(copy.ledger.height).toBe(manifest.height);
    expect(copy.ledger.begunFrom?.lastBlock).toBe(manifest.height - 1);
    expect(copy.ledger.mspIds).toEqual(channel.ledger.mspIds);
    expect(view(copy, (s) => text(s.get('cc', 'a')))).toBe('three');
    expect(view(copy, (s) => s.get('cc', 'b'))).toBeUndefined();
    expect(view(copy, (s) => text(s.getPrivate('cc', 'plain', 'p1')))).toBe('secret one');
    expect(view(copy, (s) => [...s.history('cc', 'a')])).toEqual([]);

    // The same block on both gives the same state, whatever each was begun from.
    const transaction = channel.transaction({ sets: [{ writes: { c: 'four' } }] });
    await channel.commit(transaction);
    const block = channel.ledger.block(manifest.height)?.block;
    if (block === undefined) throw new Error('no block');
    await copy.commitBlock(block.clone());
    const [one, two] = [
      await take(channel, join(channel.dir, 'one')),
      await take(copy, join(channel.dir, 'two')),
    ];
    expect(two.manifest).toEqual(one.manifest);
    expect(view(copy, (s) => [...s.history('cc', 'c')].map(({ txId }) => txId))).toEqual([transaction.txId]);
  });

  it('leaves the blocks behind and knows the ids of their transactions', async () => {
    const old = channel.transaction({ sets: [{ writes: { d: 'v' } }] });
    await channel.commit(old);
    const { manifest } = await take();
    restore();
    await copy.open();
    for (let number = 0; number < manifest.height; number += 1) {
      expect(copy.ledger.block(number)).toBeUndefined();
    }
    expect(copy.ledger.transaction(old.txId)).toEqual(channel.ledger.transaction(old.txId));
    const block = await copy.commitDirectly(old);
    expect(block.number).toBe(manifest.height);
    // DUPLICATE_TXID
    expect(block.transactions[0]?.code).toBe(9);
  });

  it('is made in one piece, and never over another', async () => {
    await take();
    await expect(take()).rejects.toMatchObject({ code: 'SNAPSHOT_EXISTS' });
    expect(readdirSync(channel.dir).filter((name) => name.startsWith('.'))).toEqual([]);
    await expect(
      takeSnapshot({ ...source(), dir: join(channel.dir, 'nothing') }, outDir),
    ).rejects.toMatchObject({
      code: 'NO_STATE',
    });
  });

  it('is not restored over a ledger', async () => {
    await take();
    expect(() => restoreSnapshot(outDir(), channel.options)).toThrowError(
      expect.objectContaining({ code: 'LEDGER_EXISTS' }),
    );
    restore();
    expect(() => restore()).toThrowError(expect.objectContaining({ code: 'LEDGER_EXISTS' }));
  });
});

describe('a snapshot that somebody changed', () => {
  const files = [
    'config.block',
    'public.data',
    'hashes.data',
    'private.data',
    'expiries.data',
    'transactions.data',
  ];
  it.each([...files, 'manifest.json', 'manifest.signature.json'])('in %s is refused', async (name) => {
    await take();
    const path = join(outDir(), name);
    flip(path, readFileSync(path).length >> 1);
    expect(() => restore()).toThrowError(expect.objectContaining({ code: 'SNAPSHOT_INVALID' }));
    expect(readdirSync(copy.options.dir)).toEqual([]);
  });

  it('with hashes made to fit is refused for its signature; so is one of another channel', async () => {
    await take();
    const path = join(outDir(), 'manifest.json');
    const manifest = readFileSync(path, 'utf8');
    writeFileSync(path, manifest.replace(/"lastConfigBlock": 0/, '"lastConfigBlock": 1'));
    expect(() => restore()).toThrowError(/no orderer of this consortium has signed/);
    writeFileSync(path, manifest);
    expect(() => restoreSnapshot(outDir(), { ...copy.options, channelId: 'other' })).toThrowError(
      /it is of channel care, not other/,
    );
    restore();
  });

  it('or lost a file is refused', async () => {
    await take();
    rmSync(join(outDir(), 'public.data'));
    expect(() => restore()).toThrowError(/public.data cannot be read/);
    expect(() => restore(join(channel.dir, 'nowhere'))).toThrowError(/it cannot be read/);
  });
});

describe('a ledger that was begun from a snapshot', () => {
  beforeEach(async () => {
    await take();
    restore();
    await copy.open();
    await commit(copy, { writes: { e: 'after' } });
  });

  it('is checked, and its state made anew, from the snapshot on', async () => {
    await copy.stop();
    const report = await checkLedger(copy.options);
    expect(report).toMatchObject({ faults: [], notes: [expect.stringContaining('begun from a snapshot')] });
    const { stateHash, height } = await rebuildState(copy.options);
    expect(height).toBe(report.blocks);
    rmSync(join(copy.options.dir, 'state'), { recursive: true });
    await copy.open();
    expect((await take(copy, join(channel.dir, 'again'))).manifest.stateHash).toBe(stateHash);
    expect(view(copy, (s) => text(s.getPrivate('cc', 'plain', 'p1')))).toBe('secret one');
  });

  it.each(['public.data', 'private.data'])('is not used where its %s is damaged', async (name) => {
    await copy.stop();
    const path = join(copy.options.dir, 'base', name);
    flip(path, readFileSync(path).length - 1);
    expect((await checkLedger(copy.options)).faults).toEqual([
      expect.objectContaining({ code: 'SNAPSHOT_DAMAGED' }),
    ]);
    await expect(rebuildState(copy.options)).rejects.toMatchObject({ code: 'SNAPSHOT_INVALID' });
    // The state itself is whole.
    await copy.open();
    expect(view(copy, (s) => text(s.get('cc', 'a')))).toBe('three');
  });

  it('erases purged and expired private values from the snapshot too', async () => {
    expect(onDisk(copy, 'secret one')).toBe(true);
    expect(onDisk(copy, 'fleeting one')).toBe(true);
    await commit(copy, { private: { plain: { purges: ['p1'] } } });
    for (const key of ['f', 'g', 'h']) await commit(copy, { writes: { [key]: 'v' } });
    expect(onDisk(copy, 'secret one')).toBe(false);
    expect(onDisk(copy, 'fleeting one')).toBe(false);
    expect(onDisk(copy, 'secret two')).toBe(true);
    await copy.stop();
    expect((await checkLedger(copy.options)).faults).toEqual([]);
    await rebuildState(copy.options);
    await copy.open();
    expect(view(copy, (s) => s.getPrivate('cc', 'plain', 'p1'))).toBeUndefined();
    expect(view(copy, (s) => s.getPrivateHash('cc', 'short', sha256('s1')))).toBeUndefined();
    expect(view(copy, (s) => text(s.getPrivate('cc', 'plain', 'p2')))).toBe('secret two');
  });

  it('has a fault where a value is gone from the snapshot that nobody erased', async () => {
    await copy.stop();
    const path = join(copy.options.dir, 'base', 'private.data');
    const bytes = readFileSync(path);
    // Length of key, length of value, key, value.
    bytes.fill(0, 8 + bytes.readUInt32BE(0), 8 + bytes.readUInt32BE(0) + bytes.readUInt32BE(4));
    writeFileSync(path, bytes);
    const { faults } = await checkLedger(copy.options);
    expect(faults.map(({ code }) => code)).toContain('PRIVATE_DATA');
  });
});

describe('a state made anew', () => {
  it('is the same, and takes the place of a damaged one', async () => {
    const { manifest } = await take();
    await channel.stop();
    await cp(channel.options.dir, join(channel.dir, 'kept'), { recursive: true });
    const told: number[] = [];
    const rebuilt = await rebuildState({ ...channel.options, onProgress: (blocks) => told.push(blocks) });
    expect(rebuilt).toEqual({ channelId: 'care', height: manifest.height, stateHash: manifest.stateHash });
    expect(told).toEqual(Array.from({ length: manifest.height }, (_block, index) => index + 1));
    const data = join(channel.options.dir, 'state', 'data.mdb');
    writeFileSync(data, readFileSync(data).fill(0xff, 8192));
    await rebuildState(channel.options);
    expect((await checkLedger(channel.options)).faults).toEqual([]);
    expect(readdirSync(channel.options.dir).sort()).toEqual(['blocks', 'state', 'transient']);
    await channel.open();
    expect(view(channel, (s) => text(s.get('cc', 'a')))).toBe('three');
  });

  it('is not made from too few blocks, or damaged ones, or while the ledger runs', async () => {
    await expect(rebuildState(channel.options)).rejects.toMatchObject({ code: 'LEDGER_IN_USE' });
    const { height } = channel.ledger;
    await channel.stop();
    const before = readdirSync(channel.options.dir);
    await expect(rebuildState({ ...channel.options, knownHeight: height + 1 })).rejects.toMatchObject({
      code: 'CORRUPT',
    });
    flip(join(channel.options.dir, 'blocks', 'blocks_000000'), 100);
    await expect(rebuildState(channel.options)).rejects.toMatchObject({ code: 'CORRUPT' });
    expect(readdirSync(channel.options.dir)).toEqual(before);
    await expect(
      rebuildState({ ...channel.options, dir: join(channel.dir, 'nothing') }),
    ).rejects.toMatchObject({
      code: 'NO_BLOCKS',
    });
    flip(join(channel.options.dir, 'blocks', 'blocks_000000'), 100);
  });
});
