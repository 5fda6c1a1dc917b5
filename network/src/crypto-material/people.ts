import { existsSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import type { CertificateAuthority } from '../ca/certificate-authority.js';
import type { RegisteredIdentity } from '../ca/registry.js';
import { makeFolderOnce, organisationPaths, recoverFolder, type FolderFiles } from '../home/index.js';
import { generateKeyPair } from '../pki/index.js';
import { isConsortiumOrganisation } from '../topology/index.js';
import { identityFolder, type AuthorityCertificates } from './msp-files.js';

/** `identity.json` beside a user's MSP folder. */
export const IdentityFile = z.object({
  name: z.string(),
  organisation: z.string(),
  mspId: z.string(),
  /** In a consortium the certificate's `role`; in a network alone Fabric's identity type. */
  role: z.string(),
  /** 32 hex digits; a practitioner's id on the ledger. Empty in a network alone. */
  subject: z.string(),
});
export type IdentityFile = z.infer<typeof IdentityFile>;

/** @returns undefined where the home folder holds no such user. */
export function readIdentityFile(path: string): IdentityFile | undefined {
  if (!existsSync(path)) return undefined;
  return IdentityFile.parse(JSON.parse(readFileSync(path, 'utf8')));
}

export function authorityCertificates(authority: CertificateAuthority): AuthorityCertificates {
  return {
    domain: authority.organisation.domain,
    ca: pemOf(authority.issuer.certificate),
    tlsCa: pemOf(authority.tlsIssuer.certificate),
  };
}

/** What one person's or service's registration says. */
export function describeIdentity(
  authority: CertificateAuthority,
  identity: RegisteredIdentity,
): IdentityFile {
  const value = (name: string) => identity.attributes.find((attribute) => attribute.name === name)?.value;
  const { name: organisation, mspId } = authority.organisation;
  return IdentityFile.parse({
    name: identity.id,
    organisation,
    mspId,
    role: value('role') ?? identity.type,
    subject: value('subject') ?? '',
  });
}

/** `role`: in a network alone `admin` or `client`. */
export interface PersonToRegister {
  readonly name: string;
  readonly role: string;
}

/** Registers a person or service unless that name is registered already. */
export function registerPerson(
  authority: CertificateAuthority,
  person: PersonToRegister,
): RegisteredIdentity {
  const known = authority.registry.identity(person.name);
  if (known !== undefined) return known;
  const admin = person.role === 'admin';
  const rights = admin ? ADMIN_RIGHTS : person.role === 'gateway' ? GATEWAY_RIGHTS : [];
  const role = isConsortiumOrganisation(authority.organisation)
    ? [{ name: 'role', value: person.role, ecert: true }]
    : [];
  const attributes = [...role, ...rights];
  return authority.register({ id: person.name, type: admin ? 'admin' : 'client', attributes });
}

/** An organisation's admin is its authority's registrar. These stay in the registry, out of certificates. */
const ADMIN_RIGHTS = [
  { name: 'hf.Registrar.Roles', value: '*', ecert: false },
  { name: 'hf.Registrar.Attributes', value: '*', ecert: false },
  { name: 'hf.Revoker', value: 'true', ecert: false },
  { name: 'hf.GenCRL', value: 'true', ecert: false },
];
/** A gateway asks its authority for the revocation list before it lets anybody in. */
const GATEWAY_RIGHTS = [{ name: 'hf.GenCRL', value: 'true', ecert: false }];

/**
 * Issues a key, a certificate and a TLS client certificate to somebody registered, and writes the user's folder.
 * A folder that is there is kept.
 * @returns whether it was made
 */
export async function writePerson(
  home: string,
  authority: CertificateAuthority,
  identity: RegisteredIdentity,
  days?: number,
): Promise<boolean> {
  const { folder } = organisationPaths(home, authority.organisation).user(identity.id);
  recoverFolder(folder);
  if (existsSync(folder)) return false;
  return makeFolderOnce(folder, await newPersonFiles(authority, identity, days));
}

/** A fresh key and certificate, as the files of a user's folder. */
export async function newPersonFiles(
  authority: CertificateAuthority,
  identity: RegisteredIdentity,
  days?: number,
): Promise<FolderFiles> {
  const signing = await generateKeyPair();
  const certificate = await authority.issue(identity.id, signing.publicKey, { days });
  return personFiles(authority, identity, {
    certificate: pemOf(certificate),
    privateKey: signing.privateKeyPem,
  });
}

/** The files of a user's folder around a key and certificate, with a fresh TLS client certificate. */
export async function personFiles(
  authority: CertificateAuthority,
  identity: RegisteredIdentity,
  signing: { readonly certificate: string; readonly privateKey: string },
): Promise<FolderFiles> {
  const tls = await generateKeyPair();
  const commonName = `${identity.id}@${authority.organisation.domain}`;
  const certificate = await authority.issueTls(commonName, tls.publicKey, []);
  const client = { kind: 'client', certificate: pemOf(certificate), privateKey: tls.privateKeyPem } as const;
  return {
    ...identityFolder(authorityCertificates(authority), signing, client),
    'identity.json': { content: json(describeIdentity(authority, identity)) },
  };
}

export function pemOf(certificate: { toString(format: 'pem'): string }): string {
  return `${certificate.toString('pem').trim()}\n`;
}

export function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
