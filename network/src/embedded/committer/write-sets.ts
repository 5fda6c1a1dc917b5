import { createHash } from 'node:crypto';
import { ledger } from '@hyperledger/fabric-protos';
import type { Height, Snapshot } from '../parts.js';
import {
  collectionName,
  hashKey,
  type Metadata,
  type PrivateKeyRef,
  type StateDatabase,
  type Update,
  UpdateBatch,
} from '../state/index.js';
import type { CollectionSet, NamespaceSet } from './read-write-set.js';

const { kvrwset } = ledger.rwset;

interface KeyChange {
  /** Value written (undefined within: deleted); absent: only metadata changed. */
  write?: { value: Uint8Array | undefined };
  metadata?: { value: Metadata | undefined };
}

/** What stands behind the changes: committed state, and which key has a private value. */
export interface Committed {
  readonly snapshot: Snapshot;
  preimage(ref: PrivateKeyRef): string | undefined;
  /** False where a key is too long to be stored. */
  canStore(namespace: string, collection: string, key: string): boolean;
}

/** Collects the changes of a block's valid transactions, in order. */
export class WriteSets {
  readonly batch = new UpdateBatch();
  readonly #committed: Committed;
  /** Private keys that this block wrote, by collection and key hash. */
  readonly #keysOfHashes = new Map<string, string>();

  constructor(committed: Committed) {
    this.#committed = committed;
  }

  /** Changes of the block that comes after what `state` and its snapshot hold. */
  static over(state: StateDatabase, snapshot: Snapshot): WriteSets {
    return new WriteSets({
      snapshot,
      preimage: (ref) => state.preimage(ref),
      canStore: (namespace, collection, key) => state.canStore(namespace, collection, key),
    });
  }

  /** @param privateSet What is here of the transaction's private write sets; the rest is recorded as missing. */
  apply(
    sets: readonly NamespaceSet[],
    version: Height,
    privateSet: ledger.rwset.TxPvtReadWriteSet | undefined,
  ): void {
    for (const set of sets) {
      this.#applyPublic(set, version);
      for (const collection of set.collections) this.#applyHashed(set.namespace, collection, version);
    }
    if (privateSet !== undefined) this.#applyPrivate(privateSet, version);
    for (const set of sets) {
      for (const collection of set.collections) this.#followHashes(set.namespace, collection, version);
    }
  }

  /** Erases what expires with this block, unless the block itself wrote the key anew. */
  expire(expired: readonly (PrivateKeyRef & { version: Height })[], at: Height): void {
    for (const ref of expired) {
      const name = collectionName(ref.namespace, ref.collection);
      if (this.batch.hashedUpdates.get(name, hashKey(ref.keyHash)) !== undefined) continue;
      const current = this.#committed.snapshot.getPrivateHash(ref.namespace, ref.collection, ref.keyHash);
      const isSame =
        current?.version.block === ref.version.block &&
        current.version.transaction === ref.version.transaction;
      if (!isSame) continue;
      this.batch.hashedUpdates.set(name, hashKey(ref.keyHash), {
        value: undefined,
        metadata: undefined,
        version: at,
      });
      this.#deletePrivate(ref, at);
    }
  }

  #applyPublic(set: NamespaceSet, version: Height): void {
    const changes = new Map<string, KeyChange>();
    const change = (key: string): KeyChange => {
      let entry = changes.get(key);
      if (entry === undefined) changes.set(key, (entry = {}));
      return entry;
    };
    for (const { key, value, isDelete } of set.writes) {
      change(key).write = { value: isDelete ? undefined : value };
      this.batch.history.push({
        namespace: set.namespace,
        key,
        transaction: version.transaction,
        isDelete,
      });
    }
    for (const { key, metadata } of set.metadataWrites) change(key).metadata = { value: metadata };
    for (const [key, entry] of changes) {
      const earlier = (): Update | undefined =>
        this.batch.publicUpdates.get(set.namespace, key) ??
        (this.#committed.snapshot.get(set.namespace, key) as Update | undefined);
      const update = merge(entry, earlier, version);
      if (update !== undefined) this.batch.publicUpdates.set(set.namespace, key, update);
    }
  }

