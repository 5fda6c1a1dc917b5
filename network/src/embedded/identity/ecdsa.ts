import { sign, verify, type KeyObject } from 'node:crypto';
import { derChildren, encodeDer, encodeDerInteger, readDer } from './der.js';
import { IdentityError } from './identity-error.js';

/** Orders of the curves that Fabric's MSP accepts, by OpenSSL's name. */
const CURVE_ORDERS: Readonly<Record<string, bigint>> = {
  prime256v1: 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n,
  secp384r1:
    0xffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973n,
};

/** @throws IdentityError for a key that is not ECDSA on P-256 or P-384. */
export function curveOrder(key: KeyObject): bigint {
  const order = CURVE_ORDERS[key.asymmetricKeyDetails?.namedCurve ?? ''];
  if (order === undefined)
    throw new IdentityError('MALFORMED_IDENTITY', 'the public key is not on P-256 or P-384');
  return order;
}

function toBigInt(bytes: Uint8Array): bigint {
  return bytes.length === 0 ? 0n : BigInt(`0x${Buffer.from(bytes).toString('hex')}`);
}

/** Half of the order is the largest `s` that Fabric takes: the other root of a signature would be a second one. */
function hasLowS(signature: Uint8Array, order: bigint): boolean {
  try {
    const parts = derChildren(readDer(Buffer.from(signature)));
    const s = parts[1];
    return parts.length === 2 && s !== undefined && s.tag === 0x02 && toBigInt(s.content) <= order >> 1n;
  } catch {
    return false;
  }
}

/** ECDSA with SHA-256 over `message`; DER signature; a high S is refused. Never throws for a bad signature. */
export function verifyLowS(
  key: KeyObject,
  order: bigint,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  if (!hasLowS(signature, order)) return false;
  try {
    return verify('sha256', message, { key, dsaEncoding: 'der' }, signature);
  } catch {
    return false;
  }
}

/** ECDSA with SHA-256 over `message`, by OpenSSL; DER with a low S. */
export function signLowS(key: KeyObject, order: bigint, message: Uint8Array): Buffer {
  const raw = sign('sha256', message, { key, dsaEncoding: 'ieee-p1363' });
  const width = raw.length / 2;
  const r = raw.subarray(0, width);
  let s = raw.subarray(width);
  const value = toBigInt(s);
  if (value > order >> 1n) s = Buffer.from((order - value).toString(16).padStart(width * 2, '0'), 'hex');
  return encodeDer(0x30, Buffer.concat([encodeDerInteger(r), encodeDerInteger(s)]));
}
