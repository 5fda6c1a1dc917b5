import { hash } from 'node:crypto';
import { ledger } from '@hyperledger/fabric-protos';
import type { Height } from '../parts.js';
import { NOTHING, writeKeySet, writeTxReadWriteSet, type KeyRead, type KeyWrite } from '../wire/index.js';
import { sortedValues } from './byte-order.js';

const { kvrwset } = ledger.rwset;
type KVWrite = ledger.rwset.kvrwset.KVWrite;
type RangeQueryInfo = ledger.rwset.kvrwset.RangeQueryInfo;

interface CollectionSet {
  readonly name: string;
  readonly reads: Map<string, ledger.rwset.kvrwset.KVReadHash>;
  readonly writes: Map<string, ledger.rwset.kvrwset.KVWriteHash>;
  readonly metadata: Map<string, ledger.rwset.kvrwset.KVMetadataWriteHash>;
  /** What members get: plain keys and values. */
  readonly privateWrites: Map<string, KVWrite>;
  readonly privateMetadata: Map<string, ledger.rwset.kvrwset.KVMetadataWrite>;
}

interface NamespaceSet {
  readonly name: string;
  readonly reads: Map<string, KeyRead>;
  readonly writes: Map<string, KeyWrite>;
  readonly metadata: Map<string, ledger.rwset.kvrwset.KVMetadataWrite>;
  readonly ranges: Map<string, RangeQueryInfo>;
  readonly collections: Map<string, CollectionSet>;
}

export interface BuiltReadWriteSet {
  /** Marshalled rwset.TxReadWriteSet. */
  readonly publicSet: Uint8Array;
  /** Those that occur in it. */
  readonly namespaces: ReadonlySet<string>;
  /** Undefined where nothing private was written. */
  readonly privateSet: ledger.rwset.TxPvtReadWriteSet | undefined;
}

/** SHA-256, as Fabric hashes private keys and values. */
export function sha256(data: string | Uint8Array): Buffer {
  return hash('sha256', data, 'buffer');
}

/**
 * What one transaction read and wrote, in the order and encoding that Fabric's peer gives it (all maps sorted by
 * key), so that any two endorsers that saw the same state produce the same bytes.
 */
export class ReadWriteSetBuilder {
  readonly #namespaces = new Map<string, NamespaceSet>();

  addRead(namespace: string, key: string, version: Height | undefined): void {
    this.#namespace(namespace).reads.set(key, { key, version });
  }

  /** An undefined value is a delete. */
  addWrite(namespace: string, key: string, value: Uint8Array | undefined): void {
    const write = { key, isDelete: value === undefined, value: value ?? NOTHING };
    this.#namespace(namespace).writes.set(key, write);
  }

  addMetadataWrite(namespace: string, key: string, entries: ReadonlyMap<string, Uint8Array>): void {
    this.#namespace(namespace).metadata.set(key, metadataWrite(key, entries));
  }

  /** Of two equal ranges the first counts. */
  addRange(namespace: string, range: RangeQueryInfo): void {
    const { ranges } = this.#namespace(namespace);
    const key = `${range.getStartKey()}\u{10ffff}${range.getEndKey()}\u{10ffff}${String(range.getItrExhausted())}`;
    if (!ranges.has(key)) ranges.set(key, range);
  }

  addHashedRead(namespace: string, collection: string, key: string, version: Height | undefined): void {
    const read = new kvrwset.KVReadHash();
    read.setKeyHash(sha256(key));
    if (version !== undefined) read.setVersion(kvVersion(version));
    this.#collection(namespace, collection).reads.set(key, read);
  }

  addPrivateWrite(
    namespace: string,
    collection: string,
    key: string,
    value: Uint8Array | undefined,
    purge = false,
  ): void {
    const set = this.#collection(namespace, collection);
    const hashed = new kvrwset.KVWriteHash();
    hashed.setKeyHash(sha256(key));
    if (value === undefined) hashed.setIsDelete(true);
    else hashed.setValueHash(sha256(value));
    if (purge) hashed.setIsPurge(true);
    set.writes.set(key, hashed);
    set.privateWrites.set(key, kvWrite(key, value));
  }

  addPrivateMetadataWrite(
    namespace: string,
    collection: string,
    key: string,
    entries: ReadonlyMap<string, Uint8Array>,
  ): void {
    const set = this.#collection(namespace, collection);
    const hashed = new kvrwset.KVMetadataWriteHash();
    hashed.setKeyHash(sha256(key));
    hashed.setEntriesList(metadataEntries(entries));
    set.metadata.set(key, hashed);
    // Members need the key alone: its version moves with the metadata.
    set.privateMetadata.set(key, metadataWrite(key, new Map()));
  }

