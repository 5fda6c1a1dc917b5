import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { peer } from '@hyperledger/fabric-protos';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sha256, type TestSet } from '../testing/read-write-sets.js';
import { TestChannel } from '../testing/test-channel.js';

const Code = peer.TxValidationCode;
let channel: TestChannel;

beforeEach(async () => {
  channel = await TestChannel.make();
});
afterEach(() => channel.remove());

const inPlain = (writes: Record<string, string | null>): TestSet => ({ private: { plain: { writes } } });
const commit = (set: TestSet) => channel.commit(channel.transaction({ sets: [set] }));

function view<T>(look: (snapshot: ReturnType<TestChannel['ledger']['snapshot']>) => T): T {
  const snapshot = channel.ledger.snapshot();
  try {
    return look(snapshot);
  } finally {
    snapshot.close();
  }
}
const value = (key: string, collection = 'plain'): string | undefined =>
  view((snapshot) => {
    const found = snapshot.getPrivate('cc', collection, key);
    return found && Buffer.from(found.value).toString();
  });
const hash = (key: string, collection = 'plain') =>
  view((s) => s.getPrivateHash('cc', collection, sha256(key)));

/** True where the text is anywhere in the block files. */
async function onDisk(text: string): Promise<boolean> {
  const dir = join(channel.dir, 'ledger', 'blocks');
  const files = await Promise.all((await readdir(dir)).map((name) => readFile(join(dir, name))));
  return files.some((file) => file.includes(text));
}

