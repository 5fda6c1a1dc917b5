/**
 * Keys of the state database. Each begins with a letter for its kind; names (namespace, collection) end with a zero
 * byte, which Fabric's names never contain, and the last part is the rest, so that LMDB's byte order within a prefix
 * is the order of the keys' UTF-8.
 */
/** The longest key LMDB takes at its page size. */
export const MAX_KEY_BYTES = 1_978;

function prefixText(kind: string, names: readonly string[]): string {
  let text = kind;
  for (const name of names) text += `${name}\0`;
  return text;
}

function prefix(kind: string, ...names: string[]): Buffer {
  return Buffer.from(prefixText(kind, names));
}

function join(head: Buffer, rest: Uint8Array): Buffer {
  return Buffer.concat([head, rest]);
}

export function blockNumber(value: number): Buffer {
  const bytes = Buffer.alloc(6);
  bytes.writeUIntBE(value, 0, 6);
  return bytes;
}

function height(block: number, transaction: number): Buffer {
  const bytes = Buffer.alloc(10);
  bytes.writeUIntBE(block, 0, 6);
  bytes.writeUInt32BE(transaction, 6);
  return bytes;
}

export function readHeight(bytes: Buffer, at: number): { block: number; transaction: number } {
  return { block: bytes.readUIntBE(at, 6), transaction: bytes.readUInt32BE(at + 6) };
}
export const HEIGHT_BYTES = 10;

/** First key after all that begin with `head`. */
export function endOf(head: Buffer): Buffer {
  return join(head, Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff]));
}

export const keys = {
  meta: (name: string) => prefix('m', name),
  publicPrefix: (namespace: string) => prefix('s', namespace),
  public: (namespace: string, key: string) => Buffer.from(`${prefixText('s', [namespace])}${key}`),
  hash: (namespace: string, collection: string, keyHash: Uint8Array) =>
    join(prefix('h', namespace, collection), keyHash),
  privatePrefix: (namespace: string, collection: string) => prefix('p', namespace, collection),
  private: (namespace: string, collection: string, key: string) =>
    Buffer.from(`${prefixText('p', [namespace, collection])}${key}`),
  /** Key hash → key, for what has a private value. */
  preimage: (namespace: string, collection: string, keyHash: Uint8Array) =>
    join(prefix('k', namespace, collection), keyHash),
  /** Where private values of a key were written: the files they have to be erased from. */
  writtenPrefix: (namespace: string, collection: string, keyHash: Uint8Array) =>
    join(prefix('v', namespace, collection), keyHash),
  written: (namespace: string, collection: string, keyHash: Uint8Array, block: number, transaction: number) =>
    join(join(prefix('v', namespace, collection), keyHash), height(block, transaction)),
  /** A private value that is to be erased from the block files. */
  erasure: (namespace: string, collection: string, keyHash: Uint8Array, block: number, transaction: number) =>
    join(join(prefix('e', namespace, collection), keyHash), height(block, transaction)),
  erasures: Buffer.from('e'),
  historyPrefix: (namespace: string, key: string) => {
    const bytes = Buffer.from(key);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(bytes.length);
    return Buffer.concat([prefix('y', namespace), length, bytes]);
  },
  /** Bytes of the longest key that a key of the ledger leads to: its history's. */
  longest: (namespace: string, collection: string, key: string) =>
    Buffer.byteLength(namespace) + Buffer.byteLength(collection) + Buffer.byteLength(key) + 6 + HEIGHT_BYTES,
  history: (namespace: string, key: string, block: number, transaction: number) =>
    join(keys.historyPrefix(namespace, key), height(block, transaction)),
  /** Private values to be erased when block `expiry` commits. */
  expiryPrefix: (expiry: number) => join(Buffer.from('x'), blockNumber(expiry)),
  expiry: (expiry: number, namespace: string, collection: string, keyHash: Uint8Array) =>
    Buffer.concat([Buffer.from('x'), blockNumber(expiry), prefix('', namespace, collection), keyHash]),
  transaction: (txId: string) => Buffer.from(`t${txId}`),
  block: (number: number) => join(Buffer.from('b'), blockNumber(number)),
  blockHash: (hash: Uint8Array) => join(Buffer.from('B'), hash),
} as const;

interface PrivateKeyName {
  namespace: string;
  collection: string;
  keyHash: Buffer;
}

function readPrivateKeyName(names: Buffer): PrivateKeyName {
  const first = names.indexOf(0);
  const second = names.indexOf(0, first + 1);
  return {
    namespace: names.subarray(0, first).toString(),
    collection: names.subarray(first + 1, second).toString(),
    keyHash: Buffer.from(names.subarray(second + 1)),
  };
}

/** Namespace, collection and key hash of an expiry key. */
export function readExpiryKey(key: Buffer): PrivateKeyName {
  return readPrivateKeyName(key.subarray(7));
}

export function readErasureKey(
  key: Buffer,
): PrivateKeyName & { writtenAt: { block: number; transaction: number } } {
  const end = key.length - HEIGHT_BYTES;
  return { ...readPrivateKeyName(key.subarray(1, end)), writtenAt: readHeight(key, end) };
}

/** Namespace, collection and key of a private value's key. */
export function readPrivateKey(key: Buffer): { namespace: string; collection: string; key: string } {
  const names = key.subarray(1);
  const first = names.indexOf(0);
  const second = names.indexOf(0, first + 1);
  return {
    namespace: names.subarray(0, first).toString(),
    collection: names.subarray(first + 1, second).toString(),
    key: names.subarray(second + 1).toString(),
  };
}
