import type { Height } from '../parts.js';
import type { Metadata } from './records.js';

/** What a key becomes; `value` undefined: deleted. */
export interface Update {
  readonly value: Uint8Array | undefined;
  readonly metadata: Metadata | undefined;
  readonly version: Height;
}

export interface PrivateUpdate {
  readonly namespace: string;
  readonly collection: string;
  readonly key: string;
  readonly keyHash: Uint8Array;
  /** Undefined: deleted. */
  readonly value: Uint8Array | undefined;
  readonly version: Height;
}

export interface PrivateKeyRef {
  readonly namespace: string;
  readonly collection: string;
  readonly keyHash: Uint8Array;
}

/** A nested map whose inner maps are made when first needed. */
export class NamedUpdates {
  readonly #byName = new Map<string, Map<string, Update>>();

  get(name: string, key: string): Update | undefined {
    return this.#byName.get(name)?.get(key);
  }
  set(name: string, key: string, update: Update): void {
    let updates = this.#byName.get(name);
    if (updates === undefined) this.#byName.set(name, (updates = new Map()));
    updates.set(key, update);
  }
  of(name: string): ReadonlyMap<string, Update> {
    return this.#byName.get(name) ?? new Map();
  }
  names(): string[] {
    return [...this.#byName.keys()];
  }
}

/** Hashed keys are kept under `namespace NUL collection`, by the key hash as a latin1 string. */
export const collectionName = (namespace: string, collection: string): string =>
  `${namespace}\0${collection}`;
export const hashKey = (keyHash: Uint8Array): string => Buffer.from(keyHash).toString('latin1');

/** All that one block changes. */
export class UpdateBatch {
  readonly publicUpdates = new NamedUpdates();
  readonly hashedUpdates = new NamedUpdates();
  /** In the order of the transactions; a later one of the same key wins. */
  readonly privateUpdates: PrivateUpdate[] = [];
  /** Purged by a transaction: every value ever written up to the transaction is erased from the files too. */
  readonly purges: (PrivateKeyRef & { version: Height })[] = [];
  readonly history: { namespace: string; key: string; transaction: number; isDelete: boolean }[] = [];
}
