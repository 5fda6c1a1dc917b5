import { createHash } from 'node:crypto';
import { ledger } from '@hyperledger/fabric-protos';

const { rwset } = ledger;
const { kvrwset } = rwset;

export interface KeyVersion {
  readonly block: number;
  readonly transaction: number;
}

/** What a made-up transaction reads and writes in one chaincode's state. */
export interface ReadsAndWrites {
  readonly chaincode: string;
  /** Version undefined: the key was not there. */
  readonly reads?: readonly { readonly key: string; readonly version?: KeyVersion }[];
  /** Value undefined: the key is deleted. */
  readonly writes?: readonly { readonly key: string; readonly value?: string }[];
  /** Policies of keys: marshalled SignaturePolicyEnvelope. */
  readonly policies?: readonly { readonly key: string; readonly policy: Uint8Array }[];
  readonly ranges?: readonly {
    readonly start: string;
    readonly end: string;
    readonly found: readonly { readonly key: string; readonly version: KeyVersion }[];
  }[];
  /** Hashes of private writes, by collection. */
  readonly privateWrites?: readonly {
    readonly collection: string;
    readonly key: string;
    readonly value: string;
  }[];
}

const sha256 = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Marshalled rwset.TxReadWriteSet. */
export function encodeReadWriteSets(sets: readonly ReadsAndWrites[]): Uint8Array {
  const message = new rwset.TxReadWriteSet();
  message.setDataModel(rwset.TxReadWriteSet.DataModel.KV);
  message.setNsRwsetList(sets.map(namespaceSet));
  return message.serializeBinary();
}

function namespaceSet(set: ReadsAndWrites): ledger.rwset.NsReadWriteSet {
  const content = new kvrwset.KVRWSet();
  content.setReadsList((set.reads ?? []).map(({ key, version }) => read(key, version)));
  content.setWritesList((set.writes ?? []).map(({ key, value }) => write(key, value)));
  content.setMetadataWritesList((set.policies ?? []).map(({ key, policy }) => policyWrite(key, policy)));
  content.setRangeQueriesInfoList(
    (set.ranges ?? []).map(({ start, end, found }) => {
      const range = new kvrwset.RangeQueryInfo();
      range.setStartKey(start);
      range.setEndKey(end);
      range.setItrExhausted(true);
      const reads = new kvrwset.QueryReads();
      reads.setKvReadsList(found.map(({ key, version }) => read(key, version)));
      range.setRawReads(reads);
      return range;
    }),
  );
  const message = new rwset.NsReadWriteSet();
  message.setNamespace(set.chaincode);
  message.setRwset(content.serializeBinary());
  message.setCollectionHashedRwsetList((set.privateWrites ?? []).map(hashedSet));
  return message;
}

function read(key: string, version: KeyVersion | undefined): ledger.rwset.kvrwset.KVRead {
  const message = new kvrwset.KVRead();
  message.setKey(key);
  if (version !== undefined) {
    const at = new kvrwset.Version();
    at.setBlockNum(version.block);
    at.setTxNum(version.transaction);
    message.setVersion(at);
  }
  return message;
}

function write(key: string, value: string | undefined): ledger.rwset.kvrwset.KVWrite {
  const message = new kvrwset.KVWrite();
  message.setKey(key);
  if (value === undefined) message.setIsDelete(true);
  else message.setValue(Buffer.from(value));
  return message;
}

function policyWrite(key: string, policy: Uint8Array): ledger.rwset.kvrwset.KVMetadataWrite {
  const entry = new kvrwset.KVMetadataEntry();
  entry.setName('VALIDATION_PARAMETER');
  entry.setValue(policy);
  const message = new kvrwset.KVMetadataWrite();
  message.setKey(key);
  message.setEntriesList([entry]);
  return message;
}

function hashedSet({ collection, key, value }: { collection: string; key: string; value: string }) {
  const hashed = new kvrwset.KVWriteHash();
  hashed.setKeyHash(sha256(key));
  hashed.setValueHash(sha256(value));
  const content = new kvrwset.HashedRWSet();
  content.setHashedWritesList([hashed]);
  const message = new rwset.CollectionHashedReadWriteSet();
  message.setCollectionName(collection);
  message.setHashedRwset(content.serializeBinary());
  message.setPvtRwsetHash(sha256('private part that nobody was given'));
  return message;
}
