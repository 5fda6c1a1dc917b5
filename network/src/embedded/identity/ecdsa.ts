import { sign, verify, type KeyObject } from 'node:crypto';
import { derChildren, encodeDer, encodeDerInteger, readDer } from './der.js';
import { IdentityError } from './identity-error.js';

/** A curve that Fabric's MSP accepts. */
export interface Curve {
  readonly order: bigint;
  /** Half of the order, big-endian: the largest `s` that Fabric takes; the other root would be a second signature. */
  readonly largestS: Buffer;
}

/** By OpenSSL's name. */
const CURVES: Readonly<Record<string, Curve>> = {
  prime256v1: curve('ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551'),
  secp384r1: curve(
    'ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973',
  ),
};

function curve(orderHex: string): Curve {
  const order = BigInt(`0x${orderHex}`);
  return { order, largestS: Buffer.from((order >> 1n).toString(16).padStart(orderHex.length, '0'), 'hex') };
}

/** @throws IdentityError for a key that is not ECDSA on P-256 or P-384. */
export function curveOf(key: KeyObject): Curve {
  const found = CURVES[key.asymmetricKeyDetails?.namedCurve ?? ''];
  if (found === undefined)
    throw new IdentityError('MALFORMED_IDENTITY', 'the public key is not on P-256 or P-384');
  return found;
}

/** @param s big-endian; leading zeros do not count */
function isLow(s: Uint8Array, { largestS }: Curve): boolean {
  let start = 0;
  while (s[start] === 0) start += 1;
  const width = s.length - start;
  if (width !== largestS.length) return width < largestS.length;
  return largestS.compare(s, start) >= 0;
}

function hasLowS(signature: Uint8Array, ofKey: Curve): boolean {
  try {
    const { buffer, byteOffset, byteLength } = signature;
    const parts = derChildren(readDer(Buffer.from(buffer, byteOffset, byteLength)));
    const s = parts[1];
    return parts.length === 2 && s !== undefined && s.tag === 0x02 && isLow(s.content, ofKey);
  } catch {
    return false;
  }
}

/** ECDSA with SHA-256 over `message`; DER signature; a high S is refused. Never throws for a bad signature. */
export function verifyLowS(
  key: KeyObject,
  ofKey: Curve,
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  if (!hasLowS(signature, ofKey)) return false;
  try {
    return verify('sha256', message, key, signature);
  } catch {
    return false;
  }
}

/** ECDSA with SHA-256 over `message`, by OpenSSL; DER with a low S. */
export function signLowS(key: KeyObject, ofKey: Curve, message: Uint8Array): Buffer {
  return encodeLowS(sign('sha256', message, { key, dsaEncoding: 'ieee-p1363' }), ofKey);
}

/** @param raw r and s, each as wide as the order */
function encodeLowS(raw: Buffer, ofKey: Curve): Buffer {
  const width = raw.length / 2;
  let s = raw.subarray(width);
  if (!isLow(s, ofKey)) {
    const other = ofKey.order - BigInt(`0x${s.toString('hex')}`);
    s = Buffer.from(other.toString(16).padStart(width * 2, '0'), 'hex');
  }
  return encodeDer(0x30, Buffer.concat([encodeDerInteger(raw.subarray(0, width)), encodeDerInteger(s)]));
}
