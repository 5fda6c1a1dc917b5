import { z } from 'zod';
import {
  CompactJws,
  ExpectedVersion,
  Hash,
  Id,
  Instant,
  KeyId,
  MspId,
  OrganisationKind,
  OrganisationName,
  PublicJwk,
  Role,
  Token,
  Version,
} from './primitives.js';

export const Organisation = z.strictObject({ name: OrganisationName, kind: OrganisationKind, mspId: MspId });
export type Organisation = z.infer<typeof Organisation>;

/** Public. Written by `found` and by decided memberships; says which MSP is what, for every later decision. */
export const Consortium = z.strictObject({
  type: z.literal('consortium'),
  organisations: z.array(Organisation).min(2).max(64),
  /** Seconds a new patient key waits, after its notice, before it signs anything. */
  keyDelaySeconds: z.number().int().min(0).max(2_592_000),
  /** Seconds after which an unreviewed break-glass suspends the clinician's emergency right. */
  breakGlassReviewSeconds: z.number().int().min(60).max(2_592_000),
});
export type Consortium = z.infer<typeof Consortium>;
export const FoundInput = Consortium.omit({ type: true });
/** Whether an organisation joins the consortium or leaves it. */
export const MembershipStep = z.enum(['join', 'leave']);
/** Public. Under way until a majority of the care organisations has approved it; then the consortium is another. */
export const Membership = z.strictObject({
  type: z.literal('membership'),
  /** The organisation's name. */
  id: OrganisationName,
  kind: OrganisationKind,
  mspId: MspId,
  step: MembershipStep,
  status: z.enum(['proposed', 'decided']),
  /** Care organisations whose admins have approved it, in the order in which they did. */
  approvedBy: z.array(OrganisationName),
  version: Version,
  updatedAt: Instant,
});
export type Membership = z.infer<typeof Membership>;
/** The first call proposes, each one approves; all have to name the same. */
export const ApproveMembershipInput = z.strictObject({ organisation: Organisation, step: MembershipStep });
/** Transient of `found`: the secret under which keys in `care` are HMACed (32 random bytes, hex). */
export const FoundPrivate = z.strictObject({ careKeySecret: Hash });

/** Public. */
export const Practitioner = z.strictObject({
  type: z.literal('practitioner'),
  id: Id,
  organisation: OrganisationName,
  role: Role,
  status: z.enum(['requested', 'approved', 'declined', 'suspended', 'left']),
  /** Salted hash of the evidence (name, licence) that the organisation keeps off the ledger. */
  evidenceHash: Hash,
  /** Set when an unreviewed or unjustified break-glass took the emergency right away. */
  breakGlassSuspended: z.boolean(),
  /** Reason code of the last step, where one was given. */
  reason: Token.optional(),
  version: Version,
  updatedAt: Instant,
});
export type Practitioner = z.infer<typeof Practitioner>;
export const RequestPractitionerInput = z.strictObject({ id: Id, role: Role, evidenceHash: Hash });
export const PractitionerStepInput = z.strictObject({
  id: Id,
  reason: Token.optional(),
  expectedVersion: ExpectedVersion,
});

export const PATIENT_STATUSES = ['registered', 'confirmed', 'merged'] as const;

/** Public, under a random id: that somebody is registered there, not who. The pseudonym is in `care`. */
export const Registration = z.strictObject({
  type: z.literal('registration'),
  id: Id,
  custodian: OrganisationName,
  status: z.enum(PATIENT_STATUSES),
  /** Organisation that proofed the registration besides the custodian. */
  confirmedBy: OrganisationName.optional(),
  /** SHA-256 over the canonical `Patient`, which carries a salt. */
  detailsHash: Hash,
  version: Version,
  updatedAt: Instant,
});
export type Registration = z.infer<typeof Registration>;

export const PatientKey = z.strictObject({
  kid: KeyId,
  jwk: PublicJwk,
  /** Version of the patient with which the key came. */
  addedIn: Version,
  /** The key signs nothing before this instant. */
  effectiveFrom: Instant,
  revokedIn: Version.optional(),
  revokedAt: Instant.optional(),
});
export type PatientKey = z.infer<typeof PatientKey>;
/** In `care`, by its pseudonym: a patient at one custodian, with its device keys. */
export const Patient = z.strictObject({
  type: z.literal('patient'),
  /** The pseudonym. */
  id: Id,
  registration: Id,
  custodian: OrganisationName,
  status: z.enum(PATIENT_STATUSES),
  confirmedBy: OrganisationName.optional(),
  /** Asked for by the custodian; in force once another care organisation confirmed it (`merged`). */
  mergedInto: Id.optional(),
  keys: z.array(PatientKey).min(1).max(16),
  salt: Id,
  version: Version,
  updatedAt: Instant,
});
export type Patient = z.infer<typeof Patient>;
/** `id` is the registration's. Arguments stand on the chain for everybody: pseudonyms go into `private`. */
export const RegisterPatientInput = z.strictObject({ id: Id });
export const RegisterPatientPrivate = z.strictObject({
  patient: Id,
  keys: z.array(PublicJwk).min(1).max(8),
  salt: Id,
});
export const RegistrationStepInput = z.strictObject({ id: Id, expectedVersion: ExpectedVersion });
/** The patient of that registration. */
export const PatientPrivate = z.strictObject({ patient: Id });
export const GetPatientInput = z.strictObject({});

