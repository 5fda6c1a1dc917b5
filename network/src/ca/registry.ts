import { mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { open, type Database, type RootDatabase } from 'lmdb';
import { CaError } from './ca-error.js';
import type { SecretHash } from './secret.js';

/** Fabric's kinds of identity: the node OU of every certificate issued to it. */
export const IDENTITY_TYPES = ['client', 'peer', 'admin', 'orderer'] as const;
export type IdentityType = (typeof IDENTITY_TYPES)[number];

export interface RegisteredAttribute {
  readonly name: string;
  readonly value: string;
  /** Goes into certificates without being asked for. */
  readonly ecert: boolean;
}

/** Somebody who may hold certificates of this authority. */
export interface RegisteredIdentity {
  readonly id: string;
  readonly type: IdentityType;
  readonly affiliation: string;
  readonly attributes: readonly RegisteredAttribute[];
  /** -1: no limit. */
  readonly maxEnrollments: number;
  readonly enrollments: number;
  /** Absent where the identity was issued on this machine and cannot enrol by secret. */
  readonly secret?: SecretHash;
  readonly failedAttempts: number;
  /** Milliseconds since 1970; no secret is tried before it. */
  readonly lockedUntil: number;
  readonly status: 'active' | 'revoked';
  readonly registeredAt: string;
}

/** One certificate this authority issued. Instants as ISO text. */
export interface IssuedCertificate {
  /** Lower-case hex without leading zeros. */
  readonly serial: string;
  readonly authorityKeyId: string;
  readonly id: string;
  readonly pem: string;
  readonly notBefore: string;
  readonly notAfter: string;
  readonly revokedAt?: string;
  /** RFC 5280 reason code. */
  readonly reason?: number;
}

/**
 * The authority's durable memory. Several processes may have it open at once (the service and the command line);
 * every change is one synced transaction.
 */
export class Registry {
  readonly #root: RootDatabase;
  readonly #identities: Database<RegisteredIdentity, string>;
  readonly #certificates: Database<IssuedCertificate, string>;
  readonly #owned: Database<true, [string, string]>;
  readonly #revoked: Database<number, string>;
  readonly #subjects: Database<string, string>;

  constructor(file: string) {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    // A transaction that was told is on the disk: no sync behind the caller's back.
    this.#root = open({ path: file, noSubdir: true, overlappingSync: false, maxDbs: 8 });
    this.#identities = this.#root.openDB({ name: 'identities', encoding: 'json' });
    this.#certificates = this.#root.openDB({ name: 'certificates', encoding: 'json' });
    this.#owned = this.#root.openDB({ name: 'owned', encoding: 'json' });
    this.#revoked = this.#root.openDB({ name: 'revoked', encoding: 'json' });
    this.#subjects = this.#root.openDB({ name: 'subjects', encoding: 'json' });
  }

  identity(id: string): RegisteredIdentity | undefined {
    this.#fresh();
    return this.#identities.get(id);
  }

  /** By id. */
  identities(): RegisteredIdentity[] {
    this.#fresh();
    return [...this.#identities.getRange()].map(({ value }) => value);
  }

  /**
   * @throws CaError ALREADY_REGISTERED for a name that is taken, or for the subject of somebody else: on the ledger
   * two certificates of one subject are one person.
   */
  add(identity: RegisteredIdentity): void {
    const subject = identity.attributes.find(({ name }) => name === 'subject')?.value;
    this.#root.transactionSync(() => {
      if (this.#identities.get(identity.id) !== undefined) {
        throw new CaError('ALREADY_REGISTERED', `Identity '${identity.id}' is already registered`);
      }
      if (subject !== undefined) {
        if (this.#subjects.get(subject) !== undefined) {
          throw new CaError('ALREADY_REGISTERED', `The subject of '${identity.id}' is somebody else's`);
        }
        this.#subjects.putSync(subject, identity.id);
      }
      this.#identities.putSync(identity.id, identity);
    });
  }

  /**
   * Reads and replaces one identity with nobody between.
   * @throws CaError IDENTITY_NOT_FOUND, and what `change` throws; nothing is then changed.
   */
  update(id: string, change: (identity: RegisteredIdentity) => RegisteredIdentity): RegisteredIdentity {
    return this.#root.transactionSync(() => {
      const changed = change(this.#known(id));
      this.#identities.putSync(id, changed);
      return changed;
    });
  }

  /** @throws CaError IDENTITY_REVOKED where its holder was revoked meanwhile. */
  addCertificate(certificate: IssuedCertificate): void {
    this.#root.transactionSync(() => {
      if (this.#known(certificate.id).status === 'revoked') {
        throw new CaError('IDENTITY_REVOKED', `Identity '${certificate.id}' is revoked`);
      }
      this.#certificates.putSync(certificate.serial, certificate);
      this.#owned.putSync([certificate.id, certificate.serial], true);
    });
  }

  /** One of the TLS authority: its holder may be a service that is no identity, so it is found by serial alone. */
  addTlsCertificate(certificate: IssuedCertificate): void {
    this.#certificates.putSync(certificate.serial, certificate);
  }

  certificate(serial: string): IssuedCertificate | undefined {
    this.#fresh();
    return this.#certificates.get(serial);
  }

  /** Oldest first. */
  certificatesOf(id: string): IssuedCertificate[] {
    this.#fresh();
    const owned = this.#owned.getKeys({ start: [id, ''], end: [id, '~'] });
    return [...owned]
      .map(([, serial]) => this.#certificates.get(serial))
      .filter((certificate) => certificate !== undefined)
      .sort((a, b) => a.notBefore.localeCompare(b.notBefore) || isRevoked(b) - isRevoked(a));
  }

  /** All that were ever issued, those of the TLS authority among them; by serial. */
  certificates(): IssuedCertificate[] {
    this.#fresh();
    return [...this.#certificates.getRange()].map(({ value }) => value);
  }

  /** Marks certificates that are not revoked yet. @returns those. */
  revoke(serials: readonly string[], reason: number, at: Date): IssuedCertificate[] {
    return this.#root.transactionSync(() => {
      const marked = serials
        .map((serial) => this.#certificates.get(serial))
        .filter((certificate) => certificate !== undefined && certificate.revokedAt === undefined)
        .map((certificate) => ({ ...certificate, revokedAt: at.toISOString(), reason }) as IssuedCertificate);
      let number = this.#revoked.getKeysCount();
      for (const certificate of marked) {
        number += 1;
        this.#certificates.putSync(certificate.serial, certificate);
        this.#revoked.putSync(certificate.serial, number);
      }
      return marked;
    });
  }

  /** Grows with every revocation. */
  get revocationNumber(): number {
    this.#fresh();
    return this.#revoked.getKeysCount();
  }

  /** All revoked certificates and the number that belongs to exactly this set. */
  revocations(): { number: number; certificates: IssuedCertificate[] } {
    this.#fresh();
    const certificates = [...this.#revoked.getKeys()]
      .map((serial) => this.#certificates.get(serial))
      .filter((certificate) => certificate !== undefined);
    return { number: certificates.length, certificates };
  }

  /** Reads keep one view per turn of the event loop; another process may have written since. */
  #fresh(): void {
    this.#root.resetReadTxn();
  }

  /** Writes all of it, as it is at one instant, into a file to be made. */
  async copyTo(file: string): Promise<void> {
    await this.#root.backup(file, false);
  }

  async close(): Promise<void> {
    await this.#root.close();
  }

  #known(id: string): RegisteredIdentity {
    const identity = this.#identities.get(id);
    if (identity === undefined) throw new CaError('IDENTITY_NOT_FOUND', `Identity '${id}' was not found`);
    return identity;
  }
}

/** Of two of the same second the revoked one is the older. */
function isRevoked({ revokedAt }: IssuedCertificate): number {
  return revokedAt === undefined ? 0 : 1;
}
