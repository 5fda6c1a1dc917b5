import { open } from 'lmdb';
import type { BlockLocation } from '../blocks/index.js';
import type { Height } from '../parts.js';
import { applyBlock, expiringWith, isIndexable, type BlockCommit } from './apply-block.js';
import { FrozenState } from './frozen-state.js';
import { endOf, keys, MAX_KEY_BYTES, readErasureKey } from './keys.js';
import { loadEntry, type LoadedEntry } from './load-entry.js';
import {
  decodeLocation,
  decodeRecord,
  decodeTransaction,
  type TransactionRecord,
  type VersionedRecord,
} from './records.js';
import { encodeSavepoint, readSavepoint, type Savepoint } from './savepoint.js';
import { SharedRead } from './shared-read.js';
import { LmdbSnapshot, type HistoryReader } from './snapshot.js';
import type { StateDb } from './state-db.js';
import type { PrivateKeyRef } from './update-batch.js';
import { committed } from './write-transaction.js';

/** Entries of a snapshot that are put by one transaction. */
const LOADED_AT_ONCE = 10_000;

/** Private values that have to be erased from the block files. */
export interface Erasure extends PrivateKeyRef {
  readonly writtenAt: Height;
}

/** State, history and indexes in LMDB: a projection of the block files, changed by one transaction a block. */
export class StateDatabase {
  readonly #db: StateDb;
  readonly #path: string;
  /** Of the snapshots since the last write. */
  #shared: SharedRead | undefined;

  private constructor(db: StateDb, path: string) {
    this.#db = db;
    this.#path = path;
  }

  /**
   * @param options scratch: never to be opened again, so nothing is flushed; readOnly: another process may write to it
   * meanwhile.
   */
  static open(path: string, { scratch = false, readOnly = false } = {}): StateDatabase {
    // Not flushed at every commit: after a crash of the machine LMDB is at an older block, and the block files,
    // which are flushed, bring it forward.
    const db = open<Buffer, Buffer>({
      path,
      keyEncoding: 'binary',
      encoding: 'binary',
      noSubdir: false,
      pageSize: 4096,
      readOnly,
      ...(scratch ? { noSync: true } : { separateFlushed: true }),
      maxReaders: 1024,
      // Writes that are gathered over a turn have a promise of their own, whose failure nobody could catch.
      eventTurnBatching: false,
    });
    return new StateDatabase(db, path);
  }

  savepoint(): Savepoint | undefined {
    return readSavepoint((key) => this.#db.get(key));
  }

  /** All of it at one height. */
  freeze(): FrozenState {
    return new FrozenState(this.#db, readSavepoint);
  }

  snapshot(readHistory: HistoryReader): LmdbSnapshot {
    this.#shared ??= new SharedRead(this.#db);
    return new LmdbSnapshot(this.#db, this.#shared, readHistory);
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
    return expiringWith(this.#db, block);
  }

  /**
   * Resolves once the block's changes are visible.
   * @throws BlockStoreError DISK_FULL where there is no room: nothing has changed, and it can be tried again.
   */
  async commit(commit: BlockCommit): Promise<void> {
    await this.#write(() => {
      applyBlock(this.#db, commit);
    });
  }

  /** Puts entries of a snapshot into an empty database. They count for nothing before `begin`. */
  async load(entries: Iterable<LoadedEntry>): Promise<void> {
    let batch: LoadedEntry[] = [];
    const flush = async (): Promise<void> => {
      const ready = batch;
      batch = [];
      await this.#write(() => {
        for (const entry of ready) loadEntry(this.#db, entry);
      });
    };
    for (const entry of entries) {
      batch.push(entry);
      if (batch.length >= LOADED_AT_ONCE) await flush();
    }
    await flush();
  }

  /** Says that what was loaded is the state after a block. */
  begin(savepoint: Savepoint): Promise<void> {
    return this.#write(() => {
      void this.#db.put(keys.meta('savepoint'), encodeSavepoint(savepoint));
    });
  }

  privateHash({ namespace, collection, keyHash }: PrivateKeyRef): VersionedRecord | undefined {
    const record = this.#db.get(keys.hash(namespace, collection, keyHash));
    return record && decodeRecord(record);
  }

  /** Offset of a value's record in the snapshot that the ledger was begun from; undefined: it is in a block. */
  offsetInSnapshot({ namespace, collection, keyHash, writtenAt }: Erasure): number | undefined {
    const { block, transaction } = writtenAt;
    const value = this.#db.get(keys.written(namespace, collection, keyHash, block, transaction));
    return value === undefined || value.length === 0 ? undefined : value.readUIntBE(0, 6);
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

  /** Once it resolves, all that was committed survives a power cut. */
  async flush(): Promise<void> {
    await this.#db.flushed;
  }

  /** Every key and value, for comparing two databases. */
  *dump(): Iterable<{ key: Buffer; value: Buffer }> {
    yield* this.#db.getRange({});
  }

  async close(): Promise<void> {
    this.#endShared();
    await this.#db.close();
  }

  async #write(write: () => void): Promise<void> {
    await committed(this.#db, this.#path, this.#db.transaction(write));
    this.#endShared();
  }

  #endShared(): void {
    this.#shared?.end();
    this.#shared = undefined;
  }

  /** The key behind a hash, where a private value of it is here. */
  preimage({ namespace, collection, keyHash }: PrivateKeyRef): string | undefined {
    return this.#db.get(keys.preimage(namespace, collection, keyHash))?.toString();
  }
}
