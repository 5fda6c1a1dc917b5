import {
  fieldsOf,
  NOTHING,
  putBytes,
  putMessage,
  readLong,
  readTwo,
  readUnsignedLong,
  skip,
  writer,
  readText,
} from './fields.js';

/** common.Envelope. */
export interface Envelope {
  /** The whole, marshalled. */
  readonly bytes: Uint8Array;
  readonly payload: Uint8Array;
  readonly signature: Uint8Array;
}

/** common.Payload. */
export interface Payload {
  readonly header: Header | undefined;
  readonly data: Uint8Array;
}

/** common.Header: both parts marshalled. */
export interface Header {
  readonly bytes: Uint8Array;
  readonly channelHeader: Uint8Array;
  readonly signatureHeader: Uint8Array;
}

/** common.ChannelHeader. */
export interface ChannelHeader {
  readonly type: number;
  readonly timestamp: Timestamp | undefined;
  readonly channelId: string;
  readonly txId: string;
  readonly epoch: number;
  readonly extension: Uint8Array;
}

/** google.protobuf.Timestamp. */
export interface Timestamp {
  readonly seconds: number;
  readonly nanos: number;
}

/** common.SignatureHeader. */
export interface SignatureHeader {
  readonly creator: Uint8Array;
  readonly nonce: Uint8Array;
}

export function readEnvelope(bytes: Uint8Array): Envelope {
  const [payload, signature] = readTwo(bytes);
  return { bytes, payload, signature };
}

export function writeEnvelope(payload: Uint8Array, signature: Uint8Array): Uint8Array {
  const to = writer();
  putBytes(to, 1, payload);
  putBytes(to, 2, signature);
  return to.finish();
}

export function readPayload(bytes: Uint8Array): Payload {
  const reader = fieldsOf(bytes);
  let header: Header | undefined;
  let data = NOTHING;
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag === 10) header = readHeader(reader.bytes());
    else if (tag === 18) data = reader.bytes();
    else skip(reader, tag);
  }
  return { header, data };
}

/** @param header marshalled */
export function writePayload(header: Uint8Array, data: Uint8Array): Uint8Array {
  const to = writer();
  putMessage(to, 1, header);
  putBytes(to, 2, data);
  return to.finish();
}

export function readHeader(bytes: Uint8Array): Header {
  const [channelHeader, signatureHeader] = readTwo(bytes);
  return { bytes, channelHeader, signatureHeader };
}

export function readChannelHeader(bytes: Uint8Array): ChannelHeader {
  const reader = fieldsOf(bytes);
  let type = 0;
  let timestamp: Timestamp | undefined;
  let channelId = '';
  let txId = '';
  let epoch = 0;
  let extension = NOTHING;
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag === 8) type = reader.int32();
    else if (tag === 26) timestamp = readTimestamp(reader.bytes());
    else if (tag === 34) channelId = readText(reader);
    else if (tag === 42) txId = readText(reader);
    else if (tag === 48) epoch = readUnsignedLong(reader);
    else if (tag === 58) extension = reader.bytes();
    else skip(reader, tag);
  }
  return { type, timestamp, channelId, txId, epoch, extension };
}

function readTimestamp(bytes: Uint8Array): Timestamp {
  const reader = fieldsOf(bytes);
  let seconds = 0;
  let nanos = 0;
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag === 8) seconds = readLong(reader);
    else if (tag === 16) nanos = reader.int32();
    else skip(reader, tag);
  }
  return { seconds, nanos };
}

/** To the millisecond. */
export function toDate({ seconds, nanos }: Timestamp): Date {
  return new Date(seconds * 1_000 + nanos / 1_000_000);
}

/** msp.SerializedIdentity. */
export interface SerializedIdentity {
  readonly mspId: string;
  /** PEM of the certificate. */
  readonly idBytes: Uint8Array;
}

export function readSerializedIdentity(bytes: Uint8Array): SerializedIdentity {
  const reader = fieldsOf(bytes);
  let mspId = '';
  let idBytes = NOTHING;
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag === 10) mspId = readText(reader);
    else if (tag === 18) idBytes = reader.bytes();
    else skip(reader, tag);
  }
  return { mspId, idBytes };
}

export function readSignatureHeader(bytes: Uint8Array): SignatureHeader {
  const [creator, nonce] = readTwo(bytes);
  return { creator, nonce };
}
