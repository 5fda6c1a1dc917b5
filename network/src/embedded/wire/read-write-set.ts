import {
  fieldsOf,
  NOTHING,
  putBytes,
  putMessage,
  putUnsignedLong,
  putText,
  readUnsignedLong,
  skip,
  writer,
  type Writer,
  readText,
} from './fields.js';

/** Block and transaction number at which a value was written (kvrwset.Version). */
export interface Height {
  readonly block: number;
  readonly transaction: number;
}

/** rwset.NsReadWriteSet. */
export interface NamespaceSetMessage {
  readonly namespace: string;
  /** Marshalled kvrwset.KVRWSet. */
  readonly rwset: Uint8Array;
  /** Marshalled rwset.CollectionHashedReadWriteSet. */
  readonly collections: readonly Uint8Array[];
}

/** kvrwset.KVRWSet. What is rare is marshalled. */
export interface KeySet {
  readonly reads: readonly KeyRead[];
  /** kvrwset.RangeQueryInfo. */
  readonly ranges: readonly Uint8Array[];
  readonly writes: readonly KeyWrite[];
  /** kvrwset.KVMetadataWrite. */
  readonly metadataWrites: readonly Uint8Array[];
}

export interface KeyRead {
  readonly key: string;
  /** Undefined: there was no value. */
  readonly version: Height | undefined;
}

export interface KeyWrite {
  readonly key: string;
  readonly isDelete: boolean;
  readonly value: Uint8Array;
}

/** The namespaces of a rwset.TxReadWriteSet. */
export function readTxReadWriteSet(bytes: Uint8Array): NamespaceSetMessage[] {
  const reader = fieldsOf(bytes);
  const sets: NamespaceSetMessage[] = [];
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag === 18) sets.push(readNamespaceSet(reader.bytes()));
    else skip(reader, tag);
  }
  return sets;
}

function readNamespaceSet(bytes: Uint8Array): NamespaceSetMessage {
  const reader = fieldsOf(bytes);
  let namespace = '';
  let rwset = NOTHING;
  const collections: Uint8Array[] = [];
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag === 10) namespace = readText(reader);
    else if (tag === 18) rwset = reader.bytes();
    else if (tag === 26) collections.push(reader.bytes());
    else skip(reader, tag);
  }
  return { namespace, rwset, collections };
}

/** The data model is KV, which is 0. */
export function writeTxReadWriteSet(sets: readonly NamespaceSetMessage[]): Uint8Array {
  const to = writer();
  for (const { namespace, rwset, collections } of sets) {
    to.uint32(18).fork();
    putText(to, 1, namespace);
    putBytes(to, 2, rwset);
    for (const collection of collections) putMessage(to, 3, collection);
    to.ldelim();
  }
  return to.finish();
}

export function readKeySet(bytes: Uint8Array): KeySet {
  const reader = fieldsOf(bytes);
  const reads: KeyRead[] = [];
  const ranges: Uint8Array[] = [];
  const writes: KeyWrite[] = [];
  const metadataWrites: Uint8Array[] = [];
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag === 10) reads.push(readKeyRead(reader.bytes()));
    else if (tag === 18) ranges.push(reader.bytes());
    else if (tag === 26) writes.push(readKeyWrite(reader.bytes()));
    else if (tag === 34) metadataWrites.push(reader.bytes());
    else skip(reader, tag);
  }
  return { reads, ranges, writes, metadataWrites };
}

export function writeKeySet({ reads, ranges, writes, metadataWrites }: KeySet): Uint8Array {
  const to = writer();
  for (const read of reads) putKeyRead(to, read);
  for (const range of ranges) putMessage(to, 2, range);
  for (const write of writes) putKeyWrite(to, write);
  for (const write of metadataWrites) putMessage(to, 4, write);
  return to.finish();
}

function readKeyRead(bytes: Uint8Array): KeyRead {
  const reader = fieldsOf(bytes);
  let key = '';
  let version: Height | undefined;
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag === 10) key = readText(reader);
    else if (tag === 18) version = readVersion(reader.bytes());
    else skip(reader, tag);
  }
  return { key, version };
}

function putKeyRead(to: Writer, { key, version }: KeyRead): void {
  to.uint32(10).fork();
  putText(to, 1, key);
  if (version !== undefined) {
    to.uint32(18).fork();
    putUnsignedLong(to, 1, version.block);
    putUnsignedLong(to, 2, version.transaction);
    to.ldelim();
  }
  to.ldelim();
}

function readVersion(bytes: Uint8Array): Height {
  const reader = fieldsOf(bytes);
  let block = 0;
  let transaction = 0;
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag === 8) block = readUnsignedLong(reader);
    else if (tag === 16) transaction = readUnsignedLong(reader);
    else skip(reader, tag);
  }
  return { block, transaction };
}

function readKeyWrite(bytes: Uint8Array): KeyWrite {
  const reader = fieldsOf(bytes);
  let key = '';
  let isDelete = false;
  let value = NOTHING;
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag === 10) key = readText(reader);
    else if (tag === 16) isDelete = reader.bool();
    else if (tag === 26) value = reader.bytes();
    else skip(reader, tag);
  }
  return { key, isDelete, value };
}

function putKeyWrite(to: Writer, { key, isDelete, value }: KeyWrite): void {
  to.uint32(26).fork();
  putText(to, 1, key);
  if (isDelete) to.uint32(16).bool(true);
  putBytes(to, 3, value);
  to.ldelim();
}
