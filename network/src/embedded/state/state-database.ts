import { open } from 'lmdb';
import type { BlockLocation } from '../blocks/index.js';
import {
  endOf,
  keys,
  MAX_KEY_BYTES,
  readErasureKey,
  readExpiryKey,
  readHeight,
  blockNumber,
  HEIGHT_BYTES,
} from './keys.js';
import {
  decodeLocation,
  decodeTransaction,
  encodeLocation,
  encodeRecord,
  encodeTransaction,
  type TransactionRecord,
} from './records.js';
import { LmdbSnapshot, type HistoryReader, type StateDb } from './snapshot.js';
import { committed } from './write-transaction.js';
import type { PrivateKeyRef, UpdateBatch } from './update-batch.js';
import type { Height } from '../parts.js';

/** The last block whose changes are in the database. */
export interface Savepoint {
  readonly block: number;
  readonly location: BlockLocation;
  readonly headerHash: Buffer;
  /** Empty for block 0. */
  readonly commitHash: Buffer;
}

/** One block for the database: its place in the files, its transactions, what it changes. */
export interface BlockCommit extends Savepoint {
  readonly transactions: readonly (TransactionRecord & { txId: string })[];
  readonly updates: UpdateBatch;
  /** Last block that may read private values written now; undefined: they stay. */
  expiryOf(namespace: string, collection: string): number | undefined;
}

/** Private values that have to be erased from the block files. */
export interface Erasure extends PrivateKeyRef {
  readonly writtenAt: Height;
}

/** State, history and indexes in LMDB: a projection of the block files, changed by one transaction a block. */
export class StateDatabase {
  readonly #db: StateDb;
  readonly #path: string;

  private constructor(db: StateDb, path: string) {
    this.#db = db;
    this.#path = path;
  }

  static open(path: string): StateDatabase {
    // Not flushed at every commit: after a crash of the machine LMDB is at an older block, and the block files,
    // which are flushed, bring it forward.
    const db = open<Buffer, Buffer>({
      path,
      keyEncoding: 'binary',
      encoding: 'binary',
      noSubdir: false,
      pageSize: 4096,
      separateFlushed: true,
      maxReaders: 1024,
      // Writes that are gathered over a turn have a promise of their own, whose failure nobody could catch.
      eventTurnBatching: false,
    });
    return new StateDatabase(db, path);
  }

  savepoint(): Savepoint | undefined {
    const bytes = this.#db.get(keys.meta('savepoint'));
    if (bytes === undefined) return undefined;
    return {
      block: bytes.readUIntBE(0, 6),
      location: decodeLocation(bytes.subarray(6, 24)),
      headerHash: bytes.subarray(24, 56),
      commitHash: bytes.subarray(56),
    };
  }

