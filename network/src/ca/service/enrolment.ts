import type { X509Certificate } from '@peculiar/x509';
import { CaError } from '../ca-error.js';
import type { CertificateAuthority } from '../certificate-authority.js';
import type { RegisteredIdentity } from '../registry.js';
import { readSigningRequest, type SigningRequest } from '../signing-request.js';
import type { TokenCaller } from '../token.js';
import type { EnrollRequest } from './messages.js';
import { base64, cainfo } from './operations.js';

const LOCAL = ['localhost', '127.0.0.1', '::1'];

/**
 * A first certificate, for a secret. The request is looked at before the secret, so that a faulty one does not use
 * an enrolment up.
 */
export async function enroll(
  authority: CertificateAuthority,
  credentials: { readonly id: string; readonly secret: string },
  request: EnrollRequest,
) {
  const signing = await readFor(credentials.id, request);
  const identity = await authority.authenticate(credentials.id, credentials.secret);
  return certify(authority, identity, request, signing);
}

/** Another certificate for somebody who has one: same subject, same attributes, a new key if the request has one. */
export async function reenroll(authority: CertificateAuthority, caller: TokenCaller, request: EnrollRequest) {
  return certify(authority, caller.identity, request, await readFor(caller.identity.id, request));
}

async function readFor(id: string, request: EnrollRequest): Promise<SigningRequest> {
  const signing = await readSigningRequest(request.certificate_request);
  if (signing.commonName !== id) {
    throw new CaError('COMMON_NAME_MISMATCH', 'The CSR subject common name must equal the enrollment ID');
  }
  return signing;
}

async function certify(
  authority: CertificateAuthority,
  identity: RegisteredIdentity,
  request: EnrollRequest,
  signing: SigningRequest,
) {
  const info = cainfo(authority);
  if (request.profile === 'tls') {
    const certificate = await certifyTls(authority, identity, request, signing);
    const chain = base64(authority.tlsIssuer.certificate.toString('pem'));
    return { Cert: encoded(certificate), ServerInfo: { ...info, CAChain: chain } };
  }
  if (request.profile) throw new CaError('PROFILE_FORBIDDEN', `There is no profile '${request.profile}'`);
  const wanted = wantedAttributes(identity, request);
  return {
    Cert: encoded(await authority.issue(identity.id, signing.publicKey, { wanted })),
    ServerInfo: info,
  };
}

/**
 * TLS certificates that can serve speak for the organisation towards other gateways: nodes and the gateway get one,
 * people do not, and only for names of the organisation's own.
 */
function certifyTls(
  authority: CertificateAuthority,
  identity: RegisteredIdentity,
  request: EnrollRequest,
  signing: SigningRequest,
): Promise<X509Certificate> {
  const role = identity.attributes.find(({ name }) => name === 'role')?.value;
  if (identity.type !== 'peer' && identity.type !== 'orderer' && role !== 'gateway') {
    throw new CaError('PROFILE_FORBIDDEN', `'${identity.id}' is no node and no gateway`);
  }
  const { domain } = authority.organisation;
  const hosts = [...new Set([...(request.hosts ?? []), ...signing.hosts])];
  const foreign = hosts.find(
    (host) => !LOCAL.includes(host) && host !== domain && !host.endsWith(`.${domain}`),
  );
  if (foreign !== undefined) throw new CaError('PROFILE_FORBIDDEN', `'${foreign}' is no host of ${domain}`);
  // Other gateways know this organisation's by that host name: a node must not have it.
  if (role !== 'gateway' && hosts.some((host) => host.toLowerCase() === `gateway.${domain}`)) {
    throw new CaError('PROFILE_FORBIDDEN', `'gateway.${domain}' is the gateway's`);
  }
  return authority.issueTls(identity.id, signing.publicKey, hosts);
}

function wantedAttributes(identity: RegisteredIdentity, request: EnrollRequest): string[] | undefined {
  if (request.attr_reqs === undefined || request.attr_reqs === null) return undefined;
  const held = new Set(identity.attributes.map(({ name }) => name));
  const missing = request.attr_reqs.filter(({ name, optional }) => optional !== true && !held.has(name));
  if (missing.length > 0) {
    const names = missing.map(({ name }) => name).join(', ');
    throw new CaError('ATTRIBUTE_MISSING', `The following required attributes are missing: ${names}`);
  }
  return request.attr_reqs.map(({ name }) => name);
}

function encoded(certificate: X509Certificate): string {
  return base64(certificate.toString('pem'));
}
