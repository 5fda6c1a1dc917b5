import { createHash } from 'node:crypto';
import { ledger } from '@hyperledger/fabric-protos';
import type { Height } from '../parts.js';

const { kvrwset, NsReadWriteSet, TxReadWriteSet } = ledger.rwset;

/** Read-write sets in a short form, for tests. `value: null` deletes. */
export interface TestSet {
  readonly namespace?: string;
  readonly reads?: Readonly<Record<string, Height | undefined>>;
  readonly writes?: Readonly<Record<string, string | Uint8Array | null>>;
  readonly metadata?: Readonly<Record<string, Readonly<Record<string, Uint8Array>>>>;
  readonly ranges?: readonly {
    start: string;
    end: string;
    exhausted?: boolean;
    reads?: readonly { key: string; version: Height }[];
    summary?: { degree: number; level: number; hashes: readonly Uint8Array[] };
  }[];
  readonly private?: Readonly<Record<string, TestCollection>>;
}
export interface TestCollection {
  readonly reads?: Readonly<Record<string, Height | undefined>>;
  readonly writes?: Readonly<Record<string, string | null>>;
  readonly purges?: readonly string[];
  readonly metadata?: Readonly<Record<string, Readonly<Record<string, Uint8Array>>>>;
}

export const sha256 = (value: string | Uint8Array): Buffer => createHash('sha256').update(value).digest();

function versionOf(height: Height | undefined): ledger.rwset.kvrwset.Version | undefined {
  if (height === undefined) return undefined;
  const version = new kvrwset.Version();
  version.setBlockNum(height.block);
  version.setTxNum(height.transaction);
  return version;
}

function kvRead(key: string, height: Height | undefined): ledger.rwset.kvrwset.KVRead {
  const read = new kvrwset.KVRead();
  read.setKey(key);
  read.setVersion(versionOf(height));
  return read;
}

function kvWrite(key: string, value: string | Uint8Array | null): ledger.rwset.kvrwset.KVWrite {
  const write = new kvrwset.KVWrite();
  write.setKey(key);
  if (value === null) write.setIsDelete(true);
  else write.setValue(Buffer.from(value));
  return write;
}

function entriesOf(entries: Readonly<Record<string, Uint8Array>>): ledger.rwset.kvrwset.KVMetadataEntry[] {
  return Object.entries(entries).map(([name, value]) => {
    const entry = new kvrwset.KVMetadataEntry();
    entry.setName(name);
    entry.setValue(value);
    return entry;
  });
}

function publicSet(set: TestSet): ledger.rwset.kvrwset.KVRWSet {
  const message = new kvrwset.KVRWSet();
  message.setReadsList(Object.entries(set.reads ?? {}).map(([key, height]) => kvRead(key, height)));
  message.setWritesList(Object.entries(set.writes ?? {}).map(([key, value]) => kvWrite(key, value)));
  for (const [key, entries] of Object.entries(set.metadata ?? {})) {
    const write = new kvrwset.KVMetadataWrite();
    write.setKey(key);
    write.setEntriesList(entriesOf(entries));
    message.addMetadataWrites(write);
  }
  for (const range of set.ranges ?? []) {
    const info = new kvrwset.RangeQueryInfo();
    info.setStartKey(range.start);
    info.setEndKey(range.end);
    info.setItrExhausted(range.exhausted ?? true);
    if (range.summary === undefined) {
      const reads = new kvrwset.QueryReads();
      reads.setKvReadsList((range.reads ?? []).map(({ key, version }) => kvRead(key, version)));
      info.setRawReads(reads);
    } else {
      const summary = new kvrwset.QueryReadsMerkleSummary();
      summary.setMaxDegree(range.summary.degree);
      summary.setMaxLevel(range.summary.level);
      summary.setMaxLevelHashesList([...range.summary.hashes]);
      info.setReadsMerkleHashes(summary);
    }
    message.addRangeQueriesInfo(info);
  }
  return message;
}

function privateSet(collection: TestCollection): Uint8Array {
  const message = new kvrwset.KVRWSet();
  message.setWritesList([
    ...Object.entries(collection.writes ?? {}).map(([key, value]) => kvWrite(key, value)),
    ...(collection.purges ?? []).map((key) => kvWrite(key, null)),
  ]);
  return message.serializeBinary();
}

function hashedSet(collection: TestCollection): Uint8Array {
  const message = new kvrwset.HashedRWSet();
  for (const [key, height] of Object.entries(collection.reads ?? {})) {
    const read = new kvrwset.KVReadHash();
    read.setKeyHash(sha256(key));
    read.setVersion(versionOf(height));
    message.addHashedReads(read);
  }
  const addWrite = (key: string, value: string | null, isPurge: boolean): void => {
    const write = new kvrwset.KVWriteHash();
    write.setKeyHash(sha256(key));
    if (value === null) write.setIsDelete(true);
    else write.setValueHash(sha256(value));
    write.setIsPurge(isPurge);
    message.addHashedWrites(write);
  };
  for (const [key, value] of Object.entries(collection.writes ?? {})) addWrite(key, value, false);
  for (const key of collection.purges ?? []) addWrite(key, null, true);
  for (const [key, entries] of Object.entries(collection.metadata ?? {})) {
    const write = new kvrwset.KVMetadataWriteHash();
    write.setKeyHash(sha256(key));
    write.setEntriesList(entriesOf(entries));
    message.addMetadataWrites(write);
  }
  return message.serializeBinary();
}

/** The public set and the private sets that belong to it. */
export function encodeSets(sets: readonly TestSet[]): {
  results: Uint8Array;
  privateSets: ledger.rwset.TxPvtReadWriteSet;
} {
  const message = new TxReadWriteSet();
  const privateSets = new ledger.rwset.TxPvtReadWriteSet();
  for (const set of sets) {
    const namespace = set.namespace ?? 'cc';
    const ns = new NsReadWriteSet();
    ns.setNamespace(namespace);
    ns.setRwset(publicSet(set).serializeBinary());
    const nsPrivate = new ledger.rwset.NsPvtReadWriteSet();
    nsPrivate.setNamespace(namespace);
    for (const [name, collection] of Object.entries(set.private ?? {})) {
      const bytes = privateSet(collection);
      const hashed = new ledger.rwset.CollectionHashedReadWriteSet();
      hashed.setCollectionName(name);
      hashed.setHashedRwset(hashedSet(collection));
      if (bytes.length > 0) hashed.setPvtRwsetHash(sha256(bytes));
      ns.addCollectionHashedRwset(hashed);
      if (bytes.length === 0) continue;
      const own = new ledger.rwset.CollectionPvtReadWriteSet();
      own.setCollectionName(name);
      own.setRwset(bytes);
      nsPrivate.addCollectionPvtRwset(own);
    }
    message.addNsRwset(ns);
    if (nsPrivate.getCollectionPvtRwsetList().length > 0) privateSets.addNsPvtRwset(nsPrivate);
  }
  return { results: message.serializeBinary(), privateSets };
}
