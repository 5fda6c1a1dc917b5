import { createHash } from 'node:crypto';
import { isIssuedBy, type Certificate } from './certificate.js';
import { IdentityError } from './identity-error.js';
import {
  readMspFolder,
  readRevocationLists,
  revocationFingerprint,
  type MspMaterial,
  type NodeOu,
} from './msp-folder.js';
import type { MspDefinition } from './msp-definition.js';
import type { RevocationList } from './revocation-list.js';

/** How long an answer of "are the revocation lists still the same files?" is trusted. */
const REVOCATION_CHECK_MS = 50;
const MAX_CHAIN = 8;

export type NodeRole = 'client' | 'peer' | 'admin' | 'orderer';

/** Nobody is taken for an organisation's own that has left the channel. */
const NOBODY = { roots: [], intermediates: [], admins: [], tlsRoots: [], nodeOus: { enabled: false } };

/**
 * One organisation's membership service: its CAs, revocations and node OUs. They come from a folder, from a channel's
 * configuration, or from both: then the configuration says whom to take, and the lists of both revoke.
 */
export class Msp {
  readonly mspId: string;
  readonly #dir: string | undefined;
  #material: MspMaterial;
  #revocations: readonly RevocationList[] = [];
  #configured: readonly RevocationList[] = [];
  #fingerprint = '';
  #checkedAt = 0;
  #generation = 0;
  readonly #heedsRevocations: boolean;

  private constructor(material: MspMaterial, dir: string | undefined, heedsRevocations: boolean) {
    this.mspId = material.mspId;
    this.#material = material;
    this.#dir = dir;
    this.#heedsRevocations = heedsRevocations;
  }

  /** @throws IdentityError (MSP_FOLDER). */
  static ofFolder(mspId: string, dir: string, { heedsRevocations = true } = {}): Msp {
    const msp = new Msp(readMspFolder(mspId, dir), dir, heedsRevocations);
    msp.#fingerprint = revocationFingerprint(dir);
    msp.#revocations = readRevocationLists(dir);
    return msp;
  }

  static ofDefinition(definition: MspDefinition, { heedsRevocations = true } = {}): Msp {
    const msp = new Msp(definition, undefined, heedsRevocations);
    msp.configure(definition);
    return msp;
  }

  /** What the channel's configuration says from now on; undefined: the organisation has left the channel. */
  configure(definition: MspDefinition | undefined): void {
    this.#material = definition ?? { mspId: this.mspId, ...NOBODY };
    this.#configured = definition?.revocations ?? [];
    this.#generation += 1;
  }

  /**
   * Counts the changes: a verdict holds for one generation. The folder's revocation lists are looked at anew
   * when the last look is older than 50 ms. Lists that cannot be read leave the last good ones in force.
   */
  generation(): number {
    const now = Date.now();
    if (this.#dir === undefined || now - this.#checkedAt < REVOCATION_CHECK_MS) return this.#generation;
    this.#checkedAt = now;
    try {
      const fingerprint = revocationFingerprint(this.#dir);
      if (fingerprint !== this.#fingerprint) {
        this.#revocations = readRevocationLists(this.#dir);
        this.#fingerprint = fingerprint;
        this.#generation += 1;
      }
    } catch {
      // A half-written file or a folder being replaced: looked at again next time.
    }
    return this.#generation;
  }

  /** From the certificate's issuer to a root. @throws IdentityError (UNTRUSTED_CHAIN, CA_CERTIFICATE). */
  issuers(certificate: Certificate): Certificate[] {
    const chain = this.#chain(certificate);
    // As Fabric has it: an authority that has expired since does not take its certificates with it.
    const begins = new Date(certificate.notBefore.getTime() + 1000);
    const outside = chain.find(({ notBefore, notAfter }) => begins < notBefore || begins > notAfter);
    if (outside === undefined) return chain;
    throw this.#untrusted(certificate, `${outside.subject} was not valid when the certificate begins`);
  }

  #chain(certificate: Certificate): Certificate[] {
    if (certificate.isAuthority) {
      throw new IdentityError('CA_CERTIFICATE', `${certificate.subject}: a CA certificate is no identity`);
    }
    const chain: Certificate[] = [];
    let current = certificate;
    while (chain.length < MAX_CHAIN) {
      const child = current;
      const root = this.#material.roots.find((candidate) => isIssuedBy(child, candidate));
      if (root !== undefined) return [...chain, root];
      const issuer = this.#material.intermediates.find((candidate) => isIssuedBy(child, candidate));
      if (issuer === undefined) break;
      chain.push(issuer);
      current = issuer;
    }
    throw this.#untrusted(certificate, "not issued by the organisation's CA");
  }

  /** The same organisation, for which no certificate is revoked. */
  beforeRevocations(): Msp {
    return new Msp(this.#material, undefined, false);
  }

  /** @throws IdentityError (CERTIFICATE_REVOKED). */
  checkRevocation(certificate: Certificate, issuer: Certificate): void {
    if (!this.#heedsRevocations) return;
    const revoked = [...this.#revocations, ...this.#configured].some(
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
    if (!this.#material.nodeOus.enabled) return;
    let found = 0;
    for (const role of ['client', 'peer', 'admin', 'orderer'] as const) {
      const unit = this.#material.nodeOus[role];
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
    const unit = this.#material.nodeOus[role];
    return unit !== undefined && certificate.organisationalUnits.includes(unit.identifier);
  }

  isNamedAdmin(certificate: Certificate): boolean {
    return this.#material.admins.some((admin) => admin.digest === certificate.digest);
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
