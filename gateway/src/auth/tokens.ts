import { createHash, createPublicKey, randomBytes, type KeyObject } from 'node:crypto';
import { Id, MspId, OrganisationName, Role } from '@medaccord/chaincode/api';
import { SignJWT, jwtVerify } from 'jose';
import { z } from 'zod';
import { Problem } from '../errors.js';
import type { Holder } from '../identity/certificate.js';
import { ExpiringSet } from './expiring-set.js';
import { KnownCertificates } from './known-certificates.js';

export const TOKEN_SECONDS = 600;
const CHALLENGE_SECONDS = 120;
const MAX_VERIFIED = 20_000;
const TOKEN_TYPE = 'at+jwt';
const CHALLENGE_TYPE = 'challenge+jwt';

/** Whom the token is bound to: a client certificate (RFC 8705), a proof key (RFC 9449), or whoever holds it. */
export type Confirmation = { 'x5t#S256': string } | { jkt: string } | undefined;

const TokenClaims = z.object({
  sub: Id,
  role: Role,
  org: OrganisationName,
  mspId: MspId,
  /** Serial number of the certificate that logged in: its revocation ends the token too. */
  serial: z.string(),
  boot: z.string(),
  jti: z.string(),
  exp: z.number(),
  cnf: z.union([z.strictObject({ 'x5t#S256': z.string() }), z.strictObject({ jkt: z.string() })]).optional(),
});
export type TokenClaims = z.output<typeof TokenClaims>;

const ChallengeClaims = z.object({ jti: z.string(), exp: z.number(), sub: Id });

export interface Tokens {
  /** An opaque text for the subject to sign, once, within two minutes. */
  challenge(subject: string): Promise<{ challenge: string; expiresAt: Date }>;
  /** Uses a challenge up. @throws Problem UNAUTHENTICATED where it is not ours, too old, used, or not his. */
  redeem(challenge: string, subject: string): Promise<void>;
  issue(holder: Holder, confirmation: Confirmation): Promise<string>;
  /** @throws Problem UNAUTHENTICATED or TOKEN_REVOKED. Sender binding is checked by `authenticate`. */
  verify(token: string): Promise<TokenClaims>;
  isRevoked(claims: TokenClaims): boolean;
  /** PEM of the certificate that logged in; undefined where it is not known any more. */
  certificateOf(claims: TokenClaims): string | undefined;
  /** At once, until its end. */
  revoke(claims: TokenClaims): void;
}

/**
 * ES256 JSON web tokens of one organisation's gateway. The revocation list lives as long as the process, and so do
 * the tokens: each carries the process's own mark, so that a restart cannot revive a revoked one.
 */
export function createTokens(
  key: KeyObject,
  organisation: { name: string; mspId: string },
  now: () => number = Date.now,
): Tokens {
  const publicKey = createPublicKey(key);
  const issuer = `urn:medaccord:gateway:${organisation.name}`;
  const boot = randomBytes(12).toString('base64url');
  const revoked = new ExpiringSet(1_000_000, now);
  const redeemed = new ExpiringSet(1_000_000, now);
  const certificates = new KnownCertificates(now);
  /** Claims of tokens whose signatures were verified, by the tokens' hashes: each is shown many times in its life. */
  const verified = new Map<string, TokenClaims>();
  const seconds = () => Math.floor(now() / 1_000);

  const open = async <T>(token: string, typ: string, audience: string, shape: z.ZodType<T>): Promise<T> => {
    try {
      const { payload } = await jwtVerify(token, publicKey, {
        algorithms: ['ES256'],
        typ,
        issuer,
        audience,
        currentDate: new Date(now()),
        requiredClaims: ['exp', 'iat', 'jti'],
      });
      return shape.parse(payload);
    } catch {
      throw new Problem('UNAUTHENTICATED', `the ${typ === TOKEN_TYPE ? 'token' : 'challenge'} is not valid`);
    }
  };

  return {
    async challenge(subject) {
      const exp = seconds() + CHALLENGE_SECONDS;
      const challenge = await new SignJWT({})
        .setProtectedHeader({ alg: 'ES256', typ: CHALLENGE_TYPE })
        .setIssuer(issuer)
        .setAudience(`${issuer}:login`)
        .setSubject(subject)
        .setJti(randomBytes(16).toString('base64url'))
        .setIssuedAt(seconds())
        .setExpirationTime(exp)
        .sign(key);
      return { challenge, expiresAt: new Date(exp * 1_000) };
    },
    async redeem(challenge, subject) {
      const claims = await open(challenge, CHALLENGE_TYPE, `${issuer}:login`, ChallengeClaims);
      if (claims.sub !== subject)
        throw new Problem('UNAUTHENTICATED', 'the challenge is for another subject');
      if (!redeemed.add(claims.jti, claims.exp * 1_000)) {
        throw new Problem('UNAUTHENTICATED', 'the challenge was used before');
      }
    },
    issue(holder, cnf) {
      certificates.add(holder.serial, holder.certificate.toString(), now() + TOKEN_SECONDS * 1_000);
      return new SignJWT({
        role: holder.role,
        org: organisation.name,
        mspId: organisation.mspId,
        serial: holder.serial,
        boot,
        ...(cnf === undefined ? {} : { cnf }),
      })
        .setProtectedHeader({ alg: 'ES256', typ: TOKEN_TYPE })
        .setIssuer(issuer)
        .setAudience(organisation.name)
        .setSubject(holder.subject)
        .setJti(randomBytes(16).toString('base64url'))
        .setIssuedAt(seconds())
        .setExpirationTime(seconds() + TOKEN_SECONDS)
        .sign(key);
    },
    async verify(token) {
      // By hash: how long a look-up takes says nothing about tokens.
      const hash = createHash('sha256').update(token).digest('base64url');
      let claims = verified.get(hash);
      if (claims === undefined) {
        claims = await open(token, TOKEN_TYPE, organisation.name, TokenClaims);
        if (claims.boot !== boot)
          throw new Problem('UNAUTHENTICATED', 'the gateway was restarted; log in again');
        const oldest = verified.keys().next();
        if (verified.size >= MAX_VERIFIED && oldest.done !== true) verified.delete(oldest.value);
        verified.set(hash, claims);
      }
      if (claims.exp * 1_000 <= now()) {
        verified.delete(hash);
        throw new Problem('UNAUTHENTICATED', 'the token is not valid');
      }
      if (revoked.has(claims.jti)) throw new Problem('TOKEN_REVOKED', 'the token was revoked');
      return claims;
    },
    isRevoked: (claims) => revoked.has(claims.jti),
    certificateOf: ({ serial }) => certificates.find(serial),
    revoke(claims) {
      revoked.add(claims.jti, claims.exp * 1_000);
    },
  };
}
