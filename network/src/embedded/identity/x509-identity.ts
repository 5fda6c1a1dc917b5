import { msp as mspProtos } from '@hyperledger/fabric-protos';
import type { Identity } from '../parts.js';
import type { Certificate } from './certificate.js';
import { verifyLowS } from './ecdsa.js';
import { IdentityError } from './identity-error.js';
import { KnownSignatures } from './known-signatures.js';
import { certifiersIdentifier, type Msp } from './msp.js';

const { MSPPrincipal, MSPRole } = mspProtos;

/** An identity of one MSP. Its verdict on chain, revocation and OUs is kept for one generation of the lists. */
export class X509Identity implements Identity {
  readonly certificate: Certificate;
  readonly serialized: Uint8Array;
  readonly #msp: Msp;
  readonly #known = new KnownSignatures();
  #generation = -1;
  #verdict: IdentityError | undefined;
  #issuers: readonly Certificate[] = [];

  constructor(msp: Msp, certificate: Certificate, serialized: Uint8Array) {
    this.#msp = msp;
    this.certificate = certificate;
    this.serialized = serialized;
  }

  get mspId(): string {
    return this.#msp.mspId;
  }
  get certificatePem(): string {
    return this.certificate.pem;
  }
  get organisationalUnits(): readonly string[] {
    return this.certificate.organisationalUnits;
  }
  get fingerprint(): string {
    return `${this.mspId}/${this.certificate.digest}`;
  }
  get notAfter(): Date {
    return this.certificate.notAfter;
  }

  verify(message: Uint8Array, signature: Uint8Array): boolean {
    if (this.#known.take(message, signature)) return true;
    return verifyLowS(this.certificate.publicKey, this.certificate.curve, message, signature);
  }

  remember(message: Uint8Array, signature: Uint8Array): void {
    this.#known.remember(message, signature);
  }

  validate(at?: Date): void {
    if (at !== undefined) {
      if (at < this.certificate.notBefore) {
        throw new IdentityError('CERTIFICATE_EXPIRED', `${this.certificate.subject}: not valid yet`);
      }
      if (at > this.certificate.notAfter) {
        throw new IdentityError(
          'CERTIFICATE_EXPIRED',
          `${this.certificate.subject}: the certificate expired`,
        );
      }
    }
    const generation = this.#msp.generation();
    if (generation !== this.#generation) {
      this.#verdict = this.#judge();
      this.#generation = generation;
    }
    if (this.#verdict !== undefined) throw this.#verdict;
  }

  satisfies(principal: mspProtos.MSPPrincipal): boolean {
    try {
      return this.#matches(principal);
    } catch {
      // A principal that cannot be decoded (anybody may put one into a key's policy) is satisfied by nobody.
      return false;
    }
  }

  #matches(principal: mspProtos.MSPPrincipal): boolean {
    switch (principal.getPrincipalClassification()) {
      case MSPPrincipal.Classification.ROLE:
        return this.#hasRole(roleOf(principal));
      case MSPPrincipal.Classification.ORGANIZATION_UNIT:
        return this.#hasUnit(mspProtos.OrganizationUnit.deserializeBinary(principal.getPrincipal_asU8()));
      case MSPPrincipal.Classification.IDENTITY:
        return this.#isIdentity(principal.getPrincipal_asU8());
      case MSPPrincipal.Classification.ANONYMITY:
        return (
          mspProtos.MSPIdentityAnonymity.deserializeBinary(
            principal.getPrincipal_asU8(),
          ).getAnonymityType() === mspProtos.MSPIdentityAnonymity.MSPIdentityAnonymityType.NOMINAL
        );
      case MSPPrincipal.Classification.COMBINED: {
        const parts = mspProtos.CombinedPrincipal.deserializeBinary(
          principal.getPrincipal_asU8(),
        ).getPrincipalsList();
        return parts.length > 0 && parts.every((part) => this.#matches(part));
      }
      default:
        return false;
    }
  }

  #judge(): IdentityError | undefined {
    try {
      const issuers = this.#msp.issuers(this.certificate);
      const [issuer] = issuers;
      if (issuer !== undefined) this.#msp.checkRevocation(this.certificate, issuer);
      this.#msp.checkNodeOus(this.certificate, issuers);
      this.#issuers = issuers;
      return undefined;
    } catch (error) {
      if (error instanceof IdentityError) return error;
      throw error;
    }
  }

  #isValid(): boolean {
    try {
      this.validate();
      return true;
    } catch {
      return false;
    }
  }

  #hasRole(role: mspProtos.MSPRole): boolean {
    if (role.getMspIdentifier() !== this.mspId || !this.#isValid()) return false;
    switch (role.getRole()) {
      case MSPRole.MSPRoleType.MEMBER:
        return true;
      case MSPRole.MSPRoleType.ADMIN:
        return this.#msp.isNamedAdmin(this.certificate) || this.#msp.hasRole(this.certificate, 'admin');
      case MSPRole.MSPRoleType.CLIENT:
        return this.#msp.hasRole(this.certificate, 'client');
      case MSPRole.MSPRoleType.PEER:
        return this.#msp.hasRole(this.certificate, 'peer');
      case MSPRole.MSPRoleType.ORDERER:
        return this.#msp.hasRole(this.certificate, 'orderer');
      default:
        return false;
    }
  }

  #hasUnit(unit: mspProtos.OrganizationUnit): boolean {
    return (
      unit.getMspIdentifier() === this.mspId &&
      this.#isValid() &&
      this.organisationalUnits.includes(unit.getOrganizationalUnitIdentifier()) &&
      certifiersIdentifier(this.#issuers).equals(unit.getCertifiersIdentifier_asU8())
    );
  }

  #isIdentity(serialized: Uint8Array): boolean {
    const other = mspProtos.SerializedIdentity.deserializeBinary(serialized);
    if (other.getMspid() !== this.mspId) return false;
    const pem = Buffer.from(other.getIdBytes_asU8()).toString('utf8');
    const body = /-----BEGIN CERTIFICATE-----([\s\S]+?)-----END CERTIFICATE-----/.exec(pem)?.[1];
    return body !== undefined && Buffer.from(body, 'base64').equals(this.certificate.der) && this.#isValid();
  }
}

const roles = new WeakMap<mspProtos.MSPPrincipal, mspProtos.MSPRole>();

/** Decoded once: policies are looked at for every transaction. */
function roleOf(principal: mspProtos.MSPPrincipal): mspProtos.MSPRole {
  let role = roles.get(principal);
  if (role === undefined) {
    role = MSPRole.deserializeBinary(principal.getPrincipal_asU8());
    roles.set(principal, role);
  }
  return role;
}