describe('private data', () => {
  it('is kept beside its hashes, delivered with the block, and forgotten by the transient store', async () => {
    const transaction = channel.transaction({ sets: [inPlain({ p1: 'secret one' })] });
    const block = await channel.commit(transaction);
    expect(block.transactions[0]?.code).toBe(Code.VALID);
    expect(value('p1')).toBe('secret one');
    expect(Buffer.from(hash('p1')?.hash ?? [])).toEqual(sha256('secret one'));
    expect(channel.ledger.transientStore.get(transaction.txId)).toEqual([]);
    const stored = channel.ledger.block(block.number)?.transactions[0]?.privateData;
    expect(Buffer.from(stored?.serializeBinary() ?? []).includes('secret one')).toBe(true);
    expect(view((s) => [...s.rangePrivate('cc', 'plain', '', '')].map(({ key }) => key))).toEqual(['p1']);
    expect(Buffer.from(block.block.serializeBinary()).includes('secret one')).toBe(false);
  });

  it('is what the ordered transaction names, where its proposal was endorsed twice with different values', async () => {
    const nonce = randomBytes(24);
    const [first, second] = ['one', 'two'].map((text) =>
      channel.transaction({ nonce, sets: [inPlain({ p1: text, p2: text })] }),
    );
    if (first === undefined || second === undefined) throw new Error('no transactions');
    const { transientStore, height } = channel.ledger;
    await transientStore.put(first.txId, first.privateSets, height);
    await transientStore.put(second.txId, second.privateSets, height);
    await transientStore.put(second.txId, second.privateSets, height);
    expect(transientStore.get(first.txId)).toHaveLength(2);
    const none = channel.transaction({ sets: [] }).privateSets;
    const block = await channel.commit({ ...first, privateSets: none });
    expect(block.transactions[0]?.code).toBe(Code.VALID);
    expect([value('p1'), value('p2')]).toEqual(['one', 'one']);
    expect(transientStore.get(first.txId)).toEqual([]);
  });

  it('that is missing or does not fit its hash does not keep the block back', async () => {
    const absent = channel.transaction({ sets: [inPlain({ p1: 'absent' })] });
    const [block] = [
      await channel.commitDirectly({ ...absent, privateSets: channel.transaction({ sets: [] }).privateSets }),
    ];
    expect(block.transactions[0]).toMatchObject({ code: Code.VALID, privateData: undefined });
    expect(() => value('p1')).toThrowError(expect.objectContaining({ code: 'PRIVATE_DATA_MISSING' }));
    const other = channel.transaction({ sets: [inPlain({ p2: 'other' })] });
    const mixed = channel.transaction({ sets: [inPlain({ p2: 'announced' })] });
    await channel.commit({ ...mixed, privateSets: other.privateSets });
    expect(() => value('p2')).toThrowError(expect.objectContaining({ code: 'PRIVATE_DATA_MISSING' }));
    await commit(inPlain({ p2: 'again' }));
    expect(value('p2')).toBe('again');
  });

  it('of an invalid transaction is not kept', async () => {
    await channel.commit(
      channel.transaction({ sets: [inPlain({ p1: 'unwanted' })], endorsers: [channel.peers.A] }),
    );
    expect(value('p1')).toBeUndefined();
    expect(await onDisk('unwanted')).toBe(false);
  });

  it('follows deletions, and changes of metadata alone', async () => {
    await commit(inPlain({ p1: 'one', p2: 'two' }));
    await commit({ private: { plain: { metadata: { p1: { note: Buffer.from('x') } } } } });
    expect(value('p1')).toBe('one');
    expect(hash('p1')?.version.block).toBe(3);
    expect(hash('p1')?.metadata?.get('note')).toEqual(Buffer.from('x'));
    await commit(inPlain({ p1: null }));
    expect(value('p1')).toBeUndefined();
    expect(hash('p1')).toBeUndefined();
    expect(value('p2')).toBe('two');
  });

  it('that is purged is gone from state and files, with all its former values, also after a restart', async () => {
    await commit(inPlain({ p1: 'former value', p2: 'neighbour' }));
    await commit(inPlain({ p1: 'latter value' }));
    expect(await onDisk('former value')).toBe(true);
    expect(channel.ledger.block(2)?.transactions[0]?.privateData).toBeDefined();
    await commit({ private: { plain: { purges: ['p1'] } } });
    expect(value('p1')).toBeUndefined();
    expect(hash('p1')).toBeUndefined();
    // The erasure ends before the next block does.
    await commit({ writes: { a: 'b' } });
    expect(await onDisk('former value')).toBe(false);
    expect(await onDisk('latter value')).toBe(false);
    const left = channel.ledger.block(2)?.transactions[0]?.privateData?.serializeBinary();
    expect(Buffer.from(left ?? []).includes('former value')).toBe(false);
    expect(Buffer.from(left ?? []).includes('neighbour')).toBe(true);
    await channel.stop();
    await channel.open();
    expect(value('p2')).toBe('neighbour');
    expect(value('p1')).toBeUndefined();
    await commit(inPlain({ p1: 'new life' }));
    expect(value('p1')).toBe('new life');
  });

  it('expires with its collection, unless it was written anew', async () => {
    const short = (writes: Record<string, string>): TestSet => ({ private: { short: { writes } } });
    await commit(short({ s1: 'fleeting', s2: 'renewed' })); // block 1, lives 2 blocks: gone with block 4
    await commit(short({ s2: 'renewed again' }));
    await commit({ writes: { a: '3' } });
    expect(value('s1', 'short')).toBe('fleeting');
    await commit({ writes: { a: '4' } });
    expect(value('s1', 'short')).toBeUndefined();
    expect(hash('s1', 'short')).toBeUndefined();
    expect(value('s2', 'short')).toBe('renewed again');
    await commit({ writes: { a: '5' } });
    expect(await onDisk('fleeting')).toBe(false);
    expect(value('s2', 'short')).toBeUndefined();
  });

  it('that was endorsed before a restart is there when it is ordered after it', async () => {
    const transaction = channel.transaction({ sets: [inPlain({ p1: 'patient' })] });
    await channel.ledger.transientStore.put(transaction.txId, transaction.privateSets, channel.ledger.height);
    await channel.stop();
    await channel.open();
    const empty = channel.transaction({ sets: [] }).privateSets;
    await channel.commit({ ...transaction, privateSets: empty });
    expect(value('p1')).toBe('patient');
    const old = channel.ledger.transientStore.put('old', transaction.privateSets, 1);
    channel.ledger.transientStore.purgeBelow(2);
    expect(channel.ledger.transientStore.get('old')).toEqual([]);
    await old;
  });
});
