import { randomBytes, type webcrypto } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { Role } from '@medaccord/chaincode/api';
import type { PublicKey, X509Certificate } from '@peculiar/x509';
import { organisationPaths, replaceFrom } from '../home/index.js';
import {
  createRevocationList,
  issueIdentity,
  issueTls,
  readIssuer,
  type Attributes,
  type Issuer,
} from '../pki/index.js';
import type { OrganisationEntry } from '../topology/index.js';
import { CaError } from './ca-error.js';
import {
  Registry,
  type IdentityType,
  type IssuedCertificate,
  type RegisteredAttribute,
  type RegisteredIdentity,
} from './registry.js';
import { hashSecret, newSecret, secretMatches } from './secret.js';

export interface Registration {
  readonly id: string;
  readonly type: IdentityType;
  readonly affiliation?: string;
  /** `role` and `subject` among them; a missing subject is drawn. */
  readonly attributes: readonly RegisteredAttribute[];
  /** -1: no limit. Left out: 1. */
  readonly maxEnrollments?: number;
}

/** Common names that are safe in folder names, URLs and Fabric's own tools. */
const ID = /^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/;
const SUBJECT = /^[0-9a-f]{32}$/;
const ATTEMPTS = 10;
const LOCK_MS = 15 * 60_000;
/** How long a certificate lives unless somebody says otherwise. */
export const DEFAULT_DAYS = 365;

/**
 * One organisation's certificate authority: who is registered, what was issued, what was revoked. The service and
 * the command line share it; neither decides anything on its own. Callers check who may ask.
 */
export class CertificateAuthority {
  readonly organisation: OrganisationEntry;
  readonly issuer: Issuer;
  readonly tlsIssuer: Issuer;
  readonly registry: Registry;
  readonly #mspFolders: readonly string[];

  private constructor(
    organisation: OrganisationEntry,
    issuer: Issuer,
    tlsIssuer: Issuer,
    registry: Registry,
    mspFolders: readonly string[],
  ) {
    this.organisation = organisation;
    this.issuer = issuer;
    this.tlsIssuer = tlsIssuer;
    this.registry = registry;
    this.#mspFolders = mspFolders;
  }

  /**
   * Opens the authority whose keys lie under the home folder, and brings its published list up to date.
   * @throws Error where the keys are missing.
   */
  static async open(home: string, organisation: OrganisationEntry): Promise<CertificateAuthority> {
    const paths = organisationPaths(home, organisation);
    const [issuer, tlsIssuer] = await Promise.all([
      readIssuer(paths.ca.certificate, paths.ca.privateKey),
      readIssuer(paths.tlsCa.certificate, paths.tlsCa.privateKey),
    ]);
    // Fabric's nodes read a list of their own; the ledger reads the organisation's.
    const folders = [paths.msp, ...organisation.peers.map(({ name }) => paths.peer(name).msp)];
    const registry = new Registry(paths.caService.registry);
    const authority = new CertificateAuthority(organisation, issuer, tlsIssuer, registry, folders);
    if (registry.revocationNumber > 0) await authority.publishRevocationList();
    return authority;
  }

  /** Fabric CA's name of this authority. */
  get name(): string {
    return `ca-${this.organisation.name}`;
  }

  /**
   * Takes somebody in, without a secret: certificates are then issued on this machine alone.
   * @throws CaError REGISTRATION_INVALID, ALREADY_REGISTERED
   */
  register(registration: Registration): RegisteredIdentity {
    const identity = toIdentity(registration);
    this.registry.add(identity);
    return identity;
  }

  /** As `register`, and returns the secret to enrol with; only its scrypt hash is kept. */
  async registerWithSecret(registration: Registration, wanted?: string): Promise<string> {
    const secret = wanted ?? newSecret();
    this.registry.add({ ...toIdentity(registration), secret: await hashSecret(secret) });
    return secret;
  }

