import { createHash } from 'node:crypto';
import { canonicalJson } from './canonical-json.js';
import type { PublicJwk } from './primitives.js';

/** JWK thumbprint (RFC 7638, SHA-256, base64url) of a P-256 key: its `kid`. */
export function keyId({ crv, kty, x, y }: PublicJwk): string {
  return createHash('sha256').update(canonicalJson({ crv, kty, x, y })).digest('base64url');
}
