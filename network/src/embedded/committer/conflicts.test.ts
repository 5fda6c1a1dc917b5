import { peer } from '@hyperledger/fabric-protos';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Height } from '../parts.js';
import { TestChannel } from '../testing/test-channel.js';
import type { TestSet } from '../testing/read-write-sets.js';
import { MerkleSummary } from './merkle-summary.js';

const Code = peer.TxValidationCode;
let channel: TestChannel;
let counter = 0;
const fresh = (): string => `k${String((counter += 1)).padStart(4, '0')}`;
const nameOf = (code: number): string => Object.entries(Code).find(([, value]) => value === code)?.[0] ?? '';

/** One transaction for each set, all in one block. */
async function codes(...sets: TestSet[]): Promise<string[]> {
  const block = await channel.commitDirectly(...sets.map((set) => channel.transaction({ sets: [set] })));
  return block.transactions.map(({ code }) => nameOf(code));
}
function versionOf(key: string): Height | undefined {
  const snapshot = channel.ledger.snapshot();
  const version = snapshot.get('cc', key)?.version;
  snapshot.close();
  return version;
}
/** Writes the keys in one block. */
async function put(...names: string[]): Promise<void> {
  await codes({ writes: Object.fromEntries(names.map((key) => [key, 'v'])) });
}

beforeAll(async () => {
  channel = await TestChannel.make();
});
afterAll(() => channel.remove());

describe('reads', () => {
  it('of the current version, or of an absent key, are fine; others conflict', async () => {
    const key = fresh();
    expect(await codes({ reads: { [key]: undefined }, writes: { [key]: 'one' } })).toEqual(['VALID']);
    expect(await codes({ reads: { [key]: undefined } })).toEqual(['MVCC_READ_CONFLICT']);
    const version = versionOf(key);
    expect(await codes({ reads: { [key]: version }, writes: { [key]: 'two' } })).toEqual(['VALID']);
    expect(await codes({ reads: { [key]: version } })).toEqual(['MVCC_READ_CONFLICT']);
    expect(await codes({ reads: { [fresh()]: version } })).toEqual(['MVCC_READ_CONFLICT']);
  });

  it('conflict with a valid write earlier in the block, not with an invalid one', async () => {
    const key = fresh();
    await put(key);
    const version = versionOf(key);
    const stale = { block: 0, transaction: 0 };
    expect(
      await codes(
        { reads: { [key]: stale }, writes: { [key]: 'invalid' } },
        { reads: { [key]: version }, writes: { [key]: 'first' } },
        { reads: { [key]: version }, writes: { [key]: 'second' } },
        { writes: { [key]: 'blind' } },
      ),
    ).toEqual(['MVCC_READ_CONFLICT', 'VALID', 'MVCC_READ_CONFLICT', 'VALID']);
    expect(versionOf(key)?.transaction).toBe(3);
  });

  it('conflict with a change of metadata, which gives a new version', async () => {
    const key = fresh();
    await put(key);
    const version = versionOf(key);
    expect(await codes({ metadata: { [key]: { other: Buffer.from('x') } } })).toEqual(['VALID']);
    expect(versionOf(key)).not.toEqual(version);
    expect(await codes({ reads: { [key]: version } })).toEqual(['MVCC_READ_CONFLICT']);
    const absent = fresh();
    expect(await codes({ metadata: { [absent]: { other: Buffer.from('x') } } })).toEqual(['VALID']);
    expect(versionOf(absent)).toBeUndefined();
  });

  it('of private keys are compared by hash', async () => {
    const key = fresh();
    const set = (version: Height | undefined, value: string): TestSet => ({
      private: { plain: { reads: { [key]: version }, writes: { [key]: value } } },
    });
    expect(await codes(set(undefined, 'one'), set(undefined, 'two'))).toEqual([
      'VALID',
      'MVCC_READ_CONFLICT',
    ]);
    expect(await codes(set(undefined, 'two'))).toEqual(['MVCC_READ_CONFLICT']);
    expect(await codes(set({ block: channel.ledger.height - 2, transaction: 0 }, 'two'))).toEqual(['VALID']);
  });
});

