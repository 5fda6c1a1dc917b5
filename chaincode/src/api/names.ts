import type { OrganisationKind } from './primitives.js';
import { CARE_KINDS } from './primitives.js';

export const CHAINCODE_NAME = 'medaccord';
/** Every transaction sets exactly this event; its payload is a `ChangeSet`. */
export const EVENT_NAME = 'medaccord';
/** The one transient field: canonical JSON of the function's private input. */
export const TRANSIENT_FIELD = 'private';
/** Certificate attributes (Fabric's extension 1.2.3.4.5.6.7.8.1). */
export const ATTRIBUTES = { role: 'role', subject: 'subject' } as const;

/** `typ` of the patient's signatures; the header of each is exactly { alg: 'ES256', kid, typ }, in any order. */
export const JWS_TYPES = {
  /** Payload `Consent`. */
  consent: 'medaccord-consent+jws',
  /** Payload `ConsentRevocation`. */
  revocation: 'medaccord-consent-revocation+jws',
  /** Payload `KeyAddition` or `KeyRevocation`. */
  key: 'medaccord-key+jws',
  /** Payload `AccessStatement`. */
  access: 'medaccord-access+jws',
} as const;

/** Collection of all care organisations: consents, access events, patients. Insurers are not members. */
export const CARE_COLLECTION = 'care';
/** Collection of one care organisation and one insurer: lines, decision details, payments. */
export function claimsCollection(careOrganisation: string, insurer: string): string {
  return `claims-${careOrganisation}-${insurer}`;
}
/**
 * Collection of one care organisation alone: lines of self-pay invoices. Not its implicit collection: peers send what is
 * in one along with blocks to whoever may read the blocks.
 */
export function invoicesCollection(careOrganisation: string): string {
  return `invoices-${careOrganisation}`;
}
export function isCare(kind: OrganisationKind): boolean {
  return CARE_KINDS.includes(kind);
}
/** Smallest number that is more than half. */
export function majority(count: number): number {
  return Math.floor(count / 2) + 1;
}

/** One entry for every asset that a transaction created or changed; nothing personal. */
export interface Change {
  type: string;
  id: string;
  status?: string;
  version: number;
}
export interface ChangeSet {
  function: string;
  changes: Change[];
}
