import { createHash } from 'node:crypto';
import { EmbeddedJWK, calculateJwkThumbprint, jwtVerify, type JWK } from 'jose';
import { z } from 'zod';
import { Problem } from '../errors.js';
import { sameText } from './constant-time.js';
import { ExpiringSet } from './expiring-set.js';

/** What a proof must be for (RFC 9449 section 4.3). */
export interface ProofContext {
  readonly method: string;
  /** Scheme, host and path as this gateway knows itself; no query. */
  readonly url: string;
  /** The token that comes with it; left out when a token is asked for. */
  readonly token?: string;
}

export interface ProofVerifier {
  /** @returns the thumbprint of the proof's key. @throws Problem UNAUTHENTICATED */
  verify(proof: string, context: ProofContext): Promise<string>;
}

const Claims = z.object({
  jti: z.string().min(1).max(128),
  htm: z.string(),
  htu: z.string(),
  iat: z.number(),
  ath: z.string().optional(),
});
/** A proof counts for a minute; clocks may differ by ten seconds. */
const LIFE_S = 60;
const SKEW_S = 10;
const PRIVATE_MEMBERS = ['d', 'p', 'q', 'k', 'dp', 'dq', 'qi', 'oth'];

export function createProofVerifier(now: () => number = Date.now): ProofVerifier {
  const seen = new ExpiringSet(200_000, now);
  return {
    async verify(proof, context) {
      const { claims, jwk } = await open(proof, now());
      const age = now() / 1_000 - claims.iat;
      if (age > LIFE_S || age < -SKEW_S) refuse('is too old or from the future');
      if (claims.htm !== context.method) refuse('is for another method');
      if (!sameUrl(claims.htu, context.url)) refuse('is for another address');
      if (context.token !== undefined) {
        const hash = createHash('sha256').update(context.token, 'ascii').digest('base64url');
        if (claims.ath === undefined || !sameText(claims.ath, hash)) refuse('is for another token');
      }
      const thumbprint = await calculateJwkThumbprint(jwk, 'sha256');
      if (!seen.add(`${thumbprint}:${claims.jti}`, now() + (LIFE_S + SKEW_S) * 1_000))
        refuse('was used before');
      return thumbprint;
    },
  };
}

async function open(proof: string, now: number): Promise<{ claims: z.output<typeof Claims>; jwk: JWK }> {
  try {
    const { payload, protectedHeader } = await jwtVerify(proof, EmbeddedJWK, {
      typ: 'dpop+jwt',
      algorithms: ['ES256'],
      currentDate: new Date(now),
    });
    const jwk = protectedHeader.jwk;
    if (jwk === undefined || PRIVATE_MEMBERS.some((member) => member in jwk))
      return refuse('carries no public key');
    return { claims: Claims.parse(payload), jwk };
  } catch (error) {
    if (error instanceof Problem) throw error;
    return refuse('is malformed or its signature is wrong');
  }
}

function refuse(reason: string): never {
  throw new Problem('UNAUTHENTICATED', `the DPoP proof ${reason}`);
}

/** Compares without query and fragment, after normalisation of scheme, host and default port. */
function sameUrl(claimed: string, own: string): boolean {
  try {
    const a = new URL(claimed);
    const b = new URL(own);
    return a.origin === b.origin && a.pathname === b.pathname;
  } catch {
    return false;
  }
}
