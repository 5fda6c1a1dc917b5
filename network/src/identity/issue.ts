import { existsSync, readFileSync } from 'node:fs';
import { X509Certificate } from 'node:crypto';
import { Role } from '@medaccord/chaincode/api';
import { CaError } from '../ca/ca-error.js';
import { normalHex, type CertificateAuthority } from '../ca/certificate-authority.js';
import type { RegisteredIdentity } from '../ca/registry.js';
import { CodedError } from '../coded-error.js';
import {
  describeIdentity,
  newPersonFiles,
  registerPerson,
  walletEntry,
  writeCustody,
  writePerson,
} from '../crypto-material/index.js';
import { organisationPaths, recoverFolder, replaceFolder } from '../home/index.js';
import { findOrganisation, isConsortiumOrganisation } from '../topology/index.js';
import {
  findPerson,
  report,
  requireGateway,
  withAuthority,
  type Consortium,
  type IdentityReport,
} from './local-authority.js';

/** Fabric's types of identity, which are all the roles that a network alone knows. */
const NETWORK_ROLES = ['client', 'admin'];

export type Custody = 'gateway' | 'client';

export interface IssueOptions {
  readonly organisation: string;
  readonly name: string;
  readonly role: string;
  /** gateway: a second enrolment goes into the gateway's wallet, so that it can sign for this person. */
  readonly custody: Custody;
  readonly days?: number;
}

export interface IssuedIdentity extends IdentityReport {
  readonly folder: string;
  readonly custody: Custody;
}

/**
 * Registers somebody new and writes key and certificate to the home folder.
 * @throws CodedError ORGANISATION_UNKNOWN, ROLE_UNKNOWN, IDENTITY_EXISTS
 */
export async function issueIdentity(consortium: Consortium, options: IssueOptions): Promise<IssuedIdentity> {
  const organisation = findOrganisation(consortium.topology, options.organisation);
  const roles: readonly string[] = isConsortiumOrganisation(organisation) ? Role.options : NETWORK_ROLES;
  if (!roles.includes(options.role)) {
    throw new CodedError('ROLE_UNKNOWN', `there is no role "${options.role}"`, {
      hint: `roles: ${roles.join(', ')}`,
    });
  }
  return withAuthority(consortium, options.organisation, async (authority) => {
    if (authority.registry.identity(options.name) !== undefined) {
      throw new CodedError(
        'IDENTITY_EXISTS',
        `${options.organisation} has an identity "${options.name}" already`,
        {
          hint: `another certificate for it: medaccord identity renew --org ${options.organisation} --name ${options.name}`,
        },
      );
    }
    if (options.custody === 'gateway') requireGateway(consortium, authority);
    const identity = registerPerson(authority, { name: options.name, role: options.role });
    await writePerson(consortium.home, authority, identity, options.days);
    if (options.custody === 'gateway') await writeCustody(consortium.home, authority, identity, options.days);
    return issuedReport(consortium, authority, identity);
  });
}

export interface RenewOptions {
  readonly organisation: string;
  readonly name: string;
  readonly days?: number;
  /** Revokes the certificates it had before. */
  readonly revokeOld: boolean;
}

/** What a renewal is about to make. */
export interface RenewalPlan {
  readonly name: string;
  readonly organisation: string;
  readonly role: string;
  /** Files, absolute. */
  readonly certificates: readonly string[];
  /** Serials that would be revoked. */
  readonly revokes: readonly string[];
}

/**
 * What `renewIdentity` would do.
 * @throws CodedError IDENTITY_UNKNOWN, NOT_A_PERSON; CaError IDENTITY_REVOKED
 */
export function planRenewal(consortium: Consortium, options: RenewOptions): Promise<RenewalPlan> {
  return withAuthority(consortium, options.organisation, (authority) => {
    const identity = findPerson(authority, options.name);
    if (identity.status === 'revoked') {
      throw new CaError('IDENTITY_REVOKED', `Identity '${identity.id}' is revoked`);
    }
    const { subject, role } = describeIdentity(authority, identity);
    const custody = walletEntry(consortium.home, authority.organisation, subject);
    const { certificate } = organisationPaths(consortium.home, authority.organisation).user(identity.id);
    return Promise.resolve({
      name: identity.id,
      organisation: options.organisation,
      role,
      certificates: [certificate, ...(isInCustody(consortium, authority, identity) ? [custody] : [])],
      revokes: options.revokeOld ? activeSerials(authority, identity) : [],
    });
  });
}

export interface RenewedIdentity extends IssuedIdentity {
  /** Serials. */
  readonly revoked: readonly string[];
}

/**
 * Gives somebody a new key and certificate with the same subject and attributes; an entry in the gateway's wallet is
 * renewed too.
 * @throws CodedError IDENTITY_UNKNOWN, NOT_A_PERSON; CaError IDENTITY_REVOKED
 */
export async function renewIdentity(consortium: Consortium, options: RenewOptions): Promise<RenewedIdentity> {
  return withAuthority(consortium, options.organisation, async (authority) => {
    const identity = findPerson(authority, options.name);
    const before = activeSerials(authority, identity);
    const { folder } = organisationPaths(consortium.home, authority.organisation).user(identity.id);
    recoverFolder(folder);
    if (existsSync(folder)) replaceFolder(folder, await newPersonFiles(authority, identity, options.days));
    else await writePerson(consortium.home, authority, identity, options.days);
    if (isInCustody(consortium, authority, identity)) {
      await writeCustody(consortium.home, authority, identity, options.days);
    }
    const superseded = 4;
    const revoked = options.revokeOld ? authority.registry.revoke(before, superseded, new Date()) : [];
    if (revoked.length > 0) await authority.publishRevocationList();
    return { ...issuedReport(consortium, authority, identity), revoked: revoked.map(({ serial }) => serial) };
  });
}

function activeSerials(authority: CertificateAuthority, identity: RegisteredIdentity): string[] {
  return authority.registry
    .certificatesOf(identity.id)
    .filter(({ revokedAt }) => revokedAt === undefined)
    .map(({ serial }) => serial);
}

function isInCustody(
  consortium: Consortium,
  authority: CertificateAuthority,
  identity: RegisteredIdentity,
): boolean {
  const { subject } = describeIdentity(authority, identity);
  if (subject === '') return false;
  return existsSync(walletEntry(consortium.home, authority.organisation, subject));
}

function issuedReport(
  consortium: Consortium,
  authority: CertificateAuthority,
  identity: RegisteredIdentity,
): IssuedIdentity {
  const { folder, certificate } = organisationPaths(consortium.home, authority.organisation).user(
    identity.id,
  );
  const { serialNumber } = new X509Certificate(readFileSync(certificate));
  return {
    ...report(authority, identity, normalHex(serialNumber)),
    folder,
    custody: isInCustody(consortium, authority, identity) ? 'gateway' : 'client',
  };
}
