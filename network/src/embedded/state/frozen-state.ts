import { endOf } from './keys.js';
import type { Entry } from './entry-file.js';
import type { Savepoint } from './savepoint.js';
import type { StateDb } from './state-db.js';
import { combineHashes, partHash, STATE_PART_NAMES, STATE_PARTS, type StatePart } from './state-parts.js';

/** All of a state at one height, whatever is written meanwhile. Close it. */
export class FrozenState {
  readonly savepoint: Savepoint | undefined;
  readonly #db: StateDb;
  readonly #transaction: ReturnType<StateDb['useReadTransaction']>;

  constructor(db: StateDb, read: (get: (key: Buffer) => Buffer | undefined) => Savepoint | undefined) {
    this.#db = db;
    this.#transaction = db.useReadTransaction();
    this.savepoint = read((key) => db.get(key, { transaction: this.#transaction }));
  }

  /** In the order of their keys. */
  part(name: StatePart): Iterable<Entry> {
    const start = Buffer.from(STATE_PARTS[name]);
    return this.#db.getRange({ start, end: endOf(start), transaction: this.#transaction });
  }

  /** Hex; undefined where no block is in the state. */
  hash(): string | undefined {
    if (this.savepoint === undefined) return undefined;
    const parts = Object.fromEntries(STATE_PART_NAMES.map((name) => [name, partHash(this.part(name))]));
    return combineHashes(this.savepoint, parts as Record<StatePart, string>);
  }

  close(): void {
    this.#transaction.done();
  }
}
