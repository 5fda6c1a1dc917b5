import { createHash } from 'node:crypto';
import { ledger } from '@hyperledger/fabric-protos';
import type { PrivateKeyRef } from '../state/index.js';
import type { NamespaceSet } from './read-write-set.js';

const { kvrwset, NsPvtReadWriteSet, TxPvtReadWriteSet } = ledger.rwset;

/**
 * The part of a transaction's private write sets whose hashes the transaction names. What does not fit, or is not
 * here, is left out: the block commits with that private data missing.
 */
export function fittingPrivateSet(
  sets: readonly NamespaceSet[],
  offered: ledger.rwset.TxPvtReadWriteSet | undefined,
): ledger.rwset.TxPvtReadWriteSet | undefined {
  if (offered === undefined) return undefined;
  const fitting = new TxPvtReadWriteSet();
  for (const namespaceSet of offered.getNsPvtRwsetList()) {
    const announced = sets.find((set) => set.namespace === namespaceSet.getNamespace())?.collections ?? [];
    const collections = namespaceSet.getCollectionPvtRwsetList().filter((collection) => {
      const expected = announced.find(({ name }) => name === collection.getCollectionName());
      const hash = createHash('sha256').update(collection.getRwset_asU8()).digest();
      return expected !== undefined && hash.equals(expected.privateSetHash);
    });
    if (collections.length === 0) continue;
    const kept = new NsPvtReadWriteSet();
    kept.setNamespace(namespaceSet.getNamespace());
    kept.setCollectionPvtRwsetList(collections);
    fitting.addNsPvtRwset(kept);
  }
  return fitting.getNsPvtRwsetList().length === 0 ? undefined : fitting;
}

/** A copy of a stored private write set without the values of one key. */
export function withoutKey(bytes: Uint8Array, ref: PrivateKeyRef): Uint8Array {
  const message = TxPvtReadWriteSet.deserializeBinary(bytes);
  for (const namespaceSet of message.getNsPvtRwsetList()) {
    if (namespaceSet.getNamespace() !== ref.namespace) continue;
    for (const collection of namespaceSet.getCollectionPvtRwsetList()) {
      if (collection.getCollectionName() !== ref.collection) continue;
      const set = kvrwset.KVRWSet.deserializeBinary(collection.getRwset_asU8());
      set.setWritesList(
        set.getWritesList().filter((write) => {
          const hash = createHash('sha256').update(write.getKey()).digest();
          return !hash.equals(ref.keyHash);
        }),
      );
      collection.setRwset(set.serializeBinary());
    }
  }
  return message.serializeBinary();
}