  /**
   * Checks an enrolment secret and uses one of its enrolments up. Ten wrong secrets in a row lock it for 15 minutes.
   * @throws CaError IDENTITY_UNKNOWN, SECRET_WRONG, TOO_MANY_ATTEMPTS, IDENTITY_REVOKED
   */
  async authenticate(id: string, secret: string): Promise<RegisteredIdentity> {
    const known = this.registry.identity(id);
    if (known !== undefined && known.lockedUntil > Date.now()) {
      throw new CaError('TOO_MANY_ATTEMPTS', `Too many wrong secrets for '${id}': try again later`);
    }
    const matches = await secretMatches(secret, known?.secret);
    if (known === undefined) throw new CaError('IDENTITY_UNKNOWN', `Identity '${id}' is not registered`);
    if (!matches) {
      this.registry.update(id, countFailure);
      throw new CaError('SECRET_WRONG', `Wrong secret for '${id}'`);
    }
    return this.registry.update(id, (current) => {
      if (current.status === 'revoked') throw new CaError('IDENTITY_REVOKED', `Identity '${id}' is revoked`);
      if (current.maxEnrollments >= 0 && current.enrollments >= current.maxEnrollments) {
        throw new CaError('SECRET_WRONG', `The secret of '${id}' has been used as often as allowed`);
      }
      return { ...current, enrollments: current.enrollments + 1, failedAttempts: 0, lockedUntil: 0 };
    });
  }

  /**
   * Issues a certificate to somebody registered, with the subject and attributes of the registration: a renewal
   * keeps both.
   * @param wanted names of attributes to embed besides `role` and `subject`; left out: those marked `ecert`
   * @throws CaError IDENTITY_NOT_FOUND, IDENTITY_REVOKED
   */
  async issue(
    id: string,
    publicKey: PublicKey | webcrypto.CryptoKey,
    options: { days?: number; wanted?: readonly string[] } = {},
  ): Promise<X509Certificate> {
    const identity = this.registry.identity(id);
    if (identity === undefined) throw new CaError('IDENTITY_NOT_FOUND', `Identity '${id}' was not found`);
    const certificate = await issueIdentity(this.issuer, {
      subject: { commonName: id, organisation: this.organisation.name, unit: identity.type },
      publicKey,
      days: options.days ?? DEFAULT_DAYS,
      attributes: embedded(identity, options.wanted),
    });
    this.registry.addCertificate({
      serial: normalHex(certificate.serialNumber),
      authorityKeyId: normalHex(this.issuer.keyId),
      id,
      pem: certificate.toString('pem'),
      notBefore: certificate.notBefore.toISOString(),
      notAfter: certificate.notAfter.toISOString(),
    });
    return certificate;
  }

  /** A TLS certificate of this organisation's TLS authority; these are not registered and not revocable. */
  issueTls(
    commonName: string,
    publicKey: PublicKey | webcrypto.CryptoKey,
    hosts: readonly string[],
    days = DEFAULT_DAYS,
  ) {
    const subject = { commonName, organisation: this.organisation.name };
    return issueTls(this.tlsIssuer, { subject, publicKey, days, hosts });
  }

  /**
   * Revokes one certificate and publishes the list.
   * @throws CaError CERTIFICATE_NOT_FOUND, ALREADY_REVOKED
   */
  async revokeCertificate(serial: string, reason = 0): Promise<IssuedCertificate> {
    const wanted = normalHex(serial);
    if (this.registry.certificate(wanted) === undefined) {
      throw new CaError('CERTIFICATE_NOT_FOUND', `Certificate with serial ${wanted} was not found`);
    }
    const [revoked] = this.registry.revoke([wanted], reason, new Date());
    if (revoked === undefined) {
      throw new CaError('ALREADY_REVOKED', `Certificate with serial ${wanted} was already revoked`);
    }
    await this.publishRevocationList();
    return revoked;
  }

  /**
   * Shuts somebody out: no further certificate, and all that were issued are revoked and the list published.
   * @returns those revoked now
   * @throws CaError IDENTITY_NOT_FOUND
   */
  async revokeIdentity(id: string, reason = 0): Promise<IssuedCertificate[]> {
    this.registry.update(id, (identity) => ({ ...identity, status: 'revoked' }));
    const serials = this.registry.certificatesOf(id).map(({ serial }) => serial);
    const revoked = this.registry.revoke(serials, reason, new Date());
    await this.publishRevocationList();
    return revoked;
  }

