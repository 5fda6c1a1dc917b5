import { merkleProofs, merkleRoot, record as shapes, type record } from '@medaccord/chaincode/api';
import { Problem } from '../../errors.js';
import type { Call } from '../../operation.js';
import type { Committed } from '../../ports.js';
import type { Anchoring, StoredBatch } from '../../vault/index.js';
import { submit } from '../shared/submit.js';
import type { RecordParts } from './parts.js';

type Requested = Pick<Call, 'caller' | 'run'>;

/**
 * Anchors a stored batch, and then the records of it that are kept here (where there are any) have their proofs. The steps are in an
 * order in which a crash leaves nothing that `reconcileRecords` or a repeated request does not finish.
 * @throws Problem ALREADY_EXISTS where another batch has, or is about to have, a version that this one has.
 */
export async function anchorStoredBatch(
  { ledger, records, batchLeaves }: RecordParts,
  call: Requested,
  batch: StoredBatch,
  { hasRecords = true } = {},
): Promise<Committed<record.AnchorBatch>> {
  const { id, root, leaves } = batch;
  if (!(await batchLeaves.take(batch))) {
    throw new Problem(
      'ALREADY_EXISTS',
      'a version of these records is anchored, or is about to be elsewhere',
    );
  }
  const input = { id, root, size: leaves.length };
  const committed = await submit(ledger, call, 'record:anchorBatch', input, undefined);
  const at = committed.result.updatedAt;
  if (hasRecords) await records.anchored(batchAnchorings(batch), { id: committed.transaction.id, at });
  await batchLeaves.anchored(id);
  return committed;
}

export function batchOf(id: string, leaves: readonly record.Leaf[]): StoredBatch {
  const versions = new Set(leaves.map(({ record: of, version }) => `${of} ${version}`));
  if (versions.size !== leaves.length) {
    throw new Problem('REQUEST_INVALID', 'leaves: a version of a record is there twice');
  }
  const hashes = leaves.map((leaf) => shapes.leafHash(leaf));
  return { id, root: merkleRoot(hashes), leaves };
}

/** Where each leaf of a batch is anchored, in tree order. */
export function batchAnchorings({ id, leaves }: StoredBatch): Anchoring[] {
  const hashes = leaves.map((leaf) => shapes.leafHash(leaf));
  const size = hashes.length;
  return merkleProofs(hashes).map((path, index) => ({
    leafHash: hashes[index] ?? '',
    reference: { kind: 'batch', batch: id, proof: { index, size, path } },
  }));
}
