import type { X509Certificate } from 'node:crypto';
import { Problem } from '../errors.js';
import { checkHolder, thumbprint, type Holder, type Revocations } from '../identity/certificate.js';
import type { Caller } from '../ports.js';
import { sameText } from './constant-time.js';
import type { ProofVerifier } from './dpop.js';
import type { TokenClaims, Tokens } from './tokens.js';

/** What a request shows of its sender. */
export interface Credentials {
  readonly method: string;
  /** Scheme, host and path as this gateway knows itself. */
  readonly url: string;
  readonly authorization: string | undefined;
  readonly proof: string | undefined;
  /** DER of the certificate of this TLS connection. */
  readonly clientCertificate: Uint8Array | undefined;
}

export interface AuthParts {
  readonly organisation: { readonly name: string; readonly mspId: string };
  readonly development: boolean;
  readonly issuers: readonly X509Certificate[];
  readonly revocations: Revocations;
  readonly tokens: Tokens;
  readonly proofs: ProofVerifier;
  readonly now?: () => number;
}

export interface Authenticated {
  readonly caller: Caller;
  /** Undefined with a bare client certificate. */
  readonly token: TokenClaims | undefined;
}

/**
 * Finds out who sends a request: by token (its binding proved anew each time), else by client certificate.
 * @throws Problem UNAUTHENTICATED, PROOF_REQUIRED, TOKEN_REVOKED, CERTIFICATE_REVOKED.
 */
export async function authenticate(parts: AuthParts, credentials: Credentials): Promise<Authenticated> {
  const { authorization, clientCertificate } = credentials;
  if (authorization === undefined) {
    if (clientCertificate === undefined) throw new Problem('UNAUTHENTICATED', 'log in first');
    return { caller: callerOf(parts, await holderOf(parts, clientCertificate)), token: undefined };
  }
  const [, scheme, token] =
    /^(Bearer|DPoP) ([A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+)$/i.exec(authorization) ?? [];
  if (scheme === undefined || token === undefined) {
    throw new Problem('UNAUTHENTICATED', 'the Authorization header is malformed');
  }
  const claims = await parts.tokens.verify(token);
  const binding = await checkBinding(parts, credentials, scheme.toLowerCase(), token, claims);
  if (await parts.revocations.isRevoked(claims.serial)) {
    throw new Problem('CERTIFICATE_REVOKED', 'the certificate is revoked');
  }
  const certificate = parts.tokens.certificateOf(claims);
  const caller: Caller = {
    subject: claims.sub,
    role: claims.role,
    organisation: claims.org,
    mspId: claims.mspId,
    binding,
    expiresAt: new Date(claims.exp * 1_000),
    ...(certificate === undefined ? {} : { certificate }),
  };
  return { caller, token: claims };
}

/** The certificate of a TLS connection, checked as a login. */
export function holderOf(parts: AuthParts, certificate: string | Uint8Array): Promise<Holder> {
  return checkHolder(certificate, parts.issuers, parts.revocations, new Date((parts.now ?? Date.now)()));
}

async function checkBinding(
  parts: AuthParts,
  credentials: Credentials,
  scheme: string,
  token: string,
  { cnf }: TokenClaims,
): Promise<Caller['binding']> {
  if (cnf === undefined) {
    if (scheme !== 'bearer' || !parts.development)
      throw new Problem('UNAUTHENTICATED', 'the token is not bound');
    return 'none';
  }
  if ('jkt' in cnf) {
    if (scheme !== 'dpop' || credentials.proof === undefined) {
      throw new Problem('PROOF_REQUIRED', 'this token needs the DPoP scheme and a proof');
    }
    const { method, url, proof } = credentials;
    const key = await parts.proofs.verify(proof, { method, url, token });
    if (!sameText(key, cnf.jkt)) throw new Problem('UNAUTHENTICATED', 'the proof is by another key');
    return 'dpop';
  }
  const shown = credentials.clientCertificate;
  if (scheme !== 'bearer' || shown === undefined || !sameText(thumbprint(shown), cnf['x5t#S256'])) {
    throw new Problem('PROOF_REQUIRED', 'this token needs the client certificate it was issued to');
  }
  return 'mutual-tls';
}

function callerOf(parts: AuthParts, holder: Holder): Caller {
  return {
    subject: holder.subject,
    role: holder.role,
    organisation: parts.organisation.name,
    mspId: parts.organisation.mspId,
    binding: 'mutual-tls',
    certificate: holder.certificate.toString(),
  };
}

/** May a connection that was authenticated before go on? False after the token's end and after a revocation. */
export async function stillValid(parts: AuthParts, { caller, token }: Authenticated): Promise<boolean> {
  const now = (parts.now ?? Date.now)();
  if (token === undefined) {
    if (caller.certificate === undefined) return false;
    return await holderOf(parts, caller.certificate).then(
      () => true,
      () => false,
    );
  }
  if (token.exp * 1_000 <= now || parts.tokens.isRevoked(token)) return false;
  return await parts.revocations.isRevoked(token.serial).then(
    (revoked) => !revoked,
    () => true,
  );
}
