import { createPublicKey, verify, type KeyObject } from 'node:crypto';
import type { z } from 'zod';
import { KeyId, canonicalJson, type PublicJwk } from '../api/index.js';
import { refuse } from './errors.js';
import { parseShape } from './input.js';

/** A statement as its sender wrote it; nothing in it is to be trusted before `verifyStatement`. */
export interface SignedStatement<T> {
  readonly kid: string;
  readonly payload: T;
  readonly signingInput: string;
  readonly signature: Buffer;
}

/**
 * Reads a compact JWS whose header is exactly { alg: ES256, kid, typ } and whose payload is the canonical JSON
 * of a valid value of the shape, so that one statement has one text only.
 * @throws ContractError SIGNATURE_INVALID, INVALID_ARGUMENT (the payload has not that shape)
 */
export function readStatement<S extends z.ZodType>(
  jws: string,
  typ: string,
  shape: S,
): SignedStatement<z.output<S>> {
  const [protectedHeader = '', encodedPayload = '', encodedSignature = ''] = jws.split('.');
  const kid = readHeader(decode(protectedHeader).toString('utf8'), typ);
  const bytes = decode(encodedPayload);
  const payload = parseShape('payload', bytes.toString('utf8'), shape);
  if (!bytes.equals(Buffer.from(canonicalJson(payload)))) invalid('the payload is not canonical JSON');
  const signature = decode(encodedSignature);
  if (signature.length !== 64) invalid('the signature is not 64 bytes');
  return { kid, payload, signingInput: `${protectedHeader}.${encodedPayload}`, signature };
}

/** @throws ContractError SIGNATURE_INVALID */
export function verifyStatement(statement: SignedStatement<unknown>, jwk: PublicJwk): void {
  const key = { key: importKey(jwk), dsaEncoding: 'ieee-p1363' } as const;
  if (!verify('sha256', Buffer.from(statement.signingInput), key, statement.signature)) {
    invalid('the signature does not verify');
  }
}

/** @throws ContractError INVALID_ARGUMENT where the coordinates are no point of P-256, or written in two ways. */
export function importKey(jwk: PublicJwk): KeyObject {
  try {
    const key = createPublicKey({ key: jwk, format: 'jwk' });
    const { x, y } = key.export({ format: 'jwk' });
    if (x === jwk.x && y === jwk.y) return key;
  } catch {
    // OpenSSL's words differ between versions, and endorsers compare only results.
  }
  return refuse('INVALID_ARGUMENT', 'not a point of P-256');
}

/** JSON of exactly these members, once each and without spaces, in any order: libraries differ in order. */
function readHeader(text: string, typ: string): string {
  let header: unknown;
  try {
    header = JSON.parse(text);
  } catch {
    return invalid('the header is not JSON');
  }
  const members = Object.entries(header ?? {});
  const { alg, kid, typ: given } = Object.fromEntries(members) as Record<string, unknown>;
  if (members.length !== 3 || JSON.stringify(header) !== text)
    return invalid('the header is not alg, kid, typ');
  if (alg !== 'ES256') return invalid('alg is not ES256');
  if (given !== typ) return invalid(`typ is not ${typ}`);
  const parsed = KeyId.safeParse(kid);
  return parsed.success ? parsed.data : invalid('kid is not a key thumbprint');
}

/** Base64url of one spelling only: Node ignores stray characters and bits. */
function decode(part: string): Buffer {
  const bytes = Buffer.from(part, 'base64url');
  if (bytes.toString('base64url') !== part) invalid('not base64url');
  return bytes;
}

function invalid(detail: string): never {
  return refuse('SIGNATURE_INVALID', detail);
}
