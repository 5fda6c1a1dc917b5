import { createHash } from 'node:crypto';
import protobuf from 'google-protobuf';
import type { Height } from '../parts.js';
import type { Update, UpdateBatch } from '../state/index.js';

/** Fabric's order-preserving number: how many bytes, then the bytes without leading zeros. */
function orderedNumber(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  const start = bytes.findIndex((byte) => byte !== 0);
  const digits = start === -1 ? Buffer.alloc(0) : bytes.subarray(start);
  return Buffer.concat([Buffer.from([digits.length]), digits]);
}

function versionBytes(version: Height): Buffer {
  return Buffer.concat([orderedNumber(version.block), orderedNumber(version.transaction)]);
}

function byBytes(a: Buffer, b: Buffer): number {
  return Buffer.compare(a, b);
}

interface Write {
  namespace?: string;
  collection?: string;
  key: Buffer;
  update: Update;
}

function sortedWrites(updates: ReadonlyMap<string, Update>, encoding: 'utf8' | 'latin1'): Write[] {
  return [...updates]
    .map(([key, update]) => ({ key: Buffer.from(key, encoding), update }))
    .sort((a, b) => byBytes(a.key, b.key));
}

/** The block's public and hashed changes in Fabric's one order; the first write of a group names it. */
function orderedWrites(batch: UpdateBatch): Write[] {
  const collections = batch.hashedUpdates.names().map((name) => {
    const [namespace = '', collection = ''] = name.split('\0');
    return { name, namespace, collection };
  });
  const namespaces = new Set([
    ...batch.publicUpdates.names(),
    ...collections.map(({ namespace }) => namespace),
  ]);
  const writes: Write[] = [];
  for (const namespace of [...namespaces].sort((a, b) => byBytes(Buffer.from(a), Buffer.from(b)))) {
    const own = sortedWrites(batch.publicUpdates.of(namespace), 'utf8');
    const ofNamespace = collections
      .filter((entry) => entry.namespace === namespace)
      .sort((a, b) => byBytes(Buffer.from(a.collection), Buffer.from(b.collection)));
    for (const { name, collection } of ofNamespace) {
      const hashed = sortedWrites(batch.hashedUpdates.of(name), 'latin1');
      if (hashed[0] !== undefined) hashed[0].collection = collection;
      own.push(...hashed);
    }
    if (own[0] !== undefined) own[0].namespace = namespace;
    writes.push(...own);
  }
  return writes;
}

function encodeWrites(writes: readonly Write[]): Uint8Array {
  const writer = new protobuf.BinaryWriter();
  for (const write of writes) {
    writer.writeMessage(1, write, (item: Write, inner: protobuf.BinaryWriter) => {
      if (item.namespace) inner.writeString(1, item.namespace);
      if (item.collection) inner.writeString(2, item.collection);
      if (item.key.length > 0) inner.writeBytes(3, item.key);
      if (item.update.value === undefined) inner.writeBool(4, true);
      else inner.writeBytes(5, item.update.value);
      inner.writeBytes(6, versionBytes(item.update.version));
    });
  }
  return writer.getResultBuffer();
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest & 0x7f) | 0x80);
    rest >>>= 7;
  }
  return Buffer.from([...bytes, rest]);
}

/** Hash over verdicts, changes and the previous block's commit hash: equal on all peers that agree. */
export function commitHash(filter: Uint8Array, batch: UpdateBatch, previous: Uint8Array): Buffer {
  return createHash('sha256')
    .update(varint(filter.length))
    .update(filter)
    .update(encodeWrites(orderedWrites(batch)))
    .update(previous)
    .digest();
}
