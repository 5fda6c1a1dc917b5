import { randomBytes } from 'node:crypto';
import type { InputOf, record } from '@medaccord/chaincode/api';
import { ORGANISATION } from './bench-consortium.js';

export type Leaf = record.Leaf;

const id = (): string => randomBytes(16).toString('hex');
const hash = (): string => randomBytes(32).toString('hex');

/** A batch of one record, as the contract takes it. */
export function batchInput(): InputOf<'record:anchorBatch'> {
  return { id: id(), root: hash(), size: 1 };
}

/** Records that nobody has seen before. */
export function leaves(count: number): Leaf[] {
  return Array.from({ length: count }, () => ({
    record: id(),
    version: 1,
    contentHash: hash(),
    capsuleHash: hash(),
    metaHash: hash(),
    epoch: 0,
    custodian: ORGANISATION,
  }));
}
