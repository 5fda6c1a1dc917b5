import type { Height } from '../parts.js';
import type { BlockLocation } from '../blocks/index.js';
import { blockNumber, endOf, HEIGHT_BYTES, keys, MAX_KEY_BYTES, readExpiryKey, readHeight } from './keys.js';
import { encodeLocation, encodeRecord, encodeTransaction, type TransactionRecord } from './records.js';
import { encodeSavepoint, type Savepoint } from './savepoint.js';
import type { StateDb } from './state-db.js';
import type { PrivateKeyRef, UpdateBatch } from './update-batch.js';

/** One block for the database: its place in the files, its transactions, what it changes. */
export interface BlockCommit extends Savepoint {
  readonly location: BlockLocation;
  readonly transactions: readonly (TransactionRecord & { txId: string })[];
  readonly updates: UpdateBatch;
  /** Last block that may read private values written now; undefined: they stay. */
  expiryOf(namespace: string, collection: string): number | undefined;
}

/** What a block changes, inside a transaction of the database. */
export function applyBlock(db: StateDb, commit: BlockCommit): void {
  putPublic(db, commit.updates);
  putPrivate(db, commit);
  putIndexes(db, commit);
  putPurges(db, commit.updates);
}

/** Private keys whose value written at `version` expires with block `block`. */
export function expiringWith(db: StateDb, block: number): (PrivateKeyRef & { version: Height })[] {
  const prefix = keys.expiryPrefix(block);
  return [...db.getRange({ start: prefix, end: endOf(prefix) })].map(({ key, value }) => ({
    ...readExpiryKey(key),
    version: readHeight(value, 0),
  }));
}

function putPublic(db: StateDb, updates: UpdateBatch): void {
  for (const namespace of updates.publicUpdates.names()) {
    for (const [key, update] of updates.publicUpdates.of(namespace)) {
      const at = keys.public(namespace, key);
      if (update.value === undefined) void db.remove(at);
      else void db.put(at, encodeRecord(update.value, update.version, update.metadata));
    }
  }
}

function putPrivate(db: StateDb, { updates, block, expiryOf }: BlockCommit): void {
  for (const { namespace, collection, keyHash, key, value, version } of updates.privateUpdates) {
    const at = keys.private(namespace, collection, key);
    if (value === undefined) {
      void db.remove(at);
      void db.remove(keys.preimage(namespace, collection, keyHash));
    } else {
      void db.put(at, encodeRecord(value, version, undefined));
      void db.put(keys.preimage(namespace, collection, keyHash), Buffer.from(key));
    }
  }
  for (const name of updates.hashedUpdates.names()) {
    const [namespace = '', collection = ''] = name.split('\0');
    const expiry = expiryOf(namespace, collection);
    for (const [latin1, update] of updates.hashedUpdates.of(name)) {
      const keyHash = Buffer.from(latin1, 'latin1');
      const at = keys.hash(namespace, collection, keyHash);
      if (update.value === undefined) {
        void db.remove(at);
        continue;
      }
      void db.put(at, encodeRecord(update.value, update.version, update.metadata));
      if (expiry !== undefined) {
        void db.put(
          keys.expiry(expiry, namespace, collection, keyHash),
          encodeRecord(new Uint8Array(), update.version, undefined),
        );
      }
    }
  }
  for (const expired of expiringWith(db, block)) {
    // All that this block wrote of the key, not its last value alone.
    for (const writtenAt of placesOf(db, expired)) {
      if (writtenAt.block === expired.version.block) putErasure(db, expired, writtenAt);
    }
    void db.remove(keys.expiry(block, expired.namespace, expired.collection, expired.keyHash));
  }
}

function putIndexes(db: StateDb, commit: BlockCommit): void {
  const { block, location, transactions, updates } = commit;
  for (const record of transactions) {
    // The first transaction of an id is the one that counts; a duplicate does not take its place.
    if (!isIndexable(record.txId)) continue;
    const at = keys.transaction(record.txId);
    if (db.get(at) === undefined) void db.put(at, encodeTransaction(record));
  }
  for (const { namespace, key, transaction } of updates.history) {
    void db.put(keys.history(namespace, key, block, transaction), Buffer.alloc(0));
  }
  for (const { namespace, collection, keyHash, value, version } of updates.privateUpdates) {
    if (value === undefined || version.block !== block) continue;
    void db.put(
      keys.written(namespace, collection, keyHash, version.block, version.transaction),
      Buffer.alloc(0),
    );
  }
  void db.put(keys.block(block), encodeLocation(location));
  void db.put(keys.blockHash(commit.headerHash), blockNumber(block));
  void db.put(keys.meta('savepoint'), encodeSavepoint(commit));
}

function putPurges(db: StateDb, updates: UpdateBatch): void {
  for (const purge of updates.purges) {
    for (const writtenAt of placesOf(db, purge)) {
      if (!isAfter(writtenAt, purge.version)) putErasure(db, purge, writtenAt);
    }
  }
}

/** Where the files hold private values of a key. */
function placesOf(db: StateDb, { namespace, collection, keyHash }: PrivateKeyRef): Height[] {
  const prefix = keys.writtenPrefix(namespace, collection, keyHash);
  return [...db.getKeys({ start: prefix, end: endOf(prefix) })]
    .filter((key) => key.length === prefix.length + HEIGHT_BYTES)
    .map((key) => readHeight(key, prefix.length));
}

function putErasure(
  db: StateDb,
  { namespace, collection, keyHash }: PrivateKeyRef,
  { block, transaction }: Height,
): void {
  void db.put(keys.erasure(namespace, collection, keyHash, block, transaction), Buffer.alloc(0));
}

function isAfter(a: Height, b: Height): boolean {
  return a.block > b.block || (a.block === b.block && a.transaction > b.transaction);
}

/** Ids that were accepted are 64 hex digits; what a refused transaction calls its id may be anything. */
export function isIndexable(txId: string): boolean {
  const length = Buffer.byteLength(txId);
  return length > 0 && length < MAX_KEY_BYTES;
}
