import '../pki/provider.js';
import { createPrivateKey, sign, verify, X509Certificate as NodeCertificate } from 'node:crypto';
import { AuthorityKeyIdentifierExtension, X509Certificate } from '@peculiar/x509';
import { isLowS } from '../pki/index.js';
import { CaError } from './ca-error.js';
import { normalHex, type CertificateAuthority } from './certificate-authority.js';
import type { RegisteredIdentity } from './registry.js';

/** What a token signs: the request as it was sent. */
export interface SignedRequest {
  /** Upper case. */
  readonly method: string;
  /** Path and query, e.g. `/api/v1/register?ca=ca-hospital-a`. */
  readonly uri: string;
  readonly body: Uint8Array;
}

export interface TokenCaller {
  readonly identity: RegisteredIdentity;
  readonly serial: string;
  readonly authorityKeyId: string;
}

/**
 * Fabric CA's authorisation header: `base64(certificate PEM).base64(signature)`, where the signature (ECDSA-SHA256,
 * DER) is over `method.base64(uri).base64(body).base64(certificate PEM)`.
 */
export function createToken(request: SignedRequest, certificatePem: string, privateKeyPem: string): string {
  const certificate = Buffer.from(certificatePem).toString('base64');
  const key = createPrivateKey(privateKeyPem);
  let signature: Buffer;
  do signature = sign('sha256', payload(request, certificate), key);
  while (!isLowS(signature));
  return `${certificate}.${signature.toString('base64')}`;
}

/**
 * Whose request it is.
 * @throws CaError NO_AUTHORIZATION_HEADER, TOKEN_INVALID, CERTIFICATE_UNTRUSTED, CERTIFICATE_EXPIRED,
 * CERTIFICATE_REVOKED, IDENTITY_REVOKED
 */
export function verifyToken(
  authority: CertificateAuthority,
  request: SignedRequest,
  header: string | undefined,
): TokenCaller {
  if (header === undefined || header === '') {
    throw new CaError('NO_AUTHORIZATION_HEADER', 'No authorization header');
  }
  const [encoded = '', signatureText = '', ...more] = header.split('.');
  if (signatureText === '' || more.length > 0) throw invalid('it is not certificate.signature');
  const { node, parsed } = readCertificate(Buffer.from(encoded, 'base64').toString('utf8'));
  const signature = Buffer.from(signatureText, 'base64');
  if (!isLowS(signature)) throw invalid('its signature is no low-S ECDSA signature');
  if (!verify('sha256', payload(request, encoded), node.publicKey, signature)) {
    throw invalid('its signature does not match certificate and request');
  }
  return trusted(authority, node, parsed);
}

function trusted(
  authority: CertificateAuthority,
  node: NodeCertificate,
  parsed: X509Certificate,
): TokenCaller {
  const issuer = new NodeCertificate(Buffer.from(authority.issuer.certificate.rawData));
  if (!node.checkIssued(issuer) || !node.verify(issuer.publicKey)) {
    throw new CaError('CERTIFICATE_UNTRUSTED', 'The certificate was not issued by this authority');
  }
  const now = new Date();
  if (parsed.notBefore > now || parsed.notAfter < now) {
    throw new CaError('CERTIFICATE_EXPIRED', 'The certificate is not valid now');
  }
  const serial = normalHex(parsed.serialNumber);
  const issued = authority.registry.certificate(serial);
  if (issued === undefined) {
    throw new CaError(
      'CERTIFICATE_UNTRUSTED',
      `The certificate ${serial} is not in this authority's registry`,
    );
  }
  if (issued.revokedAt !== undefined)
    throw new CaError('CERTIFICATE_REVOKED', `Certificate ${serial} is revoked`);
  const identity = authority.registry.identity(issued.id);
  if (identity === undefined || identity.status === 'revoked') {
    throw new CaError('IDENTITY_REVOKED', `Identity '${issued.id}' is revoked`);
  }
  const authorityKeyId = parsed.getExtension(AuthorityKeyIdentifierExtension)?.keyId ?? '';
  return { identity, serial, authorityKeyId: normalHex(authorityKeyId) };
}

function readCertificate(pem: string): { node: NodeCertificate; parsed: X509Certificate } {
  try {
    const node = new NodeCertificate(pem);
    if (node.publicKey.asymmetricKeyDetails?.namedCurve !== 'prime256v1') throw new Error('no P-256 key');
    return { node, parsed: new X509Certificate(node.raw) };
  } catch (cause) {
    throw invalid('its certificate cannot be read', cause);
  }
}

function payload({ method, uri, body }: SignedRequest, certificate: string): Buffer {
  const base64 = (text: string | Uint8Array) =>
    (typeof text === 'string' ? Buffer.from(text) : Buffer.from(text)).toString('base64');
  return Buffer.from([method, base64(uri), base64(body), certificate].join('.'));
}

function invalid(reason: string, cause?: unknown): CaError {
  return new CaError('TOKEN_INVALID', `Invalid token in the authorization header: ${reason}`, { cause });
}
