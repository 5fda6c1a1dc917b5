import type { ClientIdentity } from 'fabric-shim-api';
import {
  ATTRIBUTES,
  Id,
  PRACTITIONER_ROLES,
  Role,
  isCare,
  type OrganisationKind,
  type directory,
} from '../api/index.js';
import { refuse } from './errors.js';
import { PRACTITIONER } from './kinds.js';
import type { PublicStore } from './public-store.js';

/** Who signed the proposal: MSP from Fabric, role and subject from the certificate's attributes. */
export class Caller {
  readonly mspId: string;
  readonly role: Role;
  /** Ledger id of the person or service; a practitioner's id is its subject. */
  readonly subject: string;
  private approval: Promise<void> | undefined;

  /** @throws ContractError UNAUTHORIZED_ROLE where the certificate lacks a known role or a subject. */
  constructor(
    identity: ClientIdentity,
    private readonly founded: directory.Consortium | undefined,
    private readonly assets: PublicStore,
  ) {
    this.mspId = identity.getMSPID();
    const role = Role.safeParse(identity.getAttributeValue(ATTRIBUTES.role));
    const subject = Id.safeParse(identity.getAttributeValue(ATTRIBUTES.subject));
    this.role = role.data ?? refuse('UNAUTHORIZED_ROLE', 'the certificate names no known role');
    this.subject = subject.data ?? refuse('UNAUTHORIZED_ROLE', 'the certificate names no subject');
  }

  /** The caller's member organisation. @throws ContractError NOT_FOUNDED, UNAUTHORIZED_ORGANISATION */
  get organisation(): directory.Organisation {
    if (this.founded === undefined) refuse('NOT_FOUNDED', 'the consortium is not founded');
    return (
      this.founded.organisations.find(({ mspId }) => mspId === this.mspId) ??
      refuse('UNAUTHORIZED_ORGANISATION', 'the organisation is no member of the consortium')
    );
  }

  /** @throws ContractError UNAUTHORIZED_ORGANISATION unless the organisation is a hospital, lab or pharmacy. */
  requireCare(): void {
    if (!isCare(this.organisation.kind)) refuse('UNAUTHORIZED_ORGANISATION', 'care organisations only');
  }

  /** @throws ContractError UNAUTHORIZED_ORGANISATION */
  requireKind(...kinds: OrganisationKind[]): void {
    if (!kinds.includes(this.organisation.kind)) {
      refuse('UNAUTHORIZED_ORGANISATION', `only for: ${kinds.join(', ')}`);
    }
  }

  /** @throws ContractError UNAUTHORIZED_ORGANISATION unless the caller belongs to the named organisation. */
  requireOrganisation(name: string): void {
    if (this.organisation.name !== name) {
      refuse('UNAUTHORIZED_ORGANISATION', 'belongs to another organisation');
    }
  }

  /**
   * The caller has one of the roles, at a member organisation; practitioner roles must also be approved there.
   * @throws ContractError UNAUTHORIZED_ROLE, UNAUTHORIZED_ORGANISATION, PRACTITIONER_NOT_APPROVED
   */
  async requireRole(...roles: Role[]): Promise<void> {
    if (!roles.includes(this.role)) refuse('UNAUTHORIZED_ROLE', `only for: ${roles.join(', ')}`);
    void this.organisation;
    if (PRACTITIONER_ROLES.includes(this.role)) await this.requireApproved();
  }

  /** Any role but `patient` and `auditor` may act; practitioners when approved. @throws as requireRole */
  async requireActor(): Promise<void> {
    await this.requireRole('admin', 'gateway', ...PRACTITIONER_ROLES);
  }

  /** The caller is an approved practitioner of its organisation in its role. @throws PRACTITIONER_NOT_APPROVED */
  requireApproved(): Promise<void> {
    this.approval ??= this.checkApproval();
    return this.approval;
  }

  private async checkApproval(): Promise<void> {
    const practitioner = await this.assets.get(PRACTITIONER, this.subject);
    if (!isApproved(practitioner, this.organisation.name, this.role)) {
      refuse('PRACTITIONER_NOT_APPROVED', 'not an approved practitioner of this organisation in this role');
    }
  }
}

/** The one rule of who is an approved practitioner. */
export function isApproved(
  practitioner: directory.Practitioner | undefined,
  organisation: string,
  role: Role,
): practitioner is directory.Practitioner {
  return (
    practitioner !== undefined &&
    practitioner.status === 'approved' &&
    practitioner.organisation === organisation &&
    practitioner.role === role
  );
}
