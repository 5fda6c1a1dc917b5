import type { ledger } from '@hyperledger/fabric-protos';
import type { Height, Snapshot } from '../parts.js';
import type { UpdateBatch } from '../state/index.js';
import { MerkleSummary } from './merkle-summary.js';
import { sameVersion, toHeight } from './read-write-set.js';

type RangeQueryInfo = ledger.rwset.kvrwset.RangeQueryInfo;
interface Entry {
  readonly key: string;
  readonly version: Height;
}

function compareUtf8(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** Keys in a range as they are after the block's earlier transactions: committed state with `updates` over it. */
function* currentRange(
  snapshot: Snapshot,
  updates: UpdateBatch,
  namespace: string,
  query: RangeQueryInfo,
): Iterable<Entry> {
  const start = query.getStartKey();
  const end = query.getEndKey();
  // An iterator that was not read to its end saw everything up to and including the last key it returned.
  const withEnd = !query.getItrExhausted();
  const inRange = (key: string): boolean =>
    compareUtf8(key, start) >= 0 && (end === '' || compareUtf8(key, end) < (withEnd ? 1 : 0));
  const changed = updates.publicUpdates.of(namespace);
  const fresh = [...changed.keys()].filter(inRange).sort(compareUtf8);
  let next = 0;
  const takeFreshUpTo = function* (limit: string | undefined): Iterable<Entry> {
    for (let key = fresh[next]; key !== undefined; key = fresh[(next += 1)]) {
      if (limit !== undefined && compareUtf8(key, limit) >= 0) return;
      const update = changed.get(key);
      if (update?.value !== undefined) yield { key, version: update.version };
    }
  };
  for (const entry of snapshot.range(namespace, start, end)) {
    yield* takeFreshUpTo(entry.key);
    if (!changed.has(entry.key)) yield entry;
  }
  const endEntry = withEnd && end !== '' && !changed.has(end) ? snapshot.get(namespace, end) : undefined;
  yield* takeFreshUpTo(endEntry === undefined ? undefined : end);
  if (endEntry !== undefined) yield { key: end, version: endEntry.version };
  yield* takeFreshUpTo(undefined);
}

function matchesReads(reads: readonly ledger.rwset.kvrwset.KVRead[], current: Iterable<Entry>): boolean {
  let index = 0;
  for (const { key, version } of current) {
    const read = reads[index];
    if (read?.getKey() !== key || !sameVersion(toHeight(read.getVersion()), version)) return false;
    index += 1;
  }
  return index === reads.length;
}

function matchesSummary(
  summary: ledger.rwset.kvrwset.QueryReadsMerkleSummary,
  current: Iterable<Entry>,
): boolean {
  if (summary.getMaxDegree() < 2) return false;
  const tree = new MerkleSummary(summary.getMaxDegree());
  for (const { key, version } of current) tree.add(key, version);
  const { level, hashes } = tree.finish();
  const expected = summary.getMaxLevelHashesList_asU8();
  return (
    level === summary.getMaxLevel() &&
    hashes.length === expected.length &&
    hashes.every((hash, i) => hash.equals(expected[i] ?? new Uint8Array()))
  );
}

/** False where a range that was read would now give other keys or versions: a phantom. */
export function isRangeUnchanged(
  snapshot: Snapshot,
  updates: UpdateBatch,
  namespace: string,
  query: RangeQueryInfo,
): boolean {
  const current = currentRange(snapshot, updates, namespace, query);
  const summary = query.getReadsMerkleHashes();
  if (summary !== undefined) return matchesSummary(summary, current);
  return matchesReads(query.getRawReads()?.getKvReadsList() ?? [], current);
}