/** Payload that an active key signs to add another (JWS typ `medaccord-key+jws`). */
export const KeyAddition = z.strictObject({
  type: z.literal('key-addition'),
  id: Id,
  channel: z.string(),
  custodian: OrganisationName,
  patient: Id,
  key: PublicJwk,
  expiresAt: Instant,
});
/** Payload that any active key signs to revoke one. */
export const KeyRevocation = z.strictObject({
  type: z.literal('key-revocation'),
  id: Id,
  channel: z.string(),
  custodian: OrganisationName,
  patient: Id,
  kid: KeyId,
  expiresAt: Instant,
});
/** The payload's own id, not the patient's: an argument stands on the chain, a pseudonym stays in `private`. */
export const PatientKeyInput = z.strictObject({ id: Id });
export const PatientKeyPrivate = z.strictObject({ jws: CompactJws, salt: Id });

/** In `care`: somebody who may sign for a patient. Public stub: `relation` with id, status, hash. */
export const RelationDetails = z.strictObject({
  type: z.literal('relation-details'),
  id: Id,
  patient: Id,
  custodian: OrganisationName,
  kind: z.enum(['guardian', 'proxy']),
  holder: PublicJwk,
  kid: KeyId,
  evidenceHash: Hash,
  expiresAt: Instant,
  salt: Id,
});
export type RelationDetails = z.infer<typeof RelationDetails>;
export const Relation = z.strictObject({
  type: z.literal('relation'),
  id: Id,
  custodian: OrganisationName,
  status: z.enum(['recorded', 'confirmed', 'ended']),
  detailsHash: Hash,
  /** Subject who recorded it; another one of the custodian confirms. */
  recordedBy: Id,
  version: Version,
  updatedAt: Instant,
});
export type Relation = z.infer<typeof Relation>;
export const RecordRelationInput = z.strictObject({ id: Id });
export const RecordRelationPrivate = RelationDetails.omit({
  type: true,
  id: true,
  custodian: true,
  kid: true,
});
export const StepInput = z.strictObject({ id: Id, expectedVersion: ExpectedVersion });

/**
 * Both of one custodian and confirmed; the registration is that of `patient`. `mergePatients` asks for it,
 * `confirmMerge` (another organisation) does it.
 */
export const MergePatientsPrivate = z.strictObject({ patient: Id, into: Id });

/** In `care`. */
export const DeviceDetails = z.strictObject({
  type: z.literal('device-details'),
  id: Id,
  patient: Id,
  custodian: OrganisationName,
  jwk: PublicJwk,
  salt: Id,
});
export type DeviceDetails = z.infer<typeof DeviceDetails>;
export const Device = z.strictObject({
  type: z.literal('device'),
  id: Id,
  custodian: OrganisationName,
  status: z.enum(['bound', 'unbound']),
  detailsHash: Hash,
  version: Version,
  updatedAt: Instant,
});
export type Device = z.infer<typeof Device>;
export const BindDeviceInput = z.strictObject({ id: Id });
export const BindDevicePrivate = z.strictObject({ patient: Id, jwk: PublicJwk, salt: Id });

/** From `from` to `until`, hours: what a practitioner opens for itself, a night's shift or a weekend before the office. */
export const OWN_TREATMENT_HOURS = 72;
/** The same, days: what another registrar opens for it. */
export const TREATMENT_DAYS = 366;
/** In `care`, one per (patient, practitioner): why the custodian's own staff may read. */
export const Treatment = z.strictObject({
  type: z.literal('treatment'),
  id: Id,
  custodian: OrganisationName,
  patient: Id,
  practitioner: Id,
  /** Subject who answers for it: the practitioner itself, or another registrar. */
  openedBy: Id,
  from: Instant,
  until: Instant,
  status: z.enum(['open', 'closed']),
  salt: Id,
  version: Version,
  updatedAt: Instant,
});
export type Treatment = z.infer<typeof Treatment>;
export const OpenTreatmentInput = z.strictObject({ id: Id });
export const OpenTreatmentPrivate = z.strictObject({
  patient: Id,
  practitioner: Id,
  from: Instant,
  until: Instant,
  salt: Id,
});
export const CloseTreatmentInput = z.strictObject({ id: Id });
export const CloseTreatmentPrivate = z.strictObject({ patient: Id, practitioner: Id, salt: Id });
