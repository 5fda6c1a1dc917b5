import { createHash } from 'node:crypto';
import { ledger } from '@hyperledger/fabric-protos';
import { open, type RootDatabase } from 'lmdb';
import type { TransientStore } from '../parts.js';
import { committed } from '../state/index.js';

const { TxPvtReadWriteSet } = ledger.rwset;
const HEIGHT_BYTES = 6;
/** Between a transaction's id and the digest of one of its private write sets. */
const SEPARATOR = '.';

interface Kept {
  readonly height: number;
  /** Until it is on the disk. */
  unwritten?: Buffer;
  readonly written: Promise<void>;
}

/**
 * Private write sets between endorsement and commit. Kept on disk: an endorsed transaction may come back to be
 * ordered after a restart. A proposal that is endorsed twice may give two: which of them counts, the block says.
 */
export class TransientDatabase implements TransientStore {
  readonly #db: RootDatabase<Buffer, string>;
  readonly #path: string;
  /** What is kept of a transaction, by the digest of the set. */
  readonly #kept = new Map<string, Map<string, Kept>>();
  /** Transaction ids by the height at which something was put, for `purgeBelow`. */
  readonly #byHeight = new Map<number, Set<string>>();

  private constructor(db: RootDatabase<Buffer, string>, path: string) {
    this.#db = db;
    this.#path = path;
    for (const { key, value } of db.getRange({})) {
      const [txId = '', digest = ''] = key.split(SEPARATOR);
      const height = value.readUIntBE(0, HEIGHT_BYTES);
      this.#remember(txId, digest, { height, written: Promise.resolve() });
    }
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
    const bytes = privateSet.serializeBinary();
    const digest = createHash('sha256').update(bytes).digest('base64url');
    const known = this.#kept.get(txId)?.get(digest);
    // Every endorser of this process brings the same.
    if (known !== undefined && known.height >= atHeight) return known.written;
    const head = Buffer.alloc(HEIGHT_BYTES);
    head.writeUIntBE(atHeight, 0, HEIGHT_BYTES);
    const value = Buffer.concat([head, bytes]);
    const written = committed(this.#db, this.#path, this.#db.put(keyOf(txId, digest), value));
    const kept: Kept = { height: atHeight, unwritten: value, written };
    this.#remember(txId, digest, kept);
    try {
      await written;
    } catch (error) {
      if (this.#kept.get(txId)?.get(digest) === kept) this.#removeOne(txId, digest);
      throw error;
    } finally {
      kept.unwritten = undefined;
    }
  }

  get(txId: string): readonly ledger.rwset.TxPvtReadWriteSet[] {
    return [...(this.#kept.get(txId) ?? [])].flatMap(([digest, { unwritten }]) => {
      const bytes = unwritten ?? this.#db.get(keyOf(txId, digest));
      return bytes === undefined ? [] : [TxPvtReadWriteSet.deserializeBinary(bytes.subarray(HEIGHT_BYTES))];
    });
  }

  remove(txIds: Iterable<string>): void {
    for (const txId of txIds) {
      for (const digest of [...(this.#kept.get(txId)?.keys() ?? [])]) this.#removeOne(txId, digest);
    }
  }

  purgeBelow(height: number): void {
    for (const [at, txIds] of this.#byHeight) {
      if (at >= height) continue;
      this.#byHeight.delete(at);
      for (const txId of txIds) {
        for (const [digest, kept] of [...(this.#kept.get(txId) ?? [])]) {
          if (kept.height < height) this.#removeOne(txId, digest);
        }
      }
    }
  }

  async close(): Promise<void> {
    await this.#db.close();
  }

  #remember(txId: string, digest: string, kept: Kept): void {
    const sets = this.#kept.get(txId) ?? new Map<string, Kept>();
    sets.set(digest, kept);
    this.#kept.set(txId, sets);
    const txIds = this.#byHeight.get(kept.height) ?? new Set();
    txIds.add(txId);
    this.#byHeight.set(kept.height, txIds);
  }

  #removeOne(txId: string, digest: string): void {
    const sets = this.#kept.get(txId);
    const kept = sets?.get(digest);
    if (sets === undefined || kept === undefined) return;
    sets.delete(digest);
    if (sets.size === 0) this.#kept.delete(txId);
    const isLeft = [...sets.values()].some(({ height }) => height === kept.height);
    if (!isLeft) this.#byHeight.get(kept.height)?.delete(txId);
    // What a full disk keeps from being removed is found by its height at a later start.
    committed(this.#db, this.#path, this.#db.remove(keyOf(txId, digest))).catch(() => undefined);
  }
}

function keyOf(txId: string, digest: string): string {
  return `${txId}${SEPARATOR}${digest}`;
}
