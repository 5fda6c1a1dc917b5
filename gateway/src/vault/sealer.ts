import { createHash, createHmac, hkdfSync, randomBytes, timingSafeEqual } from 'node:crypto';
import { canonicalJson } from '@medaccord/chaincode/api';
import { BoxError, openBox, sealAgain, sealBox } from './sealed-box.js';

/** What a sealed document is bound to: a block opens only as this version of this record of this patient. */
export interface RecordBinding {
  readonly patient: string;
  readonly record: string;
  readonly version: number;
}
export interface SealedDocument {
  readonly mediaType: string;
  readonly data: Uint8Array;
}
export interface SealedRecord {
  readonly block: Buffer;
  /** SHA-256 of the block. */
  readonly contentHash: string;
  /** SHA-256 of the canonical capsule: commits to the record key without telling it. */
  readonly capsuleHash: string;
  /** 32 fresh random bytes, for this block alone. */
  readonly key: Buffer;
}

export const DOCUMENT_MAX_BYTES = 8 * 1024 * 1024;
const MEDIA_TYPE_MAX = 128;
const KEY = 32;
const NONCE = 12;

export class SealError extends Error {
  constructor(
    readonly code: 'DOCUMENT_TOO_LARGE' | 'MEDIA_TYPE_INVALID' | 'SEAL_BROKEN' | 'KEY_MISMATCH',
    message: string,
  ) {
    super(message);
  }
}

/** Seals documents and wraps their keys. The full vault replaces it behind this interface. */
export interface Sealer {
  seal(document: SealedDocument, binding: RecordBinding): SealedRecord;
  /** The record key under this organisation's vault key. */
  wrap(key: Uint8Array, binding: RecordBinding): Buffer;
  /** @throws SealError SEAL_BROKEN */
  unwrap(wrapped: Uint8Array, binding: RecordBinding): Buffer;
}

export function sealer(vaultKey: Uint8Array): Sealer {
  const wrapping = Buffer.from(hkdfSync('sha256', vaultKey, new Uint8Array(), 'medaccord record keys', 32));
  return {
    seal: sealDocument,
    wrap: (key, binding) => sealBox(key, wrapping, bytesOf(binding)),
    unwrap: (wrapped, binding) => open(wrapped, wrapping, binding),
  };
}

function sealDocument(document: SealedDocument, binding: RecordBinding): SealedRecord {
  return sealWith(document, binding, randomBytes(KEY), randomBytes(NONCE));
}

/**
 * Whether a leaf is of this very document: who wrote it seals it again with what the custodian says it sealed with.
 * @throws SealError DOCUMENT_TOO_LARGE, MEDIA_TYPE_INVALID
 */
export function isSealOf(
  { contentHash, capsuleHash }: { contentHash: string; capsuleHash: string },
  document: SealedDocument,
  binding: RecordBinding,
  { key, nonce }: { key: Uint8Array; nonce: Uint8Array },
): boolean {
  if (key.length !== KEY || nonce.length !== NONCE) return false;
  const sealed = sealWith(document, binding, key, nonce);
  return sealed.contentHash === contentHash && sealed.capsuleHash === capsuleHash;
}

function sealWith(
  { mediaType, data }: SealedDocument,
  binding: RecordBinding,
  key: Uint8Array,
  nonce: Uint8Array,
): SealedRecord {
  const type = Buffer.from(mediaType, 'latin1');
  if (data.length > DOCUMENT_MAX_BYTES)
    throw new SealError('DOCUMENT_TOO_LARGE', 'a document has at most 8 MiB');
  if (type.length === 0 || type.length > MEDIA_TYPE_MAX || !/^[\x21-\x7e ]+$/.test(mediaType)) {
    throw new SealError('MEDIA_TYPE_INVALID', 'a media type has 1 to 128 ASCII characters');
  }
  const plaintext = Buffer.concat([Buffer.of(type.length), type, data]);
  const block = sealAgain(plaintext, key, bytesOf(binding), nonce);
  const contentHash = createHash('sha256').update(block).digest('hex');
  return { block, contentHash, capsuleHash: capsuleHash(key), key: Buffer.from(key) };
}

/**
 * Opens a block with its record key, at the custodian or at a reader.
 * @throws SealError KEY_MISMATCH for a key that `expectedCapsule` does not commit to, SEAL_BROKEN for a block that
 * is not this record's.
 */
export function openDocument(
  block: Uint8Array,
  key: Uint8Array,
  binding: RecordBinding,
  expectedCapsule: string,
): { mediaType: string; data: Buffer } {
  const expected = Buffer.from(expectedCapsule, 'hex');
  const actual = Buffer.from(capsuleHash(key), 'hex');
  if (expected.length !== actual.length || !timingSafeEqual(expected, actual)) {
    throw new SealError('KEY_MISMATCH', 'the key is not the one that the ledger has a commitment to');
  }
  const plaintext = open(block, key, binding);
  const length = plaintext[0] ?? 0;
  return {
    mediaType: plaintext.subarray(1, 1 + length).toString('latin1'),
    data: plaintext.subarray(1 + length),
  };
}

/** AES-GCM alone does not commit to its key: two keys may open one block. The ledger's hash of this does. */
function capsuleHash(key: Uint8Array): string {
  const commitment = createHmac('sha256', key).update('medaccord record key').digest('hex');
  return createHash('sha256')
    .update(canonicalJson({ alg: 'A256GCM', commitment }))
    .digest('hex');
}

function open(box: Uint8Array, key: Uint8Array, binding: RecordBinding): Buffer {
  try {
    return openBox(box, key, bytesOf(binding));
  } catch (error) {
    if (error instanceof BoxError)
      throw new SealError('SEAL_BROKEN', 'the seal does not open for this record');
    throw error;
  }
}

function bytesOf({ patient, record, version }: RecordBinding): Buffer {
  return Buffer.from(canonicalJson({ patient, record, version }));
}
