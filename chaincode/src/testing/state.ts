import { createHash } from 'node:crypto';

export interface Versioned {
  readonly value: Buffer;
  /** Number of the transaction that wrote it. */
  readonly version: number;
  /** Marshalled key-level policy, where one was set. */
  readonly policy?: Buffer;
}

/** Committed state, as every peer has it, and the private values that each organisation holds. */
export class WorldState {
  /** Public keys. */
  readonly values = new Map<string, Versioned>();
  /** Hashes of private values, by `collection \0 key`; what every peer holds. */
  readonly hashes = new Map<string, Versioned>();
  /** Plaintexts by MSP id, then by `collection \0 key`. */
  readonly plaintexts = new Map<string, Map<string, Buffer>>();
  /** Every value a public key ever had, oldest first. */
  readonly history = new Map<string, { txId: string; value: Buffer; isDelete: boolean; at: Date }[]>();

  plaintextsOf(mspId: string): Map<string, Buffer> {
    const held = this.plaintexts.get(mspId) ?? new Map<string, Buffer>();
    this.plaintexts.set(mspId, held);
    return held;
  }
}

export function privateKey(collection: string, key: string): string {
  return `${collection}\u0000${key}`;
}

export function sha256(value: Uint8Array): Buffer {
  return createHash('sha256').update(value).digest();
}

/** Entries with start <= key < end, in byte order of their UTF-8; an empty end means "to the last". */
export function rangeOf<T>(entries: ReadonlyMap<string, T>, start: string, end: string): [string, T][] {
  const inside = [...entries].filter(
    ([key]) => compareBytes(key, start) >= 0 && (end === '' || compareBytes(key, end) < 0),
  );
  return inside.sort(([a], [b]) => compareBytes(a, b));
}

function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
