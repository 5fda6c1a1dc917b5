import { createHash } from 'node:crypto';
import { ledger } from '@hyperledger/fabric-protos';
import type { Height } from '../parts.js';

const { kvrwset } = ledger.rwset;

/**
 * Fabric's summary of a long range read: reads are hashed in groups, the hashes in groups of more than `maxDegree`
 * into the next level, and only the topmost level is kept.
 */
export class MerkleSummary {
  readonly #maxDegree: number;
  readonly #levels = new Map<number, Buffer[]>();
  #pending: ledger.rwset.kvrwset.KVRead[] = [];
  #maxLevel = 1;

  constructor(maxDegree: number) {
    this.#maxDegree = maxDegree;
  }

  add(key: string, version: Height): void {
    const read = new kvrwset.KVRead();
    read.setKey(key);
    const at = new kvrwset.Version();
    at.setBlockNum(version.block);
    at.setTxNum(version.transaction);
    read.setVersion(at);
    this.#pending.push(read);
    if (this.#pending.length > this.#maxDegree) this.#hashPending();
  }

  /** Level 0 without hashes: there were too few reads for a summary. */
  finish(): { level: number; hashes: Buffer[] } {
    if (this.#levels.size === 0) return { level: 0, hashes: [] };
    if (this.#pending.length > 0) this.#hashPending();
    for (let level = 1; level < this.#maxLevel; level += 1) {
      const hashes = this.#levels.get(level) ?? [];
      const [first] = hashes;
      if (first === undefined) continue;
      this.#levels.delete(level);
      this.#push(level + 1, hashes.length === 1 ? first : combine(hashes));
    }
    const top = this.#levels.get(this.#maxLevel) ?? [];
    if (top.length > this.#maxDegree) return { level: this.#maxLevel + 1, hashes: [combine(top)] };
    return { level: this.#maxLevel, hashes: top };
  }

  #hashPending(): void {
    const reads = new kvrwset.QueryReads();
    reads.setKvReadsList(this.#pending);
    this.#pending = [];
    this.#push(1, createHash('sha256').update(reads.serializeBinary()).digest());
    for (let level = 1; ; level += 1) {
      const hashes = this.#levels.get(level) ?? [];
      if (hashes.length <= this.#maxDegree) return;
      this.#levels.delete(level);
      this.#push(level + 1, combine(hashes));
      this.#maxLevel = Math.max(this.#maxLevel, level + 1);
    }
  }

  #push(level: number, hash: Buffer): void {
    this.#levels.set(level, [...(this.#levels.get(level) ?? []), hash]);
  }
}

function combine(hashes: readonly Buffer[]): Buffer {
  return createHash('sha256').update(Buffer.concat(hashes)).digest();
}
