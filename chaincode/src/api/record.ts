import { z } from 'zod';
import { Basis, Purpose, RecordMeta } from './consent.js';
import { CompactJws, Hash, Id, Instant, OrganisationName, Token, Version } from './primitives.js';
import { createHash } from 'node:crypto';
import { canonicalJson } from './canonical-json.js';

/** What one version of a record is, without saying whose: the leaf is the SHA-256 of its canonical JSON. */
export const Leaf = z.strictObject({
  record: Id,
  version: Version,
  /** SHA-256 of the salted plaintext or of the sealed block, as the vault defines. */
  contentHash: Hash,
  capsuleHash: Hash,
  /** SHA-256 of canonical {meta, salt}: binds patient, category, author, labels, date. */
  metaHash: Hash,
  epoch: z.number().int().nonnegative(),
  custodian: OrganisationName,
});
export type Leaf = z.infer<typeof Leaf>;

export const InclusionProofShape = z.strictObject({
  index: z.number().int().nonnegative(),
  size: z.number().int().positive().max(10_000),
  path: z.array(Hash).max(14),
});

export function leafHash(leaf: Leaf): string {
  return createHash('sha256').update(canonicalJson(leaf)).digest('hex');
}
export function metaHash(meta: RecordMeta, salt: string): string {
  return createHash('sha256').update(canonicalJson({ meta, salt })).digest('hex');
}

/** Public: the newest version of one record. Earlier versions lie under their own keys. */
export const Anchor = z.strictObject({
  type: z.literal('anchor'),
  id: Id,
  version: Version,
  leaf: Hash,
  custodian: OrganisationName,
  /** Organisation that wrote it: the custodian, or one with write permission. */
  writer: OrganisationName,
  author: Id,
  status: z.enum(['anchored', 'erased']),
  updatedAt: Instant,
});
export type Anchor = z.infer<typeof Anchor>;
export const AnchorInput = z.strictObject({ id: Id, version: Version, leaf: Leaf });
/** Outside the custodian a consent with `write` is needed, and the meta that it is decided on. */
export const AnchorPrivate = z.strictObject({ meta: RecordMeta, salt: Id, basis: Basis.optional() });

/** Public: Merkle root over up to 10,000 leaves of one custodian. */
export const AnchorBatch = z.strictObject({
  type: z.literal('anchor-batch'),
  id: Id,
  root: Hash,
  size: z.number().int().positive().max(10_000),
  custodian: OrganisationName,
  author: Id,
  updatedAt: Instant,
  version: Version,
});
export type AnchorBatch = z.infer<typeof AnchorBatch>;
export const AnchorBatchInput = z.strictObject({
  id: Id,
  root: Hash,
  size: z.number().int().positive().max(10_000),
});

/** Where a leaf is anchored. */
export const AnchorReference = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('single') }),
  z.strictObject({ kind: z.literal('batch'), batch: Id, proof: InclusionProofShape }),
]);
export type AnchorReference = z.infer<typeof AnchorReference>;

export const VerifyInput = z.strictObject({ leaf: Leaf, reference: AnchorReference });
export const VerifyResult = z.strictObject({
  anchored: z.boolean(),
  erased: z.boolean(),
  anchoredAt: Instant.optional(),
  author: Id.optional(),
  reason: z.string().optional(),
});
export type VerifyResult = z.infer<typeof VerifyResult>;

/** Public stub of an access; details in `care`. */
export const Access = z.strictObject({
  type: z.literal('access'),
  id: Id,
  detailsHash: Hash,
  status: z.literal('granted'),
  updatedAt: Instant,
  version: Version,
});
export type Access = z.infer<typeof Access>;
export const AccessDetails = z.strictObject({
  type: z.literal('access-details'),
  id: Id,
  leaf: Leaf,
  meta: RecordMeta,
  purpose: Purpose,
  basis: Basis,
  reader: z.strictObject({ organisation: OrganisationName, subject: Id, role: z.string() }),
  at: Instant,
  /** Basis `legal`: the patient's signature. */
  jws: CompactJws.optional(),
  salt: Id,
});
export type AccessDetails = z.infer<typeof AccessDetails>;
/**
 * What a patient signs to read its own record (JWS typ `medaccord-access+jws`). The custodian's gateway carries it: a
 * transaction of the patient's own would show its certificate, which names the pseudonym, to everybody.
 */
export const AccessStatement = z.strictObject({
  type: z.literal('access'),
  /** The access event's: it counts once. */
  id: Id,
  channel: z.string().min(1).max(249),
  custodian: OrganisationName,
  patient: Id,
  record: Id,
  purpose: z.literal('legal'),
  expiresAt: Instant,
});
export type AccessStatement = z.infer<typeof AccessStatement>;
export const AccessInput = z.strictObject({ id: Id });
export const AccessPrivate = z.strictObject({
  leaf: Leaf,
  reference: AnchorReference,
  meta: RecordMeta,
  metaSalt: Id,
  purpose: Purpose,
  basis: Basis,
  /** Basis `legal`, and no other: what the patient signed. */
  jws: CompactJws.optional(),
  salt: Id,
});
export type AccessPrivate = z.infer<typeof AccessPrivate>;

/** One version of a single anchor, under [anchor-version, record, version]; never overwritten. */
export const AnchorVersion = Anchor.omit({ type: true, status: true }).extend({
  type: z.literal('anchor-version'),
});
export type AnchorVersion = z.infer<typeof AnchorVersion>;

/** Erasure of a single anchor or of one leaf of a batch; nothing is released for it any more. */
export const EraseInput = z.strictObject({ leaf: Leaf, reference: AnchorReference, reason: Token });
export const Erasure = z.strictObject({
  type: z.literal('erasure'),
  /** First 32 digits of the leaf. */
  id: Id,
  leaf: Hash,
  custodian: OrganisationName,
  reason: Token,
  updatedAt: Instant,
  version: Version,
});
export type Erasure = z.infer<typeof Erasure>;
export const RecordIdInput = z.strictObject({ id: Id });
