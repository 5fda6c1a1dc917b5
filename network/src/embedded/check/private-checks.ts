import { createHash } from 'node:crypto';
import { ledger } from '@hyperledger/fabric-protos';
import type { CollectionSet, Judged } from '../committer/index.js';
import type { Height } from '../parts.js';
import { collectionName, hashKey, type PrivateKeyRef } from '../state/index.js';
import { LedgerFault } from './ledger-fault.js';

const { kvrwset, TxPvtReadWriteSet } = ledger.rwset;

/** A private value that came with its transaction and is not there any more. */
export interface MissingValue extends PrivateKeyRef {
  readonly writtenAt: Height;
}

/**
 * Every private value beside a block is one that its transaction announced by hash.
 * @returns the values that are gone from write sets that are here: somebody must have erased them.
 * @throws LedgerFault (PRIVATE_DATA).
 */
export function checkPrivateSets(
  block: number,
  judged: readonly Judged[],
  privateSets: ReadonlyMap<number, Uint8Array>,
): MissingValue[] {
  const missing: MissingValue[] = [];
  for (const [index, bytes] of privateSets) {
    const entry = judged[index];
    const place = { transaction: index, txId: entry?.txId };
    if (entry?.transaction === undefined || entry.code !== 0) {
      throw new LedgerFault('PRIVATE_DATA', 'there are private data of a transaction that has none', place);
    }
    const { readWriteSet } = entry.transaction;
    for (const namespaceSet of decodeSet(bytes).getNsPvtRwsetList()) {
      const namespace = namespaceSet.getNamespace();
      const announced = readWriteSet.find((set) => set.namespace === namespace)?.collections ?? [];
      for (const set of namespaceSet.getCollectionPvtRwsetList()) {
        const name = set.getCollectionName();
        const collection = announced.find((candidate) => candidate.name === name);
        const gone = collection && goneFrom(set.getRwset_asU8(), collection);
        if (gone === undefined) {
          throw new LedgerFault('PRIVATE_DATA', `private data of ${name} do not fit their hashes`, place);
        }
        const writtenAt = { block, transaction: index };
        missing.push(...gone.map((keyHash) => ({ namespace, collection: name, keyHash, writtenAt })));
      }
    }
  }
  return missing;
}

function decodeSet(bytes: Uint8Array): ledger.rwset.TxPvtReadWriteSet {
  try {
    return TxPvtReadWriteSet.deserializeBinary(bytes);
  } catch {
    throw new LedgerFault('PRIVATE_DATA', 'private data cannot be read');
  }
}

/** Hashes of keys that the set no longer has; undefined where it has something else than was announced. */
function goneFrom(bytes: Uint8Array, announced: CollectionSet): Uint8Array[] | undefined {
  if (sha256(bytes).equals(announced.privateSetHash)) return [];
  const present = new Set<string>();
  try {
    for (const write of kvrwset.KVRWSet.deserializeBinary(bytes).getWritesList()) {
      const keyHash = sha256(Buffer.from(write.getKey()));
      const expected = announced.writes.find((candidate) => keyHash.equals(candidate.keyHash));
      const fits =
        expected !== undefined &&
        (write.getIsDelete() ? expected.isDelete : sha256(write.getValue_asU8()).equals(expected.valueHash));
      if (!fits) return undefined;
      present.add(hashKey(keyHash));
    }
  } catch {
    return undefined;
  }
  const gone = announced.writes.map(({ keyHash }) => keyHash).filter((hash) => !present.has(hashKey(hash)));
  // All that was announced is here, and the whole does not fit: something was added or changed.
  return gone.length === 0 ? undefined : gone;
}

function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}

/** Missing values that wait for the block that explains why they are gone. */
export class Unexplained {
  readonly #byKey = new Map<string, MissingValue[]>();

  add(missing: readonly MissingValue[]): void {
    for (const value of missing) {
      const list = this.#byKey.get(idOf(value)) ?? [];
      list.push(value);
      this.#byKey.set(idOf(value), list);
    }
  }

  /** A purge erases all that was written before; `only`: an expiry, what one block wrote. */
  explain(ref: PrivateKeyRef, upTo: Height, only?: number): void {
    const left = this.#byKey.get(idOf(ref))?.filter(({ writtenAt }) => {
      const isBefore =
        writtenAt.block < upTo.block ||
        (writtenAt.block === upTo.block && writtenAt.transaction <= upTo.transaction);
      return !isBefore || (only !== undefined && writtenAt.block !== only);
    });
    if (left === undefined) return;
    if (left.length === 0) this.#byKey.delete(idOf(ref));
    else this.#byKey.set(idOf(ref), left);
  }

  /** The first one, in the blocks' order, that nothing explains. */
  first(): MissingValue | undefined {
    return [...this.#byKey.values()]
      .flat()
      .sort((a, b) => a.writtenAt.block - b.writtenAt.block)
      .at(0);
  }
}

function idOf({ namespace, collection, keyHash }: PrivateKeyRef): string {
  return `${collectionName(namespace, collection)}\0${hashKey(keyHash)}`;
}
