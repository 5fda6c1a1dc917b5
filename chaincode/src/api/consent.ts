import { z } from 'zod';
import {
  CalendarDate,
  CompactJws,
  Hash,
  Id,
  Instant,
  KeyId,
  OrganisationName,
  Role,
  Token,
  Version,
} from './primitives.js';

export const Grantee = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('practitioner'), organisation: OrganisationName, id: Id }),
  z.strictObject({ kind: z.literal('role'), organisation: OrganisationName, role: Role }),
  z.strictObject({ kind: z.literal('organisation'), organisation: OrganisationName }),
]);
export type Grantee = z.infer<typeof Grantee>;

export const Permission = z.enum(['read', 'write', 'delegate']);
export type Permission = z.infer<typeof Permission>;
export const Purpose = z.enum(['treatment', 'payment', 'research', 'legal']);
export type Purpose = z.infer<typeof Purpose>;

/** Every filter that is present must match; an absent one matches all. Lists mean "one of". */
export const Filters = z.strictObject({
  categories: z.array(Token).min(1).max(32).optional(),
  authors: z.array(Id).min(1).max(32).optional(),
  encounters: z.array(Id).min(1).max(32).optional(),
  records: z.array(Id).min(1).max(256).optional(),
  labels: z.array(Token).min(1).max(32).optional(),
  /** Days of service, both included. */
  period: z.strictObject({ from: CalendarDate, to: CalendarDate }).optional(),
});
export type Filters = z.infer<typeof Filters>;

/** What the patient signs: the JWS payload is its canonical JSON (typ `medaccord-consent+jws`, alg ES256, kid). */
export const Consent = z.strictObject({
  type: z.literal('consent'),
  /** Single use: a second grant with the same id is ALREADY_EXISTS. */
  id: Id,
  channel: z.string().min(1).max(249),
  custodian: OrganisationName,
  patient: Id,
  /** The consent it replaces and the SHA-256 of that consent's canonical JSON. */
  replaces: z.strictObject({ id: Id, hash: Hash }).optional(),
  grantee: Grantee,
  permissions: z.array(Permission).min(1).max(3),
  purposes: z.array(Purpose).min(1).max(4),
  filters: Filters,
  /** Deny exceptions: a request that matches one (grantee and filters, both where given) is refused. */
  except: z.array(z.strictObject({ grantee: Grantee.optional(), filters: Filters.optional() })).max(32),
  notBefore: Instant,
  expiresAt: Instant,
  /** Set where a guardian or proxy signs: the confirmed relation. */
  relation: Id.optional(),
});
export type Consent = z.infer<typeof Consent>;

/** JWS payload of a revocation (typ in JWS_TYPES); accepted whatever care gateway brings it. */
export const ConsentRevocation = z.strictObject({
  type: z.literal('consent-revocation'),
  id: Id,
  channel: z.string().min(1).max(249),
  custodian: OrganisationName,
  patient: Id,
  consent: z.strictObject({ id: Id, hash: Hash }),
  expiresAt: Instant,
});
export type ConsentRevocation = z.infer<typeof ConsentRevocation>;

/** Public stub: no patient, no grantee, no filters. */
export const ConsentState = z.strictObject({
  type: z.literal('consent'),
  id: Id,
  custodian: OrganisationName,
  status: z.enum(['active', 'superseded', 'revoked', 'expired']),
  /** SHA-256 over the canonical private value, which carries a salt. */
  detailsHash: Hash,
  version: Version,
  updatedAt: Instant,
});
export type ConsentState = z.infer<typeof ConsentState>;

/** In `care`. */
export const ConsentDetails = z.strictObject({
  type: z.literal('consent-details'),
  id: Id,
  consent: Consent,
  /** SHA-256 of the consent's canonical JSON: what `replaces` and a revocation name. */
  consentHash: Hash,
  /** The patient's signature; absent for a delegation and for a witnessed consent. */
  jws: CompactJws.optional(),
  kid: KeyId.optional(),
  assurance: z.enum(['signed', 'witnessed', 'delegated']),
  /** Subject of the witness, or of the practitioner who passed the permission on. */
  actor: Id.optional(),
  /** Witnessed: salted hash of the paper or recording that the custodian keeps. */
  evidenceHash: Hash.optional(),
  /** Delegation: the consent it comes from; the chain is checked at every decision. */
  parent: Id.optional(),
  salt: Id,
});
export type ConsentDetails = z.infer<typeof ConsentDetails>;