  snapshot(readHistory: HistoryReader): LmdbSnapshot {
    return new LmdbSnapshot(this.#db, readHistory);
  }

  transaction(txId: string): TransactionRecord | undefined {
    if (!isIndexable(txId)) return undefined;
    const bytes = this.#db.get(keys.transaction(txId));
    return bytes && decodeTransaction(bytes);
  }

  location(block: number): BlockLocation | undefined {
    if (!Number.isSafeInteger(block) || block < 0) return undefined;
    const bytes = this.#db.get(keys.block(block));
    return bytes && decodeLocation(bytes);
  }

  blockNumberByHash(hash: Uint8Array): number | undefined {
    return this.#db.get(keys.blockHash(hash))?.readUIntBE(0, 6);
  }

  /** False where a key is too long to be stored. */
  canStore(namespace: string, collection: string, key: string): boolean {
    return keys.longest(namespace, collection, key) < MAX_KEY_BYTES;
  }

  /** Private keys whose value written at `version` expires with block `block`. */
  expiring(block: number): (PrivateKeyRef & { version: Height })[] {
    const prefix = keys.expiryPrefix(block);
    return [...this.#db.getRange({ start: prefix, end: endOf(prefix) })].map(({ key, value }) => ({
      ...readExpiryKey(key),
      version: readHeight(value, 0),
    }));
  }

  /**
   * Resolves once the block's changes are visible.
   * @throws BlockStoreError DISK_FULL where there is no room: nothing has changed, and it can be tried again.
   */
  async commit(commit: BlockCommit): Promise<void> {
    await this.#write(() => {
      this.#putPublic(commit.updates);
      this.#putPrivate(commit);
      this.#putIndexes(commit);
      this.#putPurges(commit.updates);
    });
  }

  /** Private values that purges and expiries of committed blocks left in the files. */
  pendingErasures(): Erasure[] {
    return [...this.#db.getKeys({ start: keys.erasures, end: endOf(keys.erasures) })].map(readErasureKey);
  }

  /** Forgets erased values once the files no longer hold them. */
  async forgetErased(erasures: readonly Erasure[]): Promise<void> {
    await this.#write(() => {
      for (const { namespace, collection, keyHash, writtenAt } of erasures) {
        const { block, transaction } = writtenAt;
        void this.#db.remove(keys.written(namespace, collection, keyHash, block, transaction));
        void this.#db.remove(keys.erasure(namespace, collection, keyHash, block, transaction));
      }
    });
  }

  /** Every key and value, for comparing two databases. */
  *dump(): Iterable<{ key: Buffer; value: Buffer }> {
    yield* this.#db.getRange({});
  }

  async close(): Promise<void> {
    await this.#db.close();
  }

  #write(write: () => void): Promise<void> {
    return committed(this.#db, this.#path, this.#db.transaction(write));
  }

  #putPublic(updates: UpdateBatch): void {
    for (const namespace of updates.publicUpdates.names()) {
      for (const [key, update] of updates.publicUpdates.of(namespace)) {
        const at = keys.public(namespace, key);
        if (update.value === undefined) void this.#db.remove(at);
        else void this.#db.put(at, encodeRecord(update.value, update.version, update.metadata));
      }
    }
  }

  #putPrivate({ updates, block, expiryOf }: BlockCommit): void {
    for (const { namespace, collection, keyHash, key, value, version } of updates.privateUpdates) {
      const at = keys.private(namespace, collection, key);
      if (value === undefined) {
        void this.#db.remove(at);
        void this.#db.remove(keys.preimage(namespace, collection, keyHash));
      } else {
        void this.#db.put(at, encodeRecord(value, version, undefined));
        void this.#db.put(keys.preimage(namespace, collection, keyHash), Buffer.from(key));
      }
    }
    for (const name of updates.hashedUpdates.names()) {
      const [namespace = '', collection = ''] = name.split('\0');
      const expiry = expiryOf(namespace, collection);
      for (const [latin1, update] of updates.hashedUpdates.of(name)) {
        const keyHash = Buffer.from(latin1, 'latin1');
        const at = keys.hash(namespace, collection, keyHash);
        if (update.value === undefined) {
          void this.#db.remove(at);
          continue;
        }
        void this.#db.put(at, encodeRecord(update.value, update.version, update.metadata));
        if (expiry !== undefined) {
          void this.#db.put(
            keys.expiry(expiry, namespace, collection, keyHash),
            encodeRecord(new Uint8Array(), update.version, undefined),
          );
        }
      }
    }
    for (const expired of this.expiring(block)) {
      this.#putErasure(expired, expired.version);
      void this.#db.remove(keys.expiry(block, expired.namespace, expired.collection, expired.keyHash));
    }
  }

  #putIndexes(commit: BlockCommit): void {
    const { block, location, transactions, updates } = commit;
    for (const record of transactions) {
      // The first transaction of an id is the one that counts; a duplicate does not take its place.
      if (!isIndexable(record.txId)) continue;
      const at = keys.transaction(record.txId);
      if (this.#db.get(at) === undefined) void this.#db.put(at, encodeTransaction(record));
    }
    for (const { namespace, key, transaction } of updates.history) {
      void this.#db.put(keys.history(namespace, key, block, transaction), Buffer.alloc(0));
    }
    for (const { namespace, collection, keyHash, value, version } of updates.privateUpdates) {
      if (value === undefined || version.block !== block) continue;
      void this.#db.put(
        keys.written(namespace, collection, keyHash, version.block, version.transaction),
        Buffer.alloc(0),
      );
    }
    void this.#db.put(keys.block(block), encodeLocation(location));
    void this.#db.put(keys.blockHash(commit.headerHash), blockNumber(block));
    void this.#db.put(
      keys.meta('savepoint'),
      Buffer.concat([blockNumber(block), encodeLocation(location), commit.headerHash, commit.commitHash]),
    );
  }

  #putPurges(updates: UpdateBatch): void {
    for (const purge of updates.purges) {
      const prefix = keys.writtenPrefix(purge.namespace, purge.collection, purge.keyHash);
      for (const key of this.#db.getKeys({ start: prefix, end: endOf(prefix) })) {
        if (key.length !== prefix.length + HEIGHT_BYTES) continue;
        const writtenAt = readHeight(key, prefix.length);
        if (!isAfter(writtenAt, purge.version)) this.#putErasure(purge, writtenAt);
      }
    }
  }

  #putErasure({ namespace, collection, keyHash }: PrivateKeyRef, { block, transaction }: Height): void {
    void this.#db.put(keys.erasure(namespace, collection, keyHash, block, transaction), Buffer.alloc(0));
  }

  /** The key behind a hash, where a private value of it is here. */
  preimage({ namespace, collection, keyHash }: PrivateKeyRef): string | undefined {
    return this.#db.get(keys.preimage(namespace, collection, keyHash))?.toString();
  }
}

function isAfter(a: Height, b: Height): boolean {
  return a.block > b.block || (a.block === b.block && a.transaction > b.transaction);
}

/** Ids that were accepted are 64 hex digits; what a refused transaction calls its id may be anything. */
function isIndexable(txId: string): boolean {
  const length = Buffer.byteLength(txId);
  return length > 0 && length < MAX_KEY_BYTES;
}
