import { CertificateAuthority } from '../ca/certificate-authority.js';
import type { RegisteredIdentity } from '../ca/registry.js';
import { CodedError } from '../coded-error.js';
import { describeIdentity, readGatewaySecrets } from '../crypto-material/index.js';
import { findOrganisation, isConsortiumOrganisation, type Topology } from '../topology/index.js';

/** The home folder and its consortium: what every identity command works on. */
export interface Consortium {
  /** Absolute. */
  readonly home: string;
  readonly topology: Topology;
}

/**
 * Opens an organisation's authority for one piece of work, beside its service or without one.
 * @throws CodedError ORGANISATION_UNKNOWN, AUTHORITY_MISSING
 */
export async function withAuthority<T>(
  consortium: Consortium,
  organisationName: string,
  work: (authority: CertificateAuthority) => Promise<T>,
): Promise<T> {
  const organisation = findOrganisation(consortium.topology, organisationName);
  const authority = await CertificateAuthority.open(consortium.home, organisation).catch((cause: unknown) => {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause;
    throw new CodedError('AUTHORITY_MISSING', `${organisationName} has no authority in ${consortium.home}`, {
      hint: 'medaccord up makes it',
      cause,
    });
  });
  try {
    return await work(authority);
  } finally {
    await authority.close();
  }
}

/**
 * Somebody registered with a role: a person or a service, not a node.
 * @throws CodedError IDENTITY_UNKNOWN, NOT_A_PERSON
 */
export function findPerson(authority: CertificateAuthority, name: string): RegisteredIdentity {
  const identity = authority.registry.identity(name);
  if (identity === undefined) throw unknownIdentity(authority, name);
  if (identity.type !== 'client' && identity.type !== 'admin') {
    throw new CodedError('NOT_A_PERSON', `${name} is a ${identity.type}, not a person or service`);
  }
  return identity;
}

/** @throws CodedError NO_GATEWAY, GATEWAY_SECRETS_MISSING */
export function requireGateway({ home }: Consortium, { organisation }: CertificateAuthority): void {
  if (!isConsortiumOrganisation(organisation)) {
    throw new CodedError('NO_GATEWAY', `${organisation.name} has no gateway: its network is Fabric's alone`, {
      hint: '--custody client leaves the key with the client',
    });
  }
  readGatewaySecrets(home, organisation);
}

export function unknownIdentity(authority: CertificateAuthority, name: string): CodedError {
  const { name: organisation } = authority.organisation;
  const people = authority.registry.identities().filter(({ type }) => type === 'client' || type === 'admin');
  const shown = people.slice(0, 20).map(({ id }) => id);
  return new CodedError('IDENTITY_UNKNOWN', `${organisation} knows no identity "${name}"`, {
    hint: `known: ${shown.join(', ')}${people.length > shown.length ? ', …' : ''}`,
  });
}

/** What a command tells about somebody's newest certificate. */
export interface IdentityReport {
  readonly name: string;
  readonly organisation: string;
  readonly mspId: string;
  readonly role: string;
  readonly subject: string;
  readonly serial: string;
  readonly notAfter: string;
}

export function report(
  authority: CertificateAuthority,
  identity: RegisteredIdentity,
  serial: string,
): IdentityReport {
  const notAfter = authority.registry.certificate(serial)?.notAfter ?? '';
  return { ...describeIdentity(authority, identity), serial, notAfter };
}
