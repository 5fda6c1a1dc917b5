import { rmSync } from 'node:fs';
import { CaError } from '../ca/ca-error.js';
import { normalHex, type CertificateAuthority } from '../ca/certificate-authority.js';
import type { RegisteredIdentity } from '../ca/registry.js';
import { CodedError } from '../coded-error.js';
import { describeIdentity, walletEntry } from '../crypto-material/index.js';
import { unknownIdentity, withAuthority, type Consortium } from './local-authority.js';

export interface RevokeOptions {
  readonly organisation: string;
  /** Shuts somebody out for good: all certificates, and no new one. */
  readonly name?: string;
  /** Only this certificate. */
  readonly serial?: string;
  /** RFC 5280 reason code. */
  readonly reason: number;
}

export interface RevocationReport {
  readonly organisation: string;
  readonly name: string;
  /** Revoked now. */
  readonly serials: readonly string[];
  /** Length of the organisation's list. */
  readonly listed: number;
}

/** What a revocation is about to take. */
export interface RevocationPlan {
  readonly organisation: string;
  readonly name: string;
  /** Of certificates that are not revoked yet. */
  readonly serials: readonly string[];
  /** Whether one of them is an admin's by Fabric's own classes. */
  readonly isAdmin: boolean;
}

/**
 * What `revokeIdentity` would do.
 * @throws CodedError NOTHING_TO_REVOKE, IDENTITY_UNKNOWN; CaError CERTIFICATE_NOT_FOUND
 */
export async function planRevocation(
  consortium: Consortium,
  options: RevokeOptions,
): Promise<RevocationPlan> {
  requireOne(options);
  const { organisation, name, serial } = options;
  return withAuthority(consortium, organisation, (authority) => {
    const one = serial === undefined ? undefined : authority.registry.certificate(normalHex(serial));
    if (serial !== undefined && one === undefined) {
      throw new CaError(
        'CERTIFICATE_NOT_FOUND',
        `Certificate with serial ${normalHex(serial)} was not found`,
      );
    }
    const owner = one?.id ?? name ?? '';
    const identity = authority.registry.identity(owner);
    // The holder of a TLS certificate may be a service that is no identity.
    if (one === undefined && identity === undefined) throw unknownIdentity(authority, owner);
    const certificates = one === undefined ? authority.registry.certificatesOf(owner) : [one];
    const serials = certificates
      .filter(({ revokedAt }) => revokedAt === undefined)
      .map((certificate) => certificate.serial);
    return Promise.resolve({ organisation, name: owner, serials, isAdmin: identity?.type === 'admin' });
  });
}

/**
 * Revokes and publishes the organisation's list, which the ledger follows at once.
 * @throws CodedError NOTHING_TO_REVOKE, IDENTITY_UNKNOWN; CaError CERTIFICATE_NOT_FOUND, ALREADY_REVOKED
 */
export async function revokeIdentity(
  consortium: Consortium,
  options: RevokeOptions,
): Promise<RevocationReport> {
  const { organisation, name, serial, reason } = options;
  requireOne(options);
  return withAuthority(consortium, organisation, async (authority) => {
    const done = (owner: string, serials: readonly string[]) => ({
      organisation,
      name: owner,
      serials,
      listed: authority.registry.revocationNumber,
    });
    if (serial !== undefined) {
      const certificate = await authority.revokeCertificate(serial, reason);
      return done(certificate.id, [certificate.serial]);
    }
    const owner = name ?? '';
    const identity = authority.registry.identity(owner);
    if (identity === undefined) throw unknownIdentity(authority, owner);
    // The wallet first: between the two, the gateway refuses rather than signs for somebody shut out.
    removeCustody(consortium, authority, identity);
    const revoked = await authority.revokeIdentity(owner, reason);
    return done(
      owner,
      revoked.map((certificate) => certificate.serial),
    );
  });
}

function requireOne({ name, serial }: RevokeOptions): void {
  if ((name === undefined) !== (serial === undefined)) return;
  throw new CodedError('NOTHING_TO_REVOKE', 'give either --name (everything of somebody) or --serial');
}

function removeCustody(
  consortium: Consortium,
  authority: CertificateAuthority,
  identity: RegisteredIdentity,
): void {
  if (identity.type !== 'client' && identity.type !== 'admin') return;
  const { subject } = describeIdentity(authority, identity);
  rmSync(walletEntry(consortium.home, authority.organisation, subject), { force: true });
}
