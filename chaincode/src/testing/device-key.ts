import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { canonicalJson, keyId, type PublicJwk } from '../api/index.js';

/** A patient's (or guardian's) device: a P-256 key that signs statements as compact JWS. */
export interface DeviceKey {
  readonly kid: string;
  readonly jwk: PublicJwk;
  /** JWS over the canonical JSON of the payload. */
  sign(typ: string, payload: unknown): string;
  /** JWS over any two texts: for what must be refused. */
  signRaw(header: string, payload: string): string;
}

export function deviceKey(): DeviceKey {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const jwk = publicKey.export({ format: 'jwk' }) as PublicJwk;
  const { kty, crv, x, y } = jwk;
  const kid = keyId(jwk);
  const signRaw = (header: string, payload: string) => compact(privateKey, header, payload);
  return {
    kid,
    jwk: { kty, crv, x, y },
    signRaw,
    sign: (typ, payload) => signRaw(JSON.stringify({ alg: 'ES256', kid, typ }), canonicalJson(payload)),
  };
}

function compact(key: KeyObject, header: string, payload: string): string {
  const input = [header, payload].map((text) => Buffer.from(text).toString('base64url')).join('.');
  const signature = sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' });
  return `${input}.${signature.toString('base64url')}`;
}
