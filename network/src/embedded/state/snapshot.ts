import { createHash } from 'node:crypto';
import { CodedError } from '../../coded-error.js';
import type { HistoryEntry, KeyedValue, Snapshot, VersionedHash, VersionedValue } from '../parts.js';
import { endOf, HEIGHT_BYTES, keys, MAX_KEY_BYTES, readHeight } from './keys.js';
import { decodeRecord } from './records.js';
import type { SharedRead } from './shared-read.js';
import type { StateDb } from './state-db.js';

/** A hash is on the ledger and the private value that belongs to it is not here. */
export class PrivateDataMissingError extends CodedError {
  override readonly name: string = 'PrivateDataMissingError';

  constructor(collection: string) {
    super('PRIVATE_DATA_MISSING', `private data matching the public hash is not available in ${collection}`);
  }
}

/** Looks into the blocks for what a transaction wrote: the history keeps places only. */
export type HistoryReader = (
  block: number,
  transaction: number,
  namespace: string,
  key: string,
) => HistoryEntry | undefined;

export class LmdbSnapshot implements Snapshot {
  readonly #db: StateDb;
  readonly #shared: SharedRead;
  readonly #readHistory: HistoryReader;
  #open = true;

  constructor(db: StateDb, shared: SharedRead, readHistory: HistoryReader) {
    this.#db = db;
    this.#shared = shared;
    this.#readHistory = readHistory;
    shared.join();
  }

  get height(): number {
    const savepoint = this.#get(keys.meta('savepoint'));
    return savepoint === undefined ? 0 : savepoint.readUIntBE(0, 6) + 1;
  }

  get(namespace: string, key: string): VersionedValue | undefined {
    const transaction = this.#use();
    return this.#shared.value(`${namespace}\0${key}`, () => {
      const record = this.#get(keys.public(namespace, key), transaction);
      return record && decodeRecord(record);
    });
  }

  range(namespace: string, start: string, end: string): Iterable<KeyedValue> {
    return this.#range(keys.publicPrefix(namespace), start, end);
  }

  getPrivate(namespace: string, collection: string, key: string): VersionedValue | undefined {
    const record = this.#get(keys.private(namespace, collection, key));
    const value = record && decodeRecord(record);
    const hash = this.getPrivateHash(namespace, collection, createHash('sha256').update(key).digest());
    const matches =
      hash?.version.block === value?.version.block &&
      hash?.version.transaction === value?.version.transaction;
    if (!matches) throw new PrivateDataMissingError(collection);
    return value;
  }

  rangePrivate(namespace: string, collection: string, start: string, end: string): Iterable<KeyedValue> {
    return this.#range(keys.privatePrefix(namespace, collection), start, end);
  }

  getPrivateHash(namespace: string, collection: string, keyHash: Uint8Array): VersionedHash | undefined {
    const record = this.#get(keys.hash(namespace, collection, keyHash));
    if (record === undefined) return undefined;
    const { value, version, metadata } = decodeRecord(record);
    return { hash: value, version, metadata };
  }

  *history(namespace: string, key: string): Iterable<HistoryEntry> {
    const prefix = keys.historyPrefix(namespace, key);
    if (prefix.length + HEIGHT_BYTES > MAX_KEY_BYTES) return;
    const places = this.#db.getKeys({
      start: endOf(prefix),
      end: prefix,
      reverse: true,
      transaction: this.#use(),
    });
    for (const place of places) {
      if (place.length !== prefix.length + HEIGHT_BYTES) continue;
      const { block, transaction } = readHeight(place, prefix.length);
      const entry = this.#readHistory(block, transaction, namespace, key);
      if (entry !== undefined) yield entry;
    }
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#shared.leave();
  }

  *#range(prefix: Buffer, start: string, end: string): Iterable<KeyedValue> {
    const from = Buffer.concat([prefix, Buffer.from(start)]);
    const to = end === '' ? endOf(prefix) : Buffer.concat([prefix, Buffer.from(end)]);
    // A limit longer than any stored key is cut; what that lets in too many is left out by comparison.
    const entries = this.#db.getRange({
      start: from.subarray(0, MAX_KEY_BYTES),
      end: to.subarray(0, MAX_KEY_BYTES),
      inclusiveEnd: to.length > MAX_KEY_BYTES,
      transaction: this.#use(),
    });
    for (const { key, value } of entries) {
      if (Buffer.compare(key, from) < 0 || Buffer.compare(key, to) >= 0) continue;
      yield { key: key.subarray(prefix.length).toString(), ...decodeRecord(value) };
    }
  }

  #get(key: Buffer, transaction = this.#use()): Buffer | undefined {
    if (key.length > MAX_KEY_BYTES) return undefined;
    return this.#db.get(key, { transaction });
  }

  #use(): SharedRead['transaction'] {
    if (!this.#open) throw new CodedError('SNAPSHOT_CLOSED', 'the snapshot was closed');
    return this.#shared.transaction;
  }
}
