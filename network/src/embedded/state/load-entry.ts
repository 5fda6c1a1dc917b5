import { createHash } from 'node:crypto';
import type { Entry } from './entry-file.js';
import { blockNumber, keys, readHeight, readPrivateKey } from './keys.js';
import type { StateDb } from './state-db.js';

/** An entry of a snapshot; private values come with the offset of their record in its file. */
export interface LoadedEntry extends Entry {
  readonly offset?: number;
}

/** Puts an entry and what follows from it, inside a transaction of the database. */
export function loadEntry(db: StateDb, { key, value, offset }: LoadedEntry): void {
  void db.put(key, value);
  if (offset === undefined) return;
  const { namespace, collection, key: name } = readPrivateKey(key);
  const keyHash = createHash('sha256').update(name).digest();
  const { block, transaction } = readHeight(value, 0);
  void db.put(keys.preimage(namespace, collection, keyHash), Buffer.from(name));
  void db.put(keys.written(namespace, collection, keyHash, block, transaction), blockNumber(offset));
}
