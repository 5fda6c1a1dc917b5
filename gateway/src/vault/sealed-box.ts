import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

const KEY = 32;
const NONCE = 12;
const TAG = 16;
/** First byte of every box: AES-256-GCM, 96-bit nonce, 128-bit tag. */
const FORM = 1;

/** A box that does not open: another key, another context, or changed bytes. Which one is not told. */
export class BoxError extends Error {
  readonly code = 'BOX_NOT_OPENED';
}

/**
 * Seals bytes with AES-256-GCM under a fresh random nonce: form byte, nonce, ciphertext, tag.
 * @param key 32 bytes; at most 2^32 boxes a key.
 * @param context authenticated and not stored: opening needs the same.
 */
export function sealBox(plaintext: Uint8Array, key: Uint8Array, context: Uint8Array): Buffer {
  return sealAgain(plaintext, key, context, randomBytes(NONCE));
}

/** The nonce that a box was sealed with. @throws BoxError */
export function nonceOf(box: Uint8Array): Buffer {
  if (box.length < 1 + NONCE + TAG || box[0] !== FORM) throw new BoxError('not a sealed box');
  return Buffer.from(box.subarray(1, 1 + NONCE));
}

/**
 * The box that this plaintext gave under a key and nonce of old: for comparing, never for storing, as a nonce that
 * is used for two plaintexts gives both away. @throws BoxError for a key or nonce of another length
 */
export function sealAgain(
  plaintext: Uint8Array,
  key: Uint8Array,
  context: Uint8Array,
  nonce: Uint8Array,
): Buffer {
  if (key.length !== KEY || nonce.length !== NONCE) throw new BoxError('a key or nonce of another length');
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG }).setAAD(context);
  return Buffer.concat([
    Buffer.of(FORM),
    nonce,
    cipher.update(plaintext),
    cipher.final(),
    cipher.getAuthTag(),
  ]);
}

/** @throws BoxError */
export function openBox(box: Uint8Array, key: Uint8Array, context: Uint8Array): Buffer {
  if (box.length < 1 + NONCE + TAG || box[0] !== FORM) throw new BoxError('not a sealed box');
  const decipher = createDecipheriv('aes-256-gcm', key, box.subarray(1, 1 + NONCE), { authTagLength: TAG })
    .setAAD(context)
    .setAuthTag(box.subarray(box.length - TAG));
  try {
    return Buffer.concat([decipher.update(box.subarray(1 + NONCE, box.length - TAG)), decipher.final()]);
  } catch {
    throw new BoxError('the box does not open');
  }
}
