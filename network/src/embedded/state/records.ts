import type { BlockLocation } from '../blocks/index.js';
import type { Height, TxValidationCode } from '../parts.js';
import { HEIGHT_BYTES, readHeight } from './keys.js';

/** Values of the state database. */

export type Metadata = ReadonlyMap<string, Uint8Array>;

/** A value (or a hash) with its version and metadata. */
export interface VersionedRecord {
  readonly value: Buffer;
  readonly version: Height;
  readonly metadata?: Metadata;
}

/** Version · number of metadata entries · (name length, name, value length, value)* · value. */
export function encodeRecord(value: Uint8Array, version: Height, metadata: Metadata | undefined): Buffer {
  const head = Buffer.alloc(HEIGHT_BYTES + 4);
  head.writeUIntBE(version.block, 0, 6);
  head.writeUInt32BE(version.transaction, 6);
  head.writeUInt32BE(metadata?.size ?? 0, HEIGHT_BYTES);
  const parts: Uint8Array[] = [head];
  for (const [name, bytes] of metadata ?? []) {
    const nameBytes = Buffer.from(name);
    const lengths = Buffer.alloc(8);
    lengths.writeUInt32BE(nameBytes.length, 0);
    lengths.writeUInt32BE(bytes.length, 4);
    parts.push(lengths, nameBytes, bytes);
  }
  parts.push(value);
  return Buffer.concat(parts);
}

export function decodeRecord(bytes: Buffer): VersionedRecord {
  const version = readHeight(bytes, 0);
  const count = bytes.readUInt32BE(HEIGHT_BYTES);
  let offset = HEIGHT_BYTES + 4;
  if (count === 0) return { version, value: bytes.subarray(offset) };
  const metadata = new Map<string, Uint8Array>();
  for (let i = 0; i < count; i += 1) {
    const nameLength = bytes.readUInt32BE(offset);
    const valueLength = bytes.readUInt32BE(offset + 4);
    const nameStart = offset + 8;
    const name = bytes.subarray(nameStart, nameStart + nameLength).toString();
    offset = nameStart + nameLength + valueLength;
    metadata.set(name, bytes.subarray(nameStart + nameLength, offset));
  }
  return { version, metadata, value: bytes.subarray(offset) };
}

export interface TransactionRecord {
  readonly block: number;
  readonly index: number;
  readonly code: TxValidationCode;
}

export function encodeTransaction(record: TransactionRecord): Buffer {
  const bytes = Buffer.alloc(HEIGHT_BYTES + 1);
  bytes.writeUIntBE(record.block, 0, 6);
  bytes.writeUInt32BE(record.index, 6);
  bytes.writeUInt8(record.code, HEIGHT_BYTES);
  return bytes;
}

export function decodeTransaction(bytes: Buffer): TransactionRecord {
  const { block, transaction } = readHeight(bytes, 0);
  return { block, index: transaction, code: bytes.readUInt8(HEIGHT_BYTES) as TxValidationCode };
}

export function encodeLocation(location: BlockLocation): Buffer {
  const bytes = Buffer.alloc(18);
  bytes.writeUInt32BE(location.file, 0);
  bytes.writeUIntBE(location.offset, 4, 6);
  bytes.writeUInt32BE(location.blockLength, 10);
  bytes.writeUInt32BE(location.privateLength, 14);
  return bytes;
}

export function decodeLocation(bytes: Buffer): BlockLocation {
  return {
    file: bytes.readUInt32BE(0),
    offset: bytes.readUIntBE(4, 6),
    blockLength: bytes.readUInt32BE(10),
    privateLength: bytes.readUInt32BE(14),
  };
}
