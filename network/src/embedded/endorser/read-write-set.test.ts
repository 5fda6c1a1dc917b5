import { createHash } from 'node:crypto';
import { ledger } from '@hyperledger/fabric-protos';
import { describe, expect, it } from 'vitest';
import { readTxReadWriteSet } from '../wire/index.js';
import { ReadWriteSetBuilder } from './read-write-set.js';

const { kvrwset } = ledger.rwset;
const sha256 = (value: string | Uint8Array): string => createHash('sha256').update(value).digest('hex');
const hex = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? '').toString('hex');

describe('read-write set', () => {
  it('is the same whatever the order of the calls', () => {
    const build = (keys: string[]) => {
      const builder = new ReadWriteSetBuilder();
      for (const key of keys) {
        builder.addRead('cc', key, { block: 3, transaction: 1 });
        builder.addWrite('cc', key, Buffer.from(key));
        builder.addPrivateWrite('cc', 'coll', key, Buffer.from(key));
      }
      const { publicSet, privateSet } = builder.build();
      return hex(publicSet) + hex(privateSet?.serializeBinary());
    };
    expect(build(['a', 'b', '\u0000c\u0000'])).toBe(build(['\u0000c\u0000', 'b', 'a']));
  });

  it('shows of private data its hashes alone, and the hash of the set that members get', () => {
    const builder = new ReadWriteSetBuilder();
    builder.addPrivateWrite('cc', 'coll', 'key', Buffer.from('value'));
    builder.addPrivateWrite('cc', 'coll', 'old', undefined);
    builder.addPrivateWrite('cc', 'coll', 'purged', undefined, true);
    const { publicSet, privateSet } = builder.build();
    const [collection] =
      readTxReadWriteSet(publicSet)[0]?.collections.map((bytes) =>
        ledger.rwset.CollectionHashedReadWriteSet.deserializeBinary(bytes),
      ) ?? [];
    const hashed = kvrwset.HashedRWSet.deserializeBinary(
      collection?.getHashedRwset_asU8() ?? new Uint8Array(),
    );
    const [key, old, purged] = hashed.getHashedWritesList();
    expect(hex(key?.getKeyHash_asU8())).toBe(sha256('key'));
    expect(hex(key?.getValueHash_asU8())).toBe(sha256('value'));
    expect([old?.getIsDelete(), old?.getIsPurge()]).toEqual([true, false]);
    expect([purged?.getIsDelete(), purged?.getIsPurge()]).toEqual([true, true]);
    const plain = privateSet?.getNsPvtRwsetList()[0]?.getCollectionPvtRwsetList()[0]?.getRwset_asU8();
    expect(hex(collection?.getPvtRwsetHash_asU8())).toBe(sha256(plain ?? ''));
    expect(Buffer.from(publicSet).includes('value')).toBe(false);
  });

  it('gives a key that does not exist no version, and a delete no value', () => {
    const builder = new ReadWriteSetBuilder();
    builder.addRead('cc', 'none', undefined);
    builder.addWrite('cc', 'none', undefined);
    const set = kvrwset.KVRWSet.deserializeBinary(
      readTxReadWriteSet(builder.build().publicSet)[0]?.rwset ?? new Uint8Array(),
    );
    expect(set.getReadsList()[0]?.hasVersion()).toBe(false);
    expect(set.getWritesList()[0]?.getIsDelete()).toBe(true);
    expect(builder.build().privateSet).toBeUndefined();
  });
});
