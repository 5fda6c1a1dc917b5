import { CaError } from '../ca-error.js';
import { issuedBy, normalHex, toRevocation, type CertificateAuthority } from '../certificate-authority.js';
import { canManage, checkRegistration, hasFlag } from '../registrar-rules.js';
import type { IssuedCertificate } from '../registry.js';
import type { TokenCaller } from '../token.js';
import { createRevocationList } from '../../pki/index.js';
import {
  attributesOf,
  reasonNumber,
  typeOf,
  type GenCrlRequest,
  type RegisterRequest,
  type RevokeRequest,
} from './messages.js';

/** What the service does for a caller who has proved who it is. Field names are Fabric CA's. */

export function cainfo(authority: CertificateAuthority) {
  return {
    CAName: authority.name,
    CAChain: base64(authority.issuer.certificate.toString('pem')),
    IssuerPublicKey: '',
    IssuerRevocationPublicKey: '',
    Version: 'medaccord',
  };
}

export async function register(
  authority: CertificateAuthority,
  caller: TokenCaller,
  request: RegisterRequest,
) {
  const given = request.affiliation;
  const registration = {
    id: request.id,
    type: typeOf(request.type),
    // Left out is the registrar's own; a dot is the root.
    affiliation: given === '.' ? '' : given || caller.identity.affiliation,
    attributes: attributesOf(request.attrs),
    // Zero is the authority's default.
    maxEnrollments: request.max_enrollments || undefined,
  };
  checkRegistration(caller.identity, registration);
  const secret = await authority.registerWithSecret(registration, request.secret || undefined);
  return { secret };
}

export async function revoke(authority: CertificateAuthority, caller: TokenCaller, request: RevokeRequest) {
  const reason = reasonNumber(request.reason);
  const revoked = await revokeWhat(authority, caller, request, reason);
  const list = request.gencrl === true ? await authority.publishRevocationList() : '';
  return {
    RevokedCerts: revoked.map(({ serial, authorityKeyId }) => ({ Serial: serial, AKI: authorityKeyId })),
    CRL: list === '' ? '' : base64(list),
  };
}

async function revokeWhat(
  authority: CertificateAuthority,
  caller: TokenCaller,
  request: RevokeRequest,
  reason: number,
): Promise<IssuedCertificate[]> {
  if (request.serial && request.aki) {
    const serial = normalHex(request.serial);
    const certificate = authority.registry.certificate(serial);
    // Who may revoke nothing at all learns nothing either.
    const owner = certificate?.id ?? '';
    checkRevoker(authority, caller, owner);
    if (certificate === undefined || certificate.authorityKeyId !== normalHex(request.aki)) {
      throw new CaError(
        'CERTIFICATE_NOT_FOUND',
        `Certificate with serial ${serial} and AKI ${request.aki} was not found`,
      );
    }
    if (request.id && request.id !== owner) {
      throw new CaError(
        'CERTIFICATE_OF_ANOTHER',
        `Certificate with serial ${serial} is not owned by ${request.id}`,
      );
    }
    return [await authority.revokeCertificate(serial, reason)];
  }
  if (request.id) {
    checkRevoker(authority, caller, request.id);
    return authority.revokeIdentity(request.id, reason);
  }
  throw new CaError('REVOCATION_INCOMPLETE', 'Either id, or serial and aki are required for a revocation');
}

function checkRevoker(authority: CertificateAuthority, caller: TokenCaller, owner: string): void {
  if (owner === caller.identity.id) return;
  if (!hasFlag(caller.identity, 'hf.Revoker')) {
    throw new CaError('NOT_REVOKER', `'${caller.identity.id}' may revoke nothing but its own`);
  }
  const other = authority.registry.identity(owner);
  if (other !== undefined && !canManage(caller.identity, other)) {
    throw new CaError('TYPE_FORBIDDEN', `'${caller.identity.id}' may not manage '${owner}'`);
  }
}

/** Without a range: the cumulative list, published. With one: a list of that part, for the caller alone. */
export async function gencrl(authority: CertificateAuthority, caller: TokenCaller, request: GenCrlRequest) {
  if (!hasFlag(caller.identity, 'hf.GenCRL')) {
    throw new CaError('NOT_CRL_ISSUER', `'${caller.identity.id}' may not generate a CRL`);
  }
  const { revokedafter, revokedbefore, expireafter, expirebefore } = request;
  if (revokedafter !== undefined && revokedbefore !== undefined && revokedafter > revokedbefore) {
    throw new CaError('REVOKED_RANGE_INVALID', "'revokedafter' must not be later than 'revokedbefore'");
  }
  if (expireafter !== undefined && expirebefore !== undefined && expireafter > expirebefore) {
    throw new CaError('EXPIRY_RANGE_INVALID', "'expireafter' must not be later than 'expirebefore'");
  }
  const whole = [revokedafter, revokedbefore, expireafter, expirebefore].every(
    (bound) => bound === undefined,
  );
  if (whole) return { CRL: base64(await authority.publishRevocationList()) };
  const { number, certificates } = authority.registry.revocations();
  const chosen = issuedBy(authority.issuer, certificates).filter(
    ({ revokedAt = '', notAfter }) =>
      within(revokedAt, revokedafter, revokedbefore) && within(notAfter, expireafter, expirebefore),
  );
  return { CRL: base64(await createRevocationList(authority.issuer, chosen.map(toRevocation), number)) };
}

function within(instant: string, after: Date | undefined, before: Date | undefined): boolean {
  const time = Date.parse(instant);
  return (
    (after === undefined || time >= after.getTime()) && (before === undefined || time <= before.getTime())
  );
}

export function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
