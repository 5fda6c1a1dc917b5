import { createHash } from 'node:crypto';
import type { Height } from '../parts.js';
import type { Update, UpdateBatch } from '../state/index.js';
import { putBytes, putMessage, putText, writer } from '../wire/index.js';

/** Fabric's order-preserving number: how many bytes, then the bytes without leading zeros. */
function orderedNumber(value: number): Buffer {
  const digits: number[] = [];
  for (let rest = value; rest > 0; rest = Math.floor(rest / 256)) digits.unshift(rest % 256);
  return Buffer.from([digits.length, ...digits]);
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
  const to = writer();
  for (const { namespace = '', collection = '', key, update } of writes) {
    to.uint32(10).fork();
    putText(to, 1, namespace);
    putText(to, 2, collection);
    putBytes(to, 3, key);
    if (update.value === undefined) to.uint32(32).bool(true);
    else putMessage(to, 5, update.value);
    putBytes(to, 6, versionBytes(update.version));
    to.ldelim();
  }
  return to.finish();
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
