import type { Snapshot } from '../parts.js';
import { collectionName, hashKey, type UpdateBatch } from '../state/index.js';
import { isRangeUnchanged } from './range-check.js';
import { sameVersion, type NamespaceSet } from './read-write-set.js';
import { Invalid } from './verdict.js';

/**
 * Fabric's multi-version check: what the transaction read is still what it would read, after the block's earlier
 * valid transactions.
 * @throws Invalid (MVCC_READ_CONFLICT, PHANTOM_READ_CONFLICT).
 */
export function checkConflicts(
  sets: readonly NamespaceSet[],
  snapshot: Snapshot,
  updates: UpdateBatch,
): void {
  for (const { namespace, reads, ranges, collections } of sets) {
    for (const { key, version } of reads) {
      if (
        updates.publicUpdates.get(namespace, key) !== undefined ||
        !sameVersion(snapshot.get(namespace, key)?.version, version)
      ) {
        throw new Invalid('MVCC_READ_CONFLICT', `key ${JSON.stringify(key)} changed since it was read`);
      }
    }
    for (const query of ranges) {
      if (!isRangeUnchanged(snapshot, updates, namespace, query)) {
        throw new Invalid('PHANTOM_READ_CONFLICT', 'a range changed since it was read');
      }
    }
    for (const collection of collections) {
      for (const { keyHash, version } of collection.reads) {
        const name = collectionName(namespace, collection.name);
        const committed = snapshot.getPrivateHash(namespace, collection.name, keyHash)?.version;
        if (
          updates.hashedUpdates.get(name, hashKey(keyHash)) !== undefined ||
          !sameVersion(committed, version)
        ) {
          throw new Invalid('MVCC_READ_CONFLICT', `a private key of ${collection.name} changed`);
        }
      }
    }
  }
}
