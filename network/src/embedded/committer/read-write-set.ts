import { createHash } from 'node:crypto';
import { ledger } from '@hyperledger/fabric-protos';
import type { Height } from '../parts.js';
import { readKeySet, readTxReadWriteSet, type KeyRead } from '../wire/index.js';
import type { Metadata } from '../state/index.js';

const { kvrwset } = ledger.rwset;

/** What a transaction read and wrote, as plain values. */
export interface NamespaceSet {
  readonly namespace: string;
  readonly reads: readonly KeyRead[];
  readonly ranges: readonly ledger.rwset.kvrwset.RangeQueryInfo[];
  readonly writes: readonly { key: string; value: Uint8Array; isDelete: boolean }[];
  /** Metadata undefined: all of the key's metadata is deleted. */
  readonly metadataWrites: readonly { key: string; metadata: Metadata | undefined }[];
  readonly collections: readonly CollectionSet[];
}
export interface CollectionSet {
  readonly name: string;
  /** Hash of the collection's private write set; empty where the transaction only read. */
  readonly privateSetHash: Uint8Array;
  readonly reads: readonly { keyHash: Uint8Array; version: Height | undefined }[];
  readonly writes: readonly {
    keyHash: Uint8Array;
    valueHash: Uint8Array;
    isDelete: boolean;
    isPurge: boolean;
  }[];
  readonly metadataWrites: readonly { keyHash: Uint8Array; metadata: Metadata | undefined }[];
}

const EMPTY_HASH = createHash('sha256').digest();

export function toHeight(version: ledger.rwset.kvrwset.Version | undefined): Height | undefined {
  return version && { block: version.getBlockNum(), transaction: version.getTxNum() };
}

export function sameVersion(a: Height | undefined, b: Height | undefined): boolean {
  return a?.block === b?.block && a?.transaction === b?.transaction;
}

function toMetadata(entries: readonly ledger.rwset.kvrwset.KVMetadataEntry[]): Metadata | undefined {
  if (entries.length === 0) return undefined;
  return new Map(entries.map((entry) => [entry.getName(), entry.getValue_asU8()]));
}

function decodeCollection(bytes: Uint8Array): CollectionSet {
  const message = ledger.rwset.CollectionHashedReadWriteSet.deserializeBinary(bytes);
  const set = kvrwset.HashedRWSet.deserializeBinary(message.getHashedRwset_asU8());
  return {
    name: message.getCollectionName(),
    privateSetHash: message.getPvtRwsetHash_asU8(),
    reads: set.getHashedReadsList().map((read) => ({
      keyHash: read.getKeyHash_asU8(),
      version: toHeight(read.getVersion()),
    })),
    writes: set.getHashedWritesList().map((write) => {
      const valueHash = write.getValueHash_asU8();
      return {
        keyHash: write.getKeyHash_asU8(),
        valueHash,
        // An empty value is a deletion, for every peer.
        isDelete: write.getIsDelete() || valueHash.length === 0 || EMPTY_HASH.equals(valueHash),
        isPurge: write.getIsPurge(),
      };
    }),
    metadataWrites: set.getMetadataWritesList().map((write) => ({
      keyHash: write.getKeyHash_asU8(),
      metadata: toMetadata(write.getEntriesList()),
    })),
  };
}

/** @throws Error for bytes that are no read-write set. */
export function decodeReadWriteSet(bytes: Uint8Array): NamespaceSet[] {
  return readTxReadWriteSet(bytes).map(({ namespace, rwset, collections }) => {
    const { reads, ranges, writes, metadataWrites } = readKeySet(rwset);
    return {
      namespace,
      reads,
      ranges: ranges.map((range) => kvrwset.RangeQueryInfo.deserializeBinary(range)),
      writes: writes.map(({ key, value, isDelete }) => ({
        key,
        value,
        isDelete: isDelete || value.length === 0,
      })),
      metadataWrites: metadataWrites.map((bytes) => {
        const write = kvrwset.KVMetadataWrite.deserializeBinary(bytes);
        return { key: write.getKey(), metadata: toMetadata(write.getEntriesList()) };
      }),
      collections: collections.map(decodeCollection),
    };
  });
}

/** True where a transaction changes the namespace: its policy has to be satisfied. */
export function writesTo(set: NamespaceSet): boolean {
  return (
    set.writes.length > 0 ||
    set.metadataWrites.length > 0 ||
    set.collections.some((collection) => collection.writes.length > 0 || collection.metadataWrites.length > 0)
  );
}
