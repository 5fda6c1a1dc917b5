import { createHash } from 'node:crypto';
import { JWS_TYPES, canonicalJson } from '@medaccord/chaincode/api';

/** What a patient signs: the payload of the JWS is exactly `canonical`. */
export function toSign(statement: unknown, kind: keyof typeof JWS_TYPES) {
  const canonical = canonicalJson(statement);
  return {
    canonical,
    hash: createHash('sha256').update(canonical).digest('hex'),
    protectedHeader: { alg: 'ES256' as const, typ: JWS_TYPES[kind] },
  };
}
