import { verify } from 'node:crypto';
import { Problem } from '../errors.js';
import { holderOf, type AuthParts } from './authenticate.js';
import { TOKEN_SECONDS, type Confirmation } from './tokens.js';

export interface LoginRequest {
  readonly method: string;
  readonly url: string;
  readonly challenge: string | undefined;
  readonly certificate: string | undefined;
  /** base64url of r||s over the challenge's bytes. */
  readonly signature: string | undefined;
  readonly proof: string | undefined;
  readonly clientCertificate: Uint8Array | undefined;
}
export interface IssuedToken {
  readonly token: string;
  readonly tokenType: 'Bearer' | 'DPoP';
  readonly expiresIn: number;
}

/**
 * Gives a token for a signed challenge, or for the client certificate of the connection where no challenge is sent.
 * @throws Problem UNAUTHENTICATED, CERTIFICATE_REVOKED, PROOF_REQUIRED (a plain bearer token outside development).
 */
export async function login(parts: AuthParts, request: LoginRequest): Promise<IssuedToken> {
  const { challenge, certificate, signature, clientCertificate } = request;
  const signed = challenge !== undefined && certificate !== undefined && signature !== undefined;
  if (!signed && (challenge ?? certificate ?? signature) !== undefined) {
    throw new Problem('REQUEST_INVALID', 'challenge, certificate and signature come together');
  }
  if (!signed && clientCertificate === undefined) {
    throw new Problem('UNAUTHENTICATED', 'sign a challenge, or connect with a client certificate');
  }
  const holder = await holderOf(parts, signed ? certificate : (clientCertificate ?? new Uint8Array()));
  if (signed) {
    const key = { key: holder.certificate.publicKey, dsaEncoding: 'ieee-p1363' } as const;
    if (!verify('sha256', Buffer.from(challenge, 'utf8'), key, Buffer.from(signature, 'base64url'))) {
      throw new Problem('UNAUTHENTICATED', 'the signature is wrong');
    }
    await parts.tokens.redeem(challenge, holder.subject);
  }
  const confirmation = await confirm(parts, request, signed ? undefined : holder.thumbprint);
  const token = await parts.tokens.issue(holder, confirmation);
  const tokenType = confirmation !== undefined && 'jkt' in confirmation ? 'DPoP' : 'Bearer';
  return { token, tokenType, expiresIn: TOKEN_SECONDS };
}

async function confirm(
  parts: AuthParts,
  { proof, method, url }: LoginRequest,
  certificate: string | undefined,
): Promise<Confirmation> {
  if (proof !== undefined) return { jkt: await parts.proofs.verify(proof, { method, url }) };
  if (certificate !== undefined) return { 'x5t#S256': certificate };
  if (parts.development) return undefined;
  throw new Problem('PROOF_REQUIRED', 'a token needs a DPoP proof or a client certificate');
}
