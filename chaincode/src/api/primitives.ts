import { z } from 'zod';

/** 128 random bits in lower-case hex: ids of assets, pseudonyms, salts. Never derived from personal data. */
export const Id = z.string().regex(/^[0-9a-f]{32}$/, 'must be 32 lower-case hex digits');
/** SHA-256 in lower-case hex. */
export const Hash = z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 lower-case hex digits');
/** Name of an organisation in the topology, e.g. `hospital-a`. */
export const OrganisationName = z
  .string()
  .regex(/^[a-z][a-z0-9-]{0,38}[a-z0-9]$/, 'must be a kebab-case name');
export const MspId = z.string().regex(/^[A-Za-z][A-Za-z0-9.-]{0,63}$/, 'must be an MSP id');
/** UTC instant to the millisecond, as `Date.toISOString` prints it. */
export const Instant = z
  .string()
  .regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/, 'must be a UTC instant with milliseconds')
  .refine((text) => !Number.isNaN(Date.parse(text)), 'must be a real instant');
/** Calendar date `YYYY-MM-DD`. */
export const CalendarDate = z
  .string()
  .regex(/^\d{4}-\d\d-\d\d$/, 'must be YYYY-MM-DD')
  .refine((text) => !Number.isNaN(Date.parse(text)), 'must be a real date');
/** Short machine-readable word: categories, labels, reason codes. No free text, so nothing personal slips in. */
export const Token = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._:/|-]{0,63}$/, 'must be a short code');
/** Version of an asset, from 1; every change adds one. */
export const Version = z.number().int().positive();
/** A version the caller has seen; a mismatch is VERSION_CONFLICT. Left out: no check. */
export const ExpectedVersion = Version.optional();

/** P-256 public key as a JWK (RFC 7517), exactly the four members, no private part. */
export const PublicJwk = z.strictObject({
  kty: z.literal('EC'),
  crv: z.literal('P-256'),
  x: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
  y: z.string().regex(/^[A-Za-z0-9_-]{43}$/),
});
export type PublicJwk = z.infer<typeof PublicJwk>;
/** JWK thumbprint (RFC 7638, SHA-256, base64url): the `kid` of a patient's key. */
export const KeyId = z.string().regex(/^[A-Za-z0-9_-]{43}$/);
/** Compact JWS (RFC 7515). */
export const CompactJws = z
  .string()
  .max(65_536)
  .regex(/^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$/);

/** Money in minor units (cents) with its ISO 4217 currency. */
export const Money = z.strictObject({
  amount: z.number().int().nonnegative().max(Number.MAX_SAFE_INTEGER),
  currency: z.string().regex(/^[A-Z]{3}$/),
});
export type Money = z.infer<typeof Money>;

export const ORGANISATION_KINDS = [
  'hospital',
  'insurer',
  'lab',
  'pharmacy',
  'manufacturer',
  'regulator',
] as const;
export const OrganisationKind = z.enum(ORGANISATION_KINDS);
export type OrganisationKind = z.infer<typeof OrganisationKind>;
/** The kinds whose majority is the chaincode's endorsement policy, and who are members of `care`. */
export const CARE_KINDS: readonly OrganisationKind[] = ['hospital', 'lab', 'pharmacy'];

/** The `role` attribute of a certificate. `gateway` is the service identity of an organisation's gateway. */
export const ROLES = [
  'admin',
  'gateway',
  'doctor',
  'nurse',
  'technician',
  'pharmacist',
  'clerk',
  'billing',
  'adjuster',
  'auditor',
  'patient',
] as const;
export const Role = z.enum(ROLES);
export type Role = z.infer<typeof Role>;
/** Roles that act only as an approved practitioner of their organisation. */
export const PRACTITIONER_ROLES: readonly Role[] = [
  'doctor',
  'nurse',
  'technician',
  'pharmacist',
  'clerk',
  'billing',
  'adjuster',
];
