import { createHash } from 'node:crypto';
import { isIssuedBy, type Certificate } from './certificate.js';
import { IdentityError } from './identity-error.js';
import {
  readMspFolder,
  readRevocationLists,
  revocationFingerprint,
  type MspFolder,
  type NodeOu,
} from './msp-folder.js';
import type { RevocationList } from './revocation-list.js';

/** How long an answer of "are the revocation lists still the same files?" is trusted. */
const REVOCATION_CHECK_MS = 50;
const MAX_CHAIN = 8;

export type NodeRole = 'client' | 'peer' | 'admin' | 'orderer';

/** One organisation's membership service: its CAs, revocations and node OUs. */
export class Msp {
  readonly folder: MspFolder;
  #revocations: readonly RevocationList[];
  #fingerprint: string;
  #checkedAt = 0;
  #generation = 0;
  readonly #heedsRevocations: boolean;

  /** @throws IdentityError (MSP_FOLDER). */
  constructor(mspId: string, dir: string, { heedsRevocations = true } = {}) {
    this.folder = readMspFolder(mspId, dir);
    this.#heedsRevocations = heedsRevocations;
    this.#fingerprint = revocationFingerprint(dir);
    this.#revocations = readRevocationLists(dir);
  }

  get mspId(): string {
    return this.folder.mspId;
  }

  /**
   * Counts the revocation lists' changes: a verdict holds for one generation. The files are looked at anew
   * when the last look is older than 50 ms. Lists that cannot be read leave the last good ones in force.
   */
  generation(): number {
    const now = Date.now();
    if (now - this.#checkedAt < REVOCATION_CHECK_MS) return this.#generation;
    this.#checkedAt = now;
    try {
      const fingerprint = revocationFingerprint(this.folder.dir);
      if (fingerprint !== this.#fingerprint) {
        this.#revocations = readRevocationLists(this.folder.dir);
        this.#fingerprint = fingerprint;
        this.#generation += 1;
      }
    } catch {
      // A half-written file or a folder being replaced: looked at again next time.
    }
    return this.#generation;
  }

  /** From the certificate's issuer to a root. @throws IdentityError (UNTRUSTED_CHAIN). */
  issuers(certificate: Certificate): Certificate[] {
    if (certificate.isAuthority) throw this.#untrusted(certificate, 'a CA certificate is no identity');
    const chain: Certificate[] = [];
    let current = certificate;
    while (chain.length < MAX_CHAIN) {
      const child = current;
      const root = this.folder.roots.find((candidate) => isIssuedBy(child, candidate));
      if (root !== undefined) return [...chain, root];
      const issuer = this.folder.intermediates.find((candidate) => isIssuedBy(child, candidate));
      if (issuer === undefined) break;
      chain.push(issuer);
      current = issuer;
    }
    throw this.#untrusted(certificate, "not issued by the organisation's CA");
  }

  /** The same organisation, for which no certificate is revoked. */
  beforeRevocations(): Msp {
    return new Msp(this.mspId, this.folder.dir, { heedsRevocations: false });
  }

  /** @throws IdentityError (CERTIFICATE_REVOKED). */
  checkRevocation(certificate: Certificate, issuer: Certificate): void {
    if (!this.#heedsRevocations) return;
    const revoked = this.#revocations.some(
      (list) =>
        list.authorityKeyId === issuer.subjectKeyId &&
        list.serialNumbers.has(certificate.serialNumber) &&
        list.isSignedBy(issuer.publicKey),
    );
    if (revoked) {
      throw new IdentityError('CERTIFICATE_REVOKED', `certificate ${certificate.serialNumber} is revoked`);
    }
  }

  /** Exactly one of the node OUs has to be there. @throws IdentityError (NODE_OU). */
  checkNodeOus(certificate: Certificate, issuers: readonly Certificate[]): void {
    if (!this.folder.nodeOus.enabled) return;
    let found = 0;
    for (const role of ['client', 'peer', 'admin', 'orderer'] as const) {
      const unit = this.folder.nodeOus[role];
      if (unit === undefined) continue;
      const times = certificate.organisationalUnits.filter((name) => name === unit.identifier).length;
      if (times > 0 && !this.#certifies(unit, issuers)) {
        throw new IdentityError(
          'NODE_OU',
          `OU ${unit.identifier} was not certified by the CA that node OUs name`,
        );
      }
      found += times;
    }
    if (found !== 1) {
      throw new IdentityError(
        'NODE_OU',
        `the certificate needs exactly one of the OUs client, peer, admin, orderer; it has ${String(found)}`,
      );
    }
  }

  hasRole(certificate: Certificate, role: NodeRole): boolean {
    const unit = this.folder.nodeOus[role];
    return unit !== undefined && certificate.organisationalUnits.includes(unit.identifier);
  }

  isNamedAdmin(certificate: Certificate): boolean {
    return this.folder.admins.some((admin) => admin.digest === certificate.digest);
  }

  #certifies(unit: NodeOu, issuers: readonly Certificate[]): boolean {
    return unit.certificate === undefined || unit.certificate.digest === issuers[0]?.digest;
  }

  #untrusted(certificate: Certificate, reason: string): IdentityError {
    return new IdentityError('UNTRUSTED_CHAIN', `${certificate.subject} at ${this.mspId}: ${reason}`);
  }
}

/** Fabric's certifiers identifier: SHA-256 over the DER of the issuing CA and those above it. */
export function certifiersIdentifier(issuers: readonly Certificate[]): Buffer {
  const hash = createHash('sha256');
  for (const issuer of issuers) hash.update(issuer.der);
  return hash.digest();
}
