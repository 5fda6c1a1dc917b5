import { createPrivateKey, createPublicKey, sign, type KeyObject } from 'node:crypto';
import { JWS_TYPES, canonicalJson, keyId, type PublicJwk } from '@medaccord/chaincode/api';

export type StatementKind = keyof typeof JWS_TYPES;

/**
 * Signs a consent, a revocation, a change of keys or the reading of an own record as the patient: a compact JWS
 * (ES256) whose payload is exactly the canonical JSON, as `/prepare` gives it. The key never leaves this process.
 */
export function signStatement(
  statement: unknown,
  kind: StatementKind,
  privateKey: string | KeyObject,
): string {
  const key = typeof privateKey === 'string' ? createPrivateKey(privateKey) : privateKey;
  const header = { alg: 'ES256', kid: keyId(publicJwk(key)), typ: JWS_TYPES[kind] };
  const content = [canonicalJson(header), canonicalJson(statement)].map((text) =>
    Buffer.from(text, 'utf8').toString('base64url'),
  );
  const input = content.join('.');
  const signature = sign('sha256', Buffer.from(input, 'ascii'), { key, dsaEncoding: 'ieee-p1363' });
  return `${input}.${signature.toString('base64url')}`;
}

/** The public part of a P-256 key, as a patient registers it. */
export function publicJwk(key: KeyObject): PublicJwk {
  const { x = '', y = '' } = (key.type === 'private' ? createPublicKey(key) : key).export({ format: 'jwk' });
  return { kty: 'EC', crv: 'P-256', x, y };
}

/** Signs what `/v1/transactions` asks for: its `payload`, whose SHA-256 is `digest`. */
export function signTransactionStep(step: { payload?: string }, privateKey: string | KeyObject): string {
  const key = typeof privateKey === 'string' ? createPrivateKey(privateKey) : privateKey;
  const payload = Buffer.from(step.payload ?? '', 'base64url');
  return sign('sha256', payload, { key, dsaEncoding: 'ieee-p1363' }).toString('base64url');
}
