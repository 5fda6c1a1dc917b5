import type { webcrypto } from 'node:crypto';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { PublicKey, X509Certificate } from '@peculiar/x509';
import { organisationPaths, replaceFrom } from '../home/index.js';
import { createRevocationList, issueIdentity, issueTls, readIssuer, type Issuer } from '../pki/index.js';
import { isConsortiumOrganisation, type Organisation } from '../topology/index.js';
import { CaError } from './ca-error.js';
import { embeddedAttributes, toIdentity, type Registration } from './registration.js';
import { Registry, type IssuedCertificate, type RegisteredIdentity } from './registry.js';
import { hashSecret, newSecret, secretMatches } from './secret.js';

const ATTEMPTS = 10;
const LOCK_MS = 15 * 60_000;
/** How long a certificate lives unless somebody says otherwise. */
export const DEFAULT_DAYS = 365;

/**
 * One organisation's certificate authority: who is registered, what was issued, what was revoked. The service and
 * the command line share it; neither decides anything on its own. Callers check who may ask.
 */
export class CertificateAuthority {
  readonly organisation: Organisation;
  readonly issuer: Issuer;
  readonly tlsIssuer: Issuer;
  readonly registry: Registry;
  readonly #mspFolders: readonly string[];
  readonly #tlsListFile: string;

  private constructor(
    organisation: Organisation,
    issuer: Issuer,
    tlsIssuer: Issuer,
    registry: Registry,
    mspFolders: readonly string[],
    tlsListFile: string,
  ) {
    this.organisation = organisation;
    this.issuer = issuer;
    this.tlsIssuer = tlsIssuer;
    this.registry = registry;
    this.#mspFolders = mspFolders;
    this.#tlsListFile = tlsListFile;
  }

  /**
   * Opens the authority whose keys lie under the home folder, and brings its published list up to date.
   * @throws Error where the keys are missing.
   */
  static async open(home: string, organisation: Organisation): Promise<CertificateAuthority> {
    const paths = organisationPaths(home, organisation);
    const [issuer, tlsIssuer] = await Promise.all([
      readIssuer(paths.ca.certificate, paths.ca.privateKey),
      readIssuer(paths.tlsCa.certificate, paths.tlsCa.privateKey),
    ]);
    // Fabric's nodes read a list of their own; the ledger reads the organisation's.
    const folders = [paths.msp, ...organisation.peers.map(({ name }) => paths.peer(name).msp)];
    const registry = new Registry(paths.caService.registry);
    const tlsList = paths.tlsRevocationList;
    const authority = new CertificateAuthority(organisation, issuer, tlsIssuer, registry, folders, tlsList);
    if (registry.revocationNumber > 0) await authority.publishRevocationList();
    return authority;
  }

  get #withRoles(): boolean {
    return isConsortiumOrganisation(this.organisation);
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
    const identity = toIdentity(registration, this.#withRoles);
    this.registry.add(identity);
    return identity;
  }

  /** As `register`, and returns the secret to enrol with; only its scrypt hash is kept. */
  async registerWithSecret(registration: Registration, wanted?: string): Promise<string> {
    const secret = wanted ?? newSecret();
    this.registry.add({ ...toIdentity(registration, this.#withRoles), secret: await hashSecret(secret) });
    return secret;
  }

  /**
   * Replaces what somebody is registered as, and the secret where there is a new one, with nobody between.
   * @throws CaError IDENTITY_NOT_FOUND, REGISTRATION_INVALID, and what `change` throws; nothing is then changed.
   */
  async modify(
    id: string,
    change: (known: RegisteredIdentity) => Registration,
    secret?: string,
  ): Promise<RegisteredIdentity> {
    const fresh =
      secret === undefined ? {} : { secret: await hashSecret(secret), failedAttempts: 0, lockedUntil: 0 };
    return this.registry.update(id, (known) => {
      const { type, affiliation, attributes, maxEnrollments } = toIdentity(change(known), this.#withRoles);
      return { ...known, type, affiliation, attributes, maxEnrollments, ...fresh };
    });
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
      attributes: embeddedAttributes(identity, options.wanted),
    });
    this.registry.addCertificate(toIssued(certificate, this.issuer, id));
    return certificate;
  }

  /** A TLS certificate of this organisation's TLS authority; it is revoked by its serial number. */
  async issueTls(
    commonName: string,
    publicKey: PublicKey | webcrypto.CryptoKey,
    hosts: readonly string[],
    days = DEFAULT_DAYS,
  ): Promise<X509Certificate> {
    const subject = { commonName, organisation: this.organisation.name };
    const certificate = await issueTls(this.tlsIssuer, { subject, publicKey, days, hosts });
    this.registry.addTlsCertificate(toIssued(certificate, this.tlsIssuer, commonName));
    return certificate;
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

  /**
   * Writes the cumulative list to the organisation's MSP and its nodes', and that of the TLS authority, once it has
   * one, beside that authority's certificate. @returns the first, as PEM
   */
  async publishRevocationList(): Promise<string> {
    for (;;) {
      const { number, certificates } = this.registry.revocations();
      const listOf = (issuer: Issuer) =>
        createRevocationList(issuer, issuedBy(issuer, certificates).map(toRevocation), number);
      const [list, tlsList] = await Promise.all([listOf(this.issuer), listOf(this.tlsIssuer)]);
      // A node that comes later gets the list with its folder's making.
      for (const msp of this.#mspFolders.filter(existsSync)) {
        replaceFrom(msp, join(msp, 'crls', 'crl.pem'), list);
      }
      if (issuedBy(this.tlsIssuer, certificates).length > 0) {
        replaceFrom(dirname(this.#tlsListFile), this.#tlsListFile, tlsList);
      }
      // Another process may have revoked meanwhile and written a longer list first: then this one is stale.
      if (this.registry.revocationNumber === number) return list;
    }
  }

  async close(): Promise<void> {
    await this.registry.close();
  }
}

/** Those of one authority: an organisation's registry holds what both of its authorities issued. */
export function issuedBy(issuer: Issuer, certificates: readonly IssuedCertificate[]): IssuedCertificate[] {
  return certificates.filter(({ authorityKeyId }) => authorityKeyId === normalHex(issuer.keyId));
}

function toIssued(certificate: X509Certificate, issuer: Issuer, id: string): IssuedCertificate {
  return {
    serial: normalHex(certificate.serialNumber),
    authorityKeyId: normalHex(issuer.keyId),
    id,
    pem: certificate.toString('pem'),
    notBefore: certificate.notBefore.toISOString(),
    notAfter: certificate.notAfter.toISOString(),
  };
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

function countFailure(identity: RegisteredIdentity): RegisteredIdentity {
  const failedAttempts = identity.failedAttempts + 1;
  return failedAttempts < ATTEMPTS
    ? { ...identity, failedAttempts }
    : { ...identity, failedAttempts: 0, lockedUntil: Date.now() + LOCK_MS };
}
