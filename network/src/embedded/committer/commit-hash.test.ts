import { describe, expect, it } from 'vitest';
import { UpdateBatch } from '../state/index.js';
import { commitHash } from './commit-hash.js';

const version = (block: number, transaction: number) => ({ block, transaction });
const written = (value: Uint8Array | string | undefined, block: number, transaction: number) => ({
  value: value === undefined ? undefined : Buffer.from(value),
  metadata: undefined,
  version: version(block, transaction),
});

describe('the hash over what a block changes', () => {
  it('stays what it was in blocks that are on disk', () => {
    const batch = new UpdateBatch();
    const { publicUpdates, hashedUpdates } = batch;
    publicUpdates.set('zz', 'b', written('1', 7, 0));
    publicUpdates.set('zz', 'a\u{1f600}', written(undefined, 65_536, 256));
    publicUpdates.set('zz', 'a\uffee', written(Buffer.alloc(300, 1), 2 ** 40 + 5, 1));
    publicUpdates.set('aa', '', written('empty key', 1, 2));
    hashedUpdates.set('zz\0secret', '\u00ff\u0000', written('h', 3, 4));
    hashedUpdates.set('only\0private', '\u0001', written(undefined, 3, 5));
    const codes = Uint8Array.from({ length: 200 }, (_code, index) => index % 30);
    expect(commitHash(codes, batch, Buffer.from('previous')).toString('hex')).toBe(
      '03a4d4114221f34c90c4983ff6a256fd9b6006221bc048c323440ae942926e63',
    );
    expect(commitHash(Uint8Array.of(0), new UpdateBatch(), Buffer.alloc(0)).toString('hex')).toBe(
      '47dc540c94ceb704a23875c11273e16bb0b8a87aed84de911f2133568115f254',
    );
  });
});