  /** Writes the cumulative list to the organisation's MSP and its nodes'. @returns it, as PEM */
  async publishRevocationList(): Promise<string> {
    for (;;) {
      const { number, certificates } = this.registry.revocations();
      const list = await createRevocationList(this.issuer, certificates.map(toRevocation), number);
      // A node that comes later gets the list with its folder's making.
      for (const msp of this.#mspFolders.filter(existsSync)) {
        replaceFrom(msp, join(msp, 'crls', 'crl.pem'), list);
      }
      // Another process may have revoked meanwhile and written a longer list first: then this one is stale.
      if (this.registry.revocationNumber === number) return list;
    }
  }

  async close(): Promise<void> {
    await this.registry.close();
  }
}

/** Lower-case hex without colons and leading zeros, as Fabric CA compares serials and key ids. */
export function normalHex(text: string): string {
  return text.toLowerCase().replaceAll(':', '').replace(/^0+/, '');
}

export function toRevocation(certificate: IssuedCertificate) {
  return {
    serial: certificate.serial.length % 2 === 0 ? certificate.serial : `0${certificate.serial}`,
    revokedAt: new Date(certificate.revokedAt ?? 0),
    reason: certificate.reason ?? 0,
  };
}

function toIdentity(registration: Registration): RegisteredIdentity {
  const { id, type, affiliation = '', maxEnrollments = 1 } = registration;
  if (!ID.test(id)) {
    throw new CaError(
      'REGISTRATION_INVALID',
      `'${id}' is no name: 1 to 64 of A-Z a-z 0-9 . _ @ -, letter or digit first`,
    );
  }
  return {
    id,
    type,
    affiliation,
    attributes: complete(registration),
    maxEnrollments,
    enrollments: 0,
    failedAttempts: 0,
    lockedUntil: 0,
    status: 'active',
    registeredAt: new Date().toISOString(),
  };
}

/** People and services need a role and a subject; nodes have neither. */
function complete({ id, type, affiliation = '', attributes }: Registration): RegisteredAttribute[] {
  const value = (name: string) => attributes.find((attribute) => attribute.name === name)?.value;
  const own = [
    { name: 'hf.EnrollmentID', value: id, ecert: true },
    { name: 'hf.Type', value: type, ecert: true },
    { name: 'hf.Affiliation', value: affiliation, ecert: true },
  ];
  if (type === 'client' || type === 'admin') {
    const role = Role.safeParse(value('role'));
    if (!role.success) {
      throw new CaError(
        'REGISTRATION_INVALID',
        `'${id}' needs the attribute role: ${Role.options.join(', ')}`,
      );
    }
    if ((role.data === 'admin') !== (type === 'admin')) {
      throw new CaError('REGISTRATION_INVALID', `'${id}': the role admin and the type admin belong together`);
    }
    const subject = value('subject') ?? randomBytes(16).toString('hex');
    if (!SUBJECT.test(subject)) {
      throw new CaError(
        'REGISTRATION_INVALID',
        `'${id}': the attribute subject must be 32 lower-case hex digits`,
      );
    }
    own.push(
      { name: 'role', value: role.data, ecert: true },
      { name: 'subject', value: subject, ecert: true },
    );
  }
  const fixed = new Set(own.map(({ name }) => name));
  return [...own, ...attributes.filter(({ name }) => !fixed.has(name))];
}

function embedded(identity: RegisteredIdentity, wanted: readonly string[] | undefined): Attributes {
  const chosen = identity.attributes.filter(({ name, ecert }) =>
    wanted === undefined ? ecert : name === 'role' || name === 'subject' || wanted.includes(name),
  );
  return Object.fromEntries(chosen.map(({ name, value }) => [name, value]));
}

function countFailure(identity: RegisteredIdentity): RegisteredIdentity {
  const failedAttempts = identity.failedAttempts + 1;
  return failedAttempts < ATTEMPTS
    ? { ...identity, failedAttempts }
    : { ...identity, failedAttempts: 0, lockedUntil: Date.now() + LOCK_MS };
}
