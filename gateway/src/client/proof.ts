import { createHash, randomUUID } from 'node:crypto';
import { SignJWT, exportJWK, generateKeyPair } from 'jose';

/** A key that a token is bound to (RFC 9449). It lives in this process alone. */
export interface ProofKey {
  /** A proof for one request; with the token that goes along. */
  prove(method: string, url: string, token?: string): Promise<string>;
}

export async function createProofKey(): Promise<ProofKey> {
  const { privateKey, publicKey } = await generateKeyPair('ES256');
  const { kty, crv, x, y } = await exportJWK(publicKey);
  const jwk = { kty, crv, x, y } as { kty: string; crv: string; x: string; y: string };
  return {
    prove(method, url, token) {
      const target = new URL(url);
      const ath = token === undefined ? {} : { ath: createHash('sha256').update(token).digest('base64url') };
      return new SignJWT({ htm: method, htu: target.origin + target.pathname, jti: randomUUID(), ...ath })
        .setProtectedHeader({ typ: 'dpop+jwt', alg: 'ES256', jwk })
        .setIssuedAt()
        .sign(privateKey);
    },
  };
}
