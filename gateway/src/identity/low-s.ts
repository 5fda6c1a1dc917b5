import { sign, type KeyObject } from 'node:crypto';

/** Order of P-256 and its half: Fabric refuses a signature whose s is above the half. */
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n;
const HALF = ORDER >> 1n;

/** ECDSA P-256 over the SHA-256 of a message, by OpenSSL: DER with low s, the only form that Fabric takes. */
export function signLowS(message: Uint8Array, key: KeyObject): Uint8Array {
  return derFromP1363(sign('sha256', message, { key, dsaEncoding: 'ieee-p1363' }));
}

/**
 * DER with low s from r||s as WebCrypto and JOSE give it.
 * @throws RangeError unless 64 bytes, with r and s within 1 … order - 1.
 */
export function derFromP1363(raw: Uint8Array): Uint8Array {
  if (raw.length !== 64) throw new RangeError('a P-256 signature has 64 bytes');
  const r = BigInt(`0x${Buffer.from(raw.subarray(0, 32)).toString('hex')}`);
  const s = BigInt(`0x${Buffer.from(raw.subarray(32)).toString('hex')}`);
  if (r === 0n || s === 0n || r >= ORDER || s >= ORDER) throw new RangeError('r or s is out of range');
  const body = Buffer.concat([derInteger(r), derInteger(s > HALF ? ORDER - s : s)]);
  return Buffer.concat([Buffer.of(0x30, body.length), body]);
}

function derInteger(value: bigint): Buffer {
  const hex = value.toString(16);
  const bytes = Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex');
  const padded = (bytes[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.of(0), bytes]) : bytes;
  return Buffer.concat([Buffer.of(0x02, padded.length), padded]);
}
