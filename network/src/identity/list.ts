import type { CertificateAuthority } from '../ca/certificate-authority.js';
import type { IssuedCertificate, RegisteredIdentity } from '../ca/registry.js';
import { withAuthority, type Consortium } from './local-authority.js';

export type CertificateStatus = 'active' | 'expired' | 'revoked';

export interface ListedCertificate {
  readonly serial: string;
  readonly notAfter: string;
  readonly status: CertificateStatus;
}

export interface ListedIdentity {
  readonly organisation: string;
  readonly name: string;
  readonly type: string;
  /** Absent for nodes. */
  readonly role?: string;
  readonly subject?: string;
  /** Of the newest certificate; `none` where there is none, `revoked` where the identity is shut out. */
  readonly status: CertificateStatus | 'none';
  /** Newest first. */
  readonly certificates: readonly ListedCertificate[];
}

/** Everybody registered, by organisation and name; of all organisations where none is named. */
export async function listIdentities(
  consortium: Consortium,
  filter: { readonly organisation?: string; readonly role?: string } = {},
): Promise<ListedIdentity[]> {
  const names = filter.organisation
    ? [filter.organisation]
    : consortium.topology.organisations.map(({ name }) => name);
  const lists: ListedIdentity[] = [];
  for (const name of names) {
    lists.push(
      ...(await withAuthority(consortium, name, async (authority) =>
        authority.registry.identities().map((identity) => listed(authority, identity)),
      )),
    );
  }
  return lists.filter(({ role }) => filter.role === undefined || role === filter.role);
}

function listed(authority: CertificateAuthority, identity: RegisteredIdentity): ListedIdentity {
  const value = (name: string) => identity.attributes.find((attribute) => attribute.name === name)?.value;
  const certificates = authority.registry.certificatesOf(identity.id).reverse().map(describe);
  return {
    organisation: authority.organisation.name,
    name: identity.id,
    type: identity.type,
    role: value('role'),
    subject: value('subject'),
    status: identity.status === 'revoked' ? 'revoked' : (certificates[0]?.status ?? 'none'),
    certificates,
  };
}

function describe({ serial, notAfter, revokedAt }: IssuedCertificate): ListedCertificate {
  if (revokedAt !== undefined) return { serial, notAfter, status: 'revoked' };
  return { serial, notAfter, status: Date.parse(notAfter) < Date.now() ? 'expired' : 'active' };
}
