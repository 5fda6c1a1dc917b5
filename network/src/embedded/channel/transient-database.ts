import { ledger } from '@hyperledger/fabric-protos';
import { open, type RootDatabase } from 'lmdb';
import type { TransientStore } from '../parts.js';
import { committed } from '../state/index.js';

const { TxPvtReadWriteSet } = ledger.rwset;
const HEIGHT_BYTES = 6;

/**
 * Private write sets between endorsement and commit. Kept on disk: an endorsed transaction may come back to be
 * ordered after a restart.
 */
export class TransientDatabase implements TransientStore {
  readonly #db: RootDatabase<Buffer, string>;
  readonly #path: string;
  /** Transaction ids by the height at which they were put, for `purgeBelow`. */
  readonly #byHeight = new Map<number, Set<string>>();
  readonly #heights = new Map<string, number>();
  /** Put, and on their way to the disk. */
  readonly #unwritten = new Map<string, Buffer>();

  private constructor(db: RootDatabase<Buffer, string>, path: string) {
    this.#db = db;
    this.#path = path;
    for (const { key, value } of db.getRange({})) this.#remember(key, value.readUIntBE(0, HEIGHT_BYTES));
  }

  static open(path: string): TransientDatabase {
    const db = open<Buffer, string>({
      path,
      encoding: 'binary',
      noSubdir: false,
      separateFlushed: true,
      // Writes that are gathered over a turn have a promise of their own, whose failure nobody could catch.
      eventTurnBatching: false,
    });
    return new TransientDatabase(db, path);
  }

  async put(txId: string, privateSet: ledger.rwset.TxPvtReadWriteSet, atHeight: number): Promise<void> {
    const head = Buffer.alloc(HEIGHT_BYTES);
    head.writeUIntBE(atHeight, 0, HEIGHT_BYTES);
    const value = Buffer.concat([head, privateSet.serializeBinary()]);
    this.#remember(txId, atHeight);
    this.#unwritten.set(txId, value);
    try {
      await committed(this.#db, this.#path, this.#db.put(txId, value));
    } catch (error) {
      this.remove([txId]);
      throw error;
    } finally {
      if (this.#unwritten.get(txId) === value) this.#unwritten.delete(txId);
    }
  }

  get(txId: string): ledger.rwset.TxPvtReadWriteSet | undefined {
    if (!this.#heights.has(txId)) return undefined;
    const bytes = this.#unwritten.get(txId) ?? this.#db.get(txId);
    return bytes && TxPvtReadWriteSet.deserializeBinary(bytes.subarray(HEIGHT_BYTES));
  }

  remove(txIds: Iterable<string>): void {
    for (const txId of txIds) {
      const height = this.#heights.get(txId);
      if (height === undefined) continue;
      this.#heights.delete(txId);
      this.#unwritten.delete(txId);
      this.#byHeight.get(height)?.delete(txId);
      // What a full disk keeps from being removed is found by its height at a later start.
      committed(this.#db, this.#path, this.#db.remove(txId)).catch(() => undefined);
    }
  }

  purgeBelow(height: number): void {
    for (const [at, txIds] of this.#byHeight) {
      if (at >= height) continue;
      this.remove([...txIds]);
      this.#byHeight.delete(at);
    }
  }

  async close(): Promise<void> {
    await this.#db.close();
  }

  #remember(txId: string, height: number): void {
    this.#heights.set(txId, height);
    const txIds = this.#byHeight.get(height) ?? new Set();
    txIds.add(txId);
    this.#byHeight.set(height, txIds);
  }
}