  build(): BuiltReadWriteSet {
    let privateSet: ledger.rwset.TxPvtReadWriteSet | undefined;
    const publicSets = sortedValues(this.#namespaces).map((namespace) => {
      const collections = sortedValues(namespace.collections).map((set) => ({
        set,
        bytes: privateBytes(set),
      }));
      const written = collections.filter(({ bytes }) => bytes !== undefined);
      if (written.length > 0) {
        // Its data model is KV, which is 0.
        privateSet ??= new ledger.rwset.TxPvtReadWriteSet();
        const part = privateSet.addNsPvtRwset();
        part.setNamespace(namespace.name);
        for (const { set, bytes } of written) {
          const collection = part.addCollectionPvtRwset();
          collection.setCollectionName(set.name);
          collection.setRwset(bytes ?? '');
        }
      }
      return {
        namespace: namespace.name,
        rwset: publicBytes(namespace),
        collections: collections.map(({ set, bytes }) => collectionBytes(set, bytes)),
      };
    });
    return {
      publicSet: writeTxReadWriteSet(publicSets),
      namespaces: new Set(this.#namespaces.keys()),
      privateSet,
    };
  }

  #namespace(name: string): NamespaceSet {
    let set = this.#namespaces.get(name);
    if (set === undefined) {
      set = {
        name,
        reads: new Map(),
        writes: new Map(),
        metadata: new Map(),
        ranges: new Map(),
        collections: new Map(),
      };
      this.#namespaces.set(name, set);
    }
    return set;
  }

  #collection(namespace: string, name: string): CollectionSet {
    const { collections } = this.#namespace(namespace);
    let set = collections.get(name);
    if (set === undefined) {
      set = {
        name,
        reads: new Map(),
        writes: new Map(),
        metadata: new Map(),
        privateWrites: new Map(),
        privateMetadata: new Map(),
      };
      collections.set(name, set);
    }
    return set;
  }
}

function publicBytes(set: NamespaceSet): Uint8Array {
  return writeKeySet({
    reads: sortedValues(set.reads),
    ranges: [...set.ranges.values()].map((range) => range.serializeBinary()),
    writes: sortedValues(set.writes),
    metadataWrites: sortedValues(set.metadata).map((write) => write.serializeBinary()),
  });
}

/** Marshalled rwset.CollectionHashedReadWriteSet. */
function collectionBytes(set: CollectionSet, privateSet: Uint8Array | undefined): Uint8Array {
  const message = new ledger.rwset.CollectionHashedReadWriteSet();
  message.setCollectionName(set.name);
  message.setHashedRwset(hashedBytes(set));
  if (privateSet !== undefined) message.setPvtRwsetHash(sha256(privateSet));
  return message.serializeBinary();
}

function hashedBytes(set: CollectionSet): Uint8Array {
  const message = new kvrwset.HashedRWSet();
  message.setHashedReadsList(sortedValues(set.reads));
  message.setHashedWritesList(sortedValues(set.writes));
  message.setMetadataWritesList(sortedValues(set.metadata));
  return message.serializeBinary();
}

function privateBytes(set: CollectionSet): Uint8Array | undefined {
  if (set.privateWrites.size === 0 && set.privateMetadata.size === 0) return undefined;
  const message = new kvrwset.KVRWSet();
  message.setWritesList(sortedValues(set.privateWrites));
  message.setMetadataWritesList(sortedValues(set.privateMetadata));
  return message.serializeBinary();
}

function kvVersion(height: Height): ledger.rwset.kvrwset.Version {
  const version = new kvrwset.Version();
  version.setBlockNum(height.block);
  version.setTxNum(height.transaction);
  return version;
}

export function kvRead(key: string, version: Height): ledger.rwset.kvrwset.KVRead {
  const read = new kvrwset.KVRead();
  read.setKey(key);
  read.setVersion(kvVersion(version));
  return read;
}

function kvWrite(key: string, value: Uint8Array | undefined): KVWrite {
  const write = new kvrwset.KVWrite();
  write.setKey(key);
  if (value === undefined) write.setIsDelete(true);
  else write.setValue(value);
  return write;
}

function metadataWrite(key: string, entries: ReadonlyMap<string, Uint8Array>) {
  const write = new kvrwset.KVMetadataWrite();
  write.setKey(key);
  write.setEntriesList(metadataEntries(entries));
  return write;
}

function metadataEntries(entries: ReadonlyMap<string, Uint8Array>) {
  return [...entries]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => {
      const entry = new kvrwset.KVMetadataEntry();
      entry.setName(name);
      entry.setValue(value);
      return entry;
    });
}