describe('ranges', () => {
  const range = (start: string, end: string, names: string[], exhausted = true): TestSet => ({
    ranges: [
      {
        start,
        end,
        exhausted,
        reads: names.map((key) => ({ key, version: versionOf(key) ?? { block: 0, transaction: 0 } })),
      },
    ],
  });

  it('that give the same again are fine', async () => {
    await put('ra1', 'ra2', 'ra3');
    expect(await codes(range('ra', 'rb', ['ra1', 'ra2', 'ra3']))).toEqual(['VALID']);
    expect(await codes(range('ra1', 'ra3', ['ra1', 'ra2']))).toEqual(['VALID']);
    expect(await codes(range('ra', 'rb', ['ra1', 'ra2'], true))).toEqual(['PHANTOM_READ_CONFLICT']);
    // Not read to its end: the last key read is the end, and included.
    expect(await codes(range('ra', 'ra2', ['ra1', 'ra2'], false))).toEqual(['VALID']);
    expect(await codes(range('ra', 'ra2', ['ra1'], false))).toEqual(['PHANTOM_READ_CONFLICT']);
    expect(await codes(range('rx', 'ry', []))).toEqual(['VALID']);
  });

  it('with a key more, less or changed in between are phantoms', async () => {
    await put('rc1', 'rc2');
    const before = range('rc', 'rd', ['rc1', 'rc2']);
    expect(await codes({ writes: { rc15: 'v' } }, before)).toEqual(['VALID', 'PHANTOM_READ_CONFLICT']);
    expect(await codes(before)).toEqual(['PHANTOM_READ_CONFLICT']);
    const again = range('rc', 'rd', ['rc1', 'rc15', 'rc2']);
    expect(await codes({ writes: { rc15: null } }, again)).toEqual(['VALID', 'PHANTOM_READ_CONFLICT']);
    const third = range('rc', 'rd', ['rc1', 'rc2']);
    expect(await codes({ writes: { rc2: 'w' } }, third)).toEqual(['VALID', 'PHANTOM_READ_CONFLICT']);
    const fourth = range('rc', 'rc2', ['rc1', 'rc2'], false);
    expect(await codes({ writes: { rc3: 'v' } }, fourth)).toEqual(['VALID', 'VALID']);
    expect(await codes({ writes: { rc2: null } }, fourth)).toEqual(['VALID', 'PHANTOM_READ_CONFLICT']);
  });

  it('order keys by their UTF-8 bytes', async () => {
    // In UTF-16 order the emoji (a surrogate pair) would come before U+FFEE.
    await put('ru￮', 'ru😀');
    expect(await codes(range('ru', 'rv', ['ru￮', 'ru😀']))).toEqual(['VALID']);
    expect(await codes(range('ru', 'ru😀', ['ru￮']))).toEqual(['VALID']);
  });

  it('may be summed up by hashes', async () => {
    const names = Array.from({ length: 30 }, (_, i) => `rm${String(i).padStart(2, '0')}`);
    await put(...names);
    const summary = (upTo: number): TestSet => {
      const tree = new MerkleSummary(2);
      for (const key of names.slice(0, upTo)) tree.add(key, versionOf(key) ?? { block: 0, transaction: 0 });
      const { level, hashes } = tree.finish();
      return { ranges: [{ start: 'rm', end: 'rn', summary: { degree: 2, level, hashes } }] };
    };
    expect(await codes(summary(30), summary(29))).toEqual(['VALID', 'PHANTOM_READ_CONFLICT']);
    const before = summary(30);
    await put('rm07');
    expect(await codes(before)).toEqual(['PHANTOM_READ_CONFLICT']);
  });
});
