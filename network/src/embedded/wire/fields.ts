import protobuf from 'protobufjs/minimal.js';

/**
 * Fabric's messages that every transaction is made of, read and written without the generated classes, which cost a
 * small transaction a sixth of its time and most of its garbage (docs/performance.md):
 *
 * - What is read is a plain object with the fields that the ledger looks at. Bytes are views of what they were read
 *   from: nobody writes to them, and what was signed is carried, never encoded anew.
 * - A message inside another, or marshalled into a field of bytes, is read when its own `read…` is called.
 * - Unknown fields, and known ones of another wire type, are passed over; bytes that are no protobuf throw.
 *
 * The tests beside this file hold them against the generated classes in both directions. All other messages are the classes'.
 */
export type Reader = protobuf.Reader;
export type Writer = protobuf.Writer;

export const NOTHING: Uint8Array = new Uint8Array(0);

/** For a loop over fields: `while (reader.pos < reader.len)` read a tag, then its value, or `skip` it. */
export function fieldsOf(bytes: Uint8Array): Reader {
  return protobuf.Reader.create(bytes);
}

/** A field's number and wire type, as they stand before its value. */
const varintTag = (field: number): number => field << 3;
const bytesTag = (field: number): number => (field << 3) | 2;

/** @throws Error for what is no field. */
export function skip(reader: Reader, tag: number): void {
  if (tag >>> 3 === 0) throw new Error('a field has no number');
  reader.skipType(tag & 7);
}

/** @throws RangeError for a text that is cut off, which the library's own method makes shorter instead. */
export function readText(reader: Reader): string {
  const start = reader.pos;
  if (reader.uint32() > reader.len - reader.pos) throw new RangeError('a text ends behind its message');
  reader.pos = start;
  return reader.string();
}

const TWO_32 = 2 ** 32;

/** int64, as far as a double holds it. */
export function readLong(reader: Reader): number {
  const value = reader.int64();
  return typeof value === 'number' ? value : value.high * TWO_32 + (value.low >>> 0);
}

/** uint64, as far as a double holds it. */
export function readUnsignedLong(reader: Reader): number {
  const value = reader.uint64();
  return typeof value === 'number' ? value : (value.high >>> 0) * TWO_32 + (value.low >>> 0);
}

export function writer(): Writer {
  return protobuf.Writer.create();
}

/** Fields without a value are left out, as proto3 has it. */
export function putBytes(to: Writer, field: number, value: Uint8Array): void {
  if (value.length > 0) to.uint32(bytesTag(field)).bytes(value);
}
export function putText(to: Writer, field: number, value: string): void {
  if (value !== '') to.uint32(bytesTag(field)).string(value);
}
/** int32. */
export function putInteger(to: Writer, field: number, value: number): void {
  if (value !== 0) to.uint32(varintTag(field)).int32(value);
}
/** uint64. */
export function putUnsignedLong(to: Writer, field: number, value: number): void {
  if (value !== 0) to.uint32(varintTag(field)).uint64(value);
}
/** A message inside another is there also where it is empty. */
export function putMessage(to: Writer, field: number, marshalled: Uint8Array): void {
  to.uint32(bytesTag(field)).bytes(marshalled);
}

/** A message whose fields 1 and 2 are of bytes, and the only ones. */
export function readTwo(bytes: Uint8Array): [Uint8Array, Uint8Array] {
  const reader = fieldsOf(bytes);
  let first = NOTHING;
  let second = NOTHING;
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag === 10) first = reader.bytes();
    else if (tag === 18) second = reader.bytes();
    else skip(reader, tag);
  }
  return [first, second];
}
