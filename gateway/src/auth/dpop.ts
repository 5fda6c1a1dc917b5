import { createHash } from 'node:crypto';
import { jwtVerify } from 'jose';
import { z } from 'zod';
import { Problem } from '../errors.js';
import { sameText } from './constant-time.js';
import { ExpiringSet } from './expiring-set.js';
import { ProofKeys } from './proof-keys.js';

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

export function createProofVerifier(now: () => number = Date.now): ProofVerifier {
  const seen = new ExpiringSet(200_000, now);
  const keys = new ProofKeys();
  return {
    async verify(proof, context) {
      const { claims, thumbprint } = await open(proof, keys, now());
      const age = now() / 1_000 - claims.iat;
      if (age > LIFE_S || age < -SKEW_S) refuse('is too old or from the future');
      if (claims.htm !== context.method) refuse('is for another method');
      if (!sameUrl(claims.htu, context.url)) refuse('is for another address');
      if (context.token !== undefined) {
        const hash = createHash('sha256').update(context.token, 'ascii').digest('base64url');
        if (claims.ath === undefined || !sameText(claims.ath, hash)) refuse('is for another token');
      }
      if (!seen.add(`${thumbprint}:${claims.jti}`, now() + (LIFE_S + SKEW_S) * 1_000))
        refuse('was used before');
      return thumbprint;
    },
  };
}

async function open(
  proof: string,
  keys: ProofKeys,
  now: number,
): Promise<{ claims: z.output<typeof Claims>; thumbprint: string }> {
  let thumbprint: string | undefined;
  try {
    const { payload } = await jwtVerify(
      proof,
      async ({ jwk }) => {
        if (jwk === undefined) return refuse('carries no public key');
        const found = await keys.find(jwk);
        thumbprint = found.thumbprint;
        return found.key;
      },
      { typ: 'dpop+jwt', algorithms: ['ES256'], currentDate: new Date(now) },
    );
    const claims = Claims.parse(payload);
    return { claims, thumbprint: thumbprint ?? refuse('carries no public key') };
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
