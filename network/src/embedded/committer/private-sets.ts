import { createHash } from 'node:crypto';
import { ledger } from '@hyperledger/fabric-protos';
import type { PrivateKeyRef } from '../state/index.js';
import type { NamespaceSet } from './read-write-set.js';

const { kvrwset, NsPvtReadWriteSet, TxPvtReadWriteSet } = ledger.rwset;

/**
 * The private write sets whose hashes the transaction names, picked from all that were offered for it. What does not
 * fit, or is not here, is left out: the block commits with that private data missing.
 */
export function fittingPrivateSet(
  sets: readonly NamespaceSet[],
  offered: readonly ledger.rwset.TxPvtReadWriteSet[],
): ledger.rwset.TxPvtReadWriteSet | undefined {
  if (offered.length === 0) return undefined;
  const fitting = new TxPvtReadWriteSet();
  for (const { namespace, collections } of sets) {
    const candidates = offered
      .flatMap((set) => set.getNsPvtRwsetList())
      .filter((set) => set.getNamespace() === namespace)
      .flatMap((set) => set.getCollectionPvtRwsetList());
    const kept = collections.flatMap(({ name, privateSetHash }) => {
      const named = candidates.filter((candidate) => candidate.getCollectionName() === name);
      return named.find((candidate) => sha256(candidate.getRwset_asU8()).equals(privateSetHash)) ?? [];
    });
    if (kept.length === 0) continue;
    const namespaceSet = new NsPvtReadWriteSet();
    namespaceSet.setNamespace(namespace);
    namespaceSet.setCollectionPvtRwsetList(kept);
    fitting.addNsPvtRwset(namespaceSet);
  }
  return fitting.getNsPvtRwsetList().length === 0 ? undefined : fitting;
}

function sha256(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
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
          return !sha256(Buffer.from(write.getKey())).equals(ref.keyHash);
        }),
      );
      collection.setRwset(set.serializeBinary());
    }
  }
  return message.serializeBinary();
}
