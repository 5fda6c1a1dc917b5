import { X509Certificate as NodeCertificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { Role } from '@medaccord/chaincode/api';
import { X509Certificate } from '@peculiar/x509';
import { CaError } from '../ca/ca-error.js';
import { normalHex, type CertificateAuthority } from '../ca/certificate-authority.js';
import type { RegisteredIdentity } from '../ca/registry.js';
import { CodedError } from '../coded-error.js';
import { pemOf, personFiles, writeCustody } from '../crypto-material/index.js';
import { makeFolderOnce, organisationPaths, recoverFolder, replaceFrom } from '../home/index.js';
import { readAttributes } from '../pki/index.js';
import { isConsortiumOrganisation } from '../topology/index.js';
import { formatPem, readPem, unreadable, type Bundle } from './bundle.js';
import type { Custody } from './issue.js';
import {
  findPerson,
  report,
  requireGateway,
  withAuthority,
  type Consortium,
  type IdentityReport,
} from './local-authority.js';
import { readPkcs12, writePkcs12 } from './pkcs12.js';

export type BundleFormat = 'p12' | 'pem';

export interface ExportOptions {
  readonly organisation: string;
  readonly name: string;
  readonly format: BundleFormat;
  readonly out: string;
  readonly passwordFile?: string;
  readonly overwrite: boolean;
}

/**
 * Writes somebody's key and certificate into one file, readable by its owner alone. A PKCS#12 file always has a
 * password; PEM has one where a file with it is given.
 * @throws CodedError IDENTITY_UNKNOWN, KEY_NOT_HERE, PASSWORD_MISSING, PASSWORD_WEAK, FILE_EXISTS
 */
export async function exportIdentity(
  consortium: Consortium,
  options: ExportOptions,
): Promise<{ file: string }> {
  const file = resolve(options.out);
  return withAuthority(consortium, options.organisation, async (authority) => {
    const identity = findPerson(authority, options.name);
    const paths = organisationPaths(consortium.home, authority.organisation).user(identity.id);
    recoverFolder(paths.folder);
    if (!existsSync(paths.privateKey)) {
      throw new CodedError('KEY_NOT_HERE', `the key of ${options.name} is not in ${consortium.home}`, {
        hint: 'it enrolled elsewhere and its key never left it',
      });
    }
    if (!existsSync(dirname(file)))
      throw new CodedError('FILE_UNREADABLE', `there is no folder ${dirname(file)}`);
    if (existsSync(file) && !options.overwrite) {
      throw new CodedError('FILE_EXISTS', `${file} is there already`, { hint: 'replace it with --force' });
    }
    const password =
      options.passwordFile === undefined ? undefined : readPassword(options.passwordFile, 'new');
    const bundle: Bundle = {
      certificate: readFileSync(paths.certificate, 'utf8'),
      privateKey: readFileSync(paths.privateKey, 'utf8'),
      chain: [pemOf(authority.issuer.certificate)],
    };
    if (options.format === 'pem') {
      replaceFrom(dirname(file), file, formatPem(bundle, password), 0o600);
    } else {
      if (password === undefined) {
        throw new CodedError('PASSWORD_MISSING', 'a PKCS#12 file needs a password', {
          hint: 'give it with --password-file FILE (its first line)',
        });
      }
      const pkcs12 = writePkcs12(bundle, password, `${options.name}@${options.organisation}`);
      replaceFrom(dirname(file), file, pkcs12, 0o600);
    }
    return { file };
  });
}

export interface ImportOptions {
  readonly file: string;
  readonly passwordFile?: string;
  readonly custody: Custody;
}

export interface ImportedIdentity extends IdentityReport {
  readonly folder: string;
  /** False where the very same certificate was here already. */
  readonly changed: boolean;
}

/**
 * Takes a key and certificate (PKCS#12 or PEM) that one of the consortium's authorities issued into the home folder.
 * @throws CodedError FILE_UNREADABLE, BUNDLE_UNREADABLE, PASSWORD_WRONG, ISSUER_UNKNOWN, CERTIFICATE_EXPIRED,
 * IDENTITY_EXISTS; CaError CERTIFICATE_REVOKED, IDENTITY_REVOKED
 */
export async function importIdentity(
  consortium: Consortium,
  options: ImportOptions,
): Promise<ImportedIdentity> {
  const bundle = readBundle(options);
  const certificate = new NodeCertificate(bundle.certificate);
  const issuer = consortium.topology.organisations.find((organisation) => {
    const file = organisationPaths(consortium.home, organisation).ca.certificate;
    if (!existsSync(file)) return false;
    const ca = new NodeCertificate(readFileSync(file));
    return certificate.checkIssued(ca) && certificate.verify(ca.publicKey);
  });
  if (issuer === undefined) {
    const known = consortium.topology.organisations.map(({ name }) => name).join(', ');
    throw new CodedError('ISSUER_UNKNOWN', 'no authority of the consortium issued this certificate', {
      hint: `authorities: ${known}`,
    });
  }
  if (certificate.publicKey.asymmetricKeyDetails?.namedCurve !== 'prime256v1') {
    throw unreadable('its key is not ECDSA on P-256');
  }
  if (Date.parse(certificate.validTo) < Date.now()) {
    throw new CodedError('CERTIFICATE_EXPIRED', `the certificate expired on ${certificate.validTo}`);
  }
  return withAuthority(consortium, issuer.name, async (authority) => {
    if (options.custody === 'gateway') requireGateway(consortium, authority);
    const parsed = new X509Certificate(bundle.certificate);
    const serial = normalHex(parsed.serialNumber);
    const identity = settleRegistration(authority, parsed, serial);
    const paths = organisationPaths(consortium.home, issuer).user(identity.id);
    recoverFolder(paths.folder);
    const same =
      existsSync(paths.certificate) &&
      new NodeCertificate(readFileSync(paths.certificate)).fingerprint256 === certificate.fingerprint256;
    if (existsSync(paths.folder) && !same) {
      throw new CodedError('IDENTITY_EXISTS', `${identity.id} has another certificate in ${paths.folder}`, {
        hint: 'move that folder away first',
      });
    }
    const signing = {
      certificate: pemOf({ toString: () => bundle.certificate }),
      privateKey: bundle.privateKey,
    };
    const changed = !same && makeFolderOnce(paths.folder, await personFiles(authority, identity, signing));
    if (options.custody === 'gateway') await writeCustody(consortium.home, authority, identity);
    return { ...report(authority, identity, serial), folder: paths.folder, changed };
  });
}

/** Its own authority may not know a certificate: its registry was lost, or it is older than the registry. */
function settleRegistration(
  authority: CertificateAuthority,
  certificate: X509Certificate,
  serial: string,
): RegisteredIdentity {
  const known = authority.registry.certificate(serial);
  if (known?.revokedAt !== undefined)
    throw new CaError('CERTIFICATE_REVOKED', `certificate ${serial} is revoked`);
  const name = certificate.subjectName.getField('CN')[0] ?? '';
  const attributes = readAttributes(certificate);
  const { subject } = attributes;
  const role = roleOf(authority, certificate, attributes);
  const registered = authority.registry.identity(name);
  if (registered !== undefined) {
    const its = registered.attributes.find((attribute) => attribute.name === 'subject')?.value;
    if (its !== subject) throw new CodedError('IDENTITY_EXISTS', `${name} is somebody else here`);
    if (registered.status === 'revoked')
      throw new CaError('IDENTITY_REVOKED', `identity '${name}' is revoked`);
  }
  const identity =
    registered ??
    authority.register({
      id: name,
      type: role === 'admin' ? 'admin' : 'client',
      attributes: Object.entries(attributes)
        .filter(([attribute]) => !attribute.startsWith('hf.'))
        .map(([attribute, value]) => ({ name: attribute, value, ecert: true })),
    });
  if (known === undefined) {
    authority.registry.addCertificate({
      serial,
      authorityKeyId: normalHex(authority.issuer.keyId),
      id: name,
      pem: pemOf(certificate),
      notBefore: certificate.notBefore.toISOString(),
      notAfter: certificate.notAfter.toISOString(),
    });
  }
  return identity;
}

/** @throws CodedError where a consortium's certificate has no role and subject. */
function roleOf(
  authority: CertificateAuthority,
  certificate: X509Certificate,
  attributes: Readonly<Record<string, string>>,
): string {
  if (!isConsortiumOrganisation(authority.organisation)) {
    return certificate.subjectName.getField('OU').includes('admin') ? 'admin' : 'client';
  }
  const role = Role.safeParse(attributes['role']);
  if (!role.success || attributes['subject'] === undefined) {
    throw unreadable('its certificate has no role and subject');
  }
  return role.data;
}

function readBundle({ file, passwordFile }: ImportOptions): Bundle {
  const password = passwordFile === undefined ? undefined : readPassword(passwordFile, 'existing');
  const bytes = readInput(file);
  return bytes.includes('-----BEGIN ')
    ? readPem(bytes.toString('utf8'), password)
    : readPkcs12(bytes, password ?? '');
}

/** The first line. A new one has at least 8 printable ASCII characters: other tools read them alike. */
function readPassword(file: string, purpose: 'new' | 'existing'): string {
  const [password = ''] = readInput(file).toString('utf8').split(/\r?\n/, 1);
  if (purpose === 'new' && !/^[\x20-\x7e]{8,}$/.test(password)) {
    throw new CodedError(
      'PASSWORD_WEAK',
      `the first line of ${file} is no password of 8 or more ASCII characters`,
    );
  }
  return password;
}

function readInput(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    const missing = (cause as NodeJS.ErrnoException).code === 'ENOENT';
    throw new CodedError('FILE_UNREADABLE', `${file} ${missing ? 'is not there' : 'cannot be read'}`, {
      cause,
    });
  }
}