export const GrantInput = z.strictObject({ id: Id });
export const GrantPrivate = z.strictObject({ jws: CompactJws, salt: Id });
export const WitnessPrivate = z.strictObject({ consent: Consent, evidenceHash: Hash, salt: Id });
export const DelegateInput = z.strictObject({ id: Id, parent: Id });
/** `consent.expiresAt`, filters, permissions and purposes must lie within the parent's. */
export const DelegatePrivate = z.strictObject({ consent: Consent, salt: Id });
export const RevokeInput = z.strictObject({ id: Id });
/**
 * Without a JWS a delegation is withdrawn by the practitioner who made it, a witnessed consent by the custodian's
 * staff.
 */
export const RevokePrivate = z.strictObject({ jws: CompactJws.optional() });
/** Answer of `consent:history`, oldest first. */
export const HistoryEntry = z.strictObject({
  transactionId: z.string(),
  timestamp: Instant,
  value: ConsentState,
});
export type HistoryEntry = z.infer<typeof HistoryEntry>;
export const ConsentIdInput = z.strictObject({ id: Id });

/** A record's properties that decisions look at; kept off the public state, bound by the anchor's `metaHash`. */
export const RecordMeta = z.strictObject({
  patient: Id,
  custodian: OrganisationName,
  record: Id,
  category: Token,
  author: Id,
  encounter: Id.optional(),
  labels: z.array(Token).max(16),
  serviceDate: CalendarDate,
});
export type RecordMeta = z.infer<typeof RecordMeta>;

/** Every access names one. Payment, research and legal duties have no rules yet, and so are no basis. */
export const BASES = ['treatment', 'consent', 'emergency', 'legal'] as const;
export const Basis = z.discriminatedUnion('kind', [
  /** The custodian's own staff, under an open treatment relation. */
  z.strictObject({ kind: z.literal('treatment'), treatment: Id }),
  z.strictObject({ kind: z.literal('consent'), consent: Id }),
  z.strictObject({ kind: z.literal('emergency'), breakGlass: Id }),
  /** The patient's own right of access: the reader is the record's patient, by its signature. */
  z.strictObject({ kind: z.literal('legal') }),
]);
export type Basis = z.infer<typeof Basis>;

export const DecidePrivate = z.strictObject({
  requester: z.strictObject({ organisation: OrganisationName, subject: Id, role: Role }),
  permission: Permission,
  purpose: Purpose,
  meta: RecordMeta,
  basis: Basis,
});
export type DecidePrivate = z.infer<typeof DecidePrivate>;
export const Decision = z.strictObject({
  granted: z.boolean(),
  basis: z.enum(BASES),
  /** An ErrorCode where refused, and a sentence for people. */
  code: z.string().optional(),
  reason: z.string().optional(),
});
export type Decision = z.infer<typeof Decision>;

/** Public stub of a break-glass; who, whom and why are in `care`. */
export const BreakGlass = z.strictObject({
  type: z.literal('break-glass'),
  id: Id,
  status: z.enum(['open', 'justified', 'unjustified', 'overdue']),
  detailsHash: Hash,
  /** No access under it after this instant. */
  closesAt: Instant,
  reviewBy: Instant,
  version: Version,
  updatedAt: Instant,
});
export type BreakGlass = z.infer<typeof BreakGlass>;
export const BreakGlassDetails = z.strictObject({
  type: z.literal('break-glass-details'),
  id: Id,
  patient: Id,
  custodian: OrganisationName,
  practitioner: Id,
  organisation: OrganisationName,
  reason: z.string().min(10).max(1_000),
  reviewer: Id.optional(),
  salt: Id,
});
export type BreakGlassDetails = z.infer<typeof BreakGlassDetails>;
export const OpenBreakGlassInput = z.strictObject({ id: Id });
/** The window is at most four hours. */
export const OpenBreakGlassPrivate = z.strictObject({
  patient: Id,
  custodian: OrganisationName,
  reason: z.string().min(10).max(1_000),
  minutes: z.number().int().min(5).max(240),
  salt: Id,
});
export const ReviewBreakGlassInput = z.strictObject({
  id: Id,
  outcome: z.enum(['justified', 'unjustified']),
});
