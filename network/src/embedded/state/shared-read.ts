import type { VersionedValue } from '../parts.js';
import type { StateDb } from './state-db.js';

/** Values that are kept. */
const REMEMBERED = 10_000;

/**
 * One read transaction for all snapshots that are taken between two commits, and what they have found: transactions
 * of one block ask for the same definitions, policies and keys.
 */
export class SharedRead {
  readonly transaction: ReturnType<StateDb['useReadTransaction']>;
  readonly #values = new Map<string, VersionedValue | undefined>();
  #users = 0;
  #isOver = false;

  constructor(db: StateDb) {
    this.transaction = db.useReadTransaction();
  }

  /** The value of that name, read by `read` where nobody has asked for it before. */
  value(name: string, read: () => VersionedValue | undefined): VersionedValue | undefined {
    let value = this.#values.get(name);
    if (value === undefined && !this.#values.has(name)) {
      value = read();
      if (this.#values.size < REMEMBERED) this.#values.set(name, value);
    }
    return value;
  }

  join(): void {
    this.#users += 1;
  }

  leave(): void {
    this.#users -= 1;
    this.#endWhenUnused();
  }

  /** Nobody joins any more. */
  end(): void {
    this.#isOver = true;
    this.#endWhenUnused();
  }

  #endWhenUnused(): void {
    if (!this.#isOver || this.#users > 0) return;
    this.#values.clear();
    this.transaction.done();
  }
}