  #applyHashed(namespace: string, collection: CollectionSet, version: Height): void {
    const name = collectionName(namespace, collection.name);
    const changes = new Map<string, KeyChange>();
    const change = (keyHash: Uint8Array): KeyChange => {
      const key = hashKey(keyHash);
      let entry = changes.get(key);
      if (entry === undefined) changes.set(key, (entry = {}));
      return entry;
    };
    for (const { keyHash, valueHash, isDelete, isPurge } of collection.writes) {
      change(keyHash).write = { value: isDelete || isPurge ? undefined : valueHash };
      if (isPurge) {
        this.batch.purges.push({ namespace, collection: collection.name, keyHash, version });
      }
    }
    for (const { keyHash, metadata } of collection.metadataWrites) {
      change(keyHash).metadata = { value: metadata };
    }
    for (const [key, entry] of changes) {
      const earlier = (): Update | undefined => {
        const changed = this.batch.hashedUpdates.get(name, key);
        if (changed !== undefined) return changed;
        const committed = this.#committed.snapshot.getPrivateHash(
          namespace,
          collection.name,
          Buffer.from(key, 'latin1'),
        );
        return committed && { value: committed.hash, metadata: committed.metadata, version };
      };
      const update = merge(entry, earlier, version);
      if (update !== undefined) this.batch.hashedUpdates.set(name, key, update);
    }
  }

  #applyPrivate(privateSet: ledger.rwset.TxPvtReadWriteSet, version: Height): void {
    for (const namespaceSet of privateSet.getNsPvtRwsetList()) {
      const namespace = namespaceSet.getNamespace();
      for (const collectionSet of namespaceSet.getCollectionPvtRwsetList()) {
        const collection = collectionSet.getCollectionName();
        const writes = kvrwset.KVRWSet.deserializeBinary(collectionSet.getRwset_asU8()).getWritesList();
        for (const write of writes) {
          const key = write.getKey();
          // Nobody but its hash vouches for it: it counts as missing.
          if (!this.#committed.canStore(namespace, collection, key)) continue;
          const keyHash = createHash('sha256').update(key).digest();
          const value = write.getValue_asU8();
          const isDelete = write.getIsDelete() || value.length === 0;
          this.batch.privateUpdates.push({
            namespace,
            collection,
            key,
            keyHash,
            value: isDelete ? undefined : value,
            version,
          });
          this.#keysOfHashes.set(`${collectionName(namespace, collection)}\0${hashKey(keyHash)}`, key);
        }
      }
    }
  }

  /** Deletions and new versions of hashes reach the private values also where no private write set says so. */
  #followHashes(namespace: string, collection: CollectionSet, version: Height): void {
    for (const { keyHash, isDelete, isPurge } of collection.writes) {
      if (isDelete || isPurge) {
        this.#deletePrivate({ namespace, collection: collection.name, keyHash }, version);
      }
    }
    const written = new Set(collection.writes.map(({ keyHash }) => hashKey(keyHash)));
    for (const { keyHash } of collection.metadataWrites) {
      if (!written.has(hashKey(keyHash))) this.#renewVersion(namespace, collection.name, keyHash, version);
    }
  }

  #deletePrivate(ref: PrivateKeyRef, version: Height): void {
    const key = this.#keyOf(ref);
    if (key !== undefined) this.batch.privateUpdates.push({ ...ref, key, value: undefined, version });
  }

  /** A write of metadata alone gives the hash a new version; the private value goes along if it is the same. */
  #renewVersion(namespace: string, collection: string, keyHash: Uint8Array, version: Height): void {
    const ref = { namespace, collection, keyHash };
    const key = this.#keyOf(ref);
    const update = this.batch.hashedUpdates.get(collectionName(namespace, collection), hashKey(keyHash));
    if (key === undefined || update?.value === undefined) return;
    const value = this.#privateValue(ref, key);
    if (value === undefined || !createHash('sha256').update(value).digest().equals(update.value)) return;
    this.batch.privateUpdates.push({ ...ref, key, value, version });
  }

  #privateValue({ namespace, collection }: PrivateKeyRef, key: string): Uint8Array | undefined {
    const changed = this.batch.privateUpdates.findLast(
      (update) => update.namespace === namespace && update.collection === collection && update.key === key,
    );
    if (changed !== undefined) return changed.value;
    const [committed] = this.#committed.snapshot.rangePrivate(namespace, collection, key, `${key}\0`);
    return committed?.value;
  }

  #keyOf(ref: PrivateKeyRef): string | undefined {
    const name = `${collectionName(ref.namespace, ref.collection)}\0${hashKey(ref.keyHash)}`;
    return this.#keysOfHashes.get(name) ?? this.#committed.preimage(ref);
  }
}

/** @returns undefined where metadata is written to a key that does not exist: nothing happens. */
function merge(
  { write, metadata }: KeyChange,
  earlier: () => Update | undefined,
  version: Height,
): Update | undefined {
  if (write?.value === undefined && write !== undefined) {
    return { value: undefined, metadata: undefined, version };
  }
  if (write !== undefined) {
    return {
      value: write.value,
      metadata: metadata === undefined ? earlier()?.metadata : metadata.value,
      version,
    };
  }
  const value = earlier()?.value;
  return value === undefined ? undefined : { value, metadata: metadata?.value, version };
}
