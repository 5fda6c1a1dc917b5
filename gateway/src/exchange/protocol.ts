import { z } from 'zod';
import { Hash, Id, Instant, PublicJwk, Role, Version, consent, record } from '@medaccord/chaincode/api';

/**
 * Requests between gateways, JSON over mutual TLS: two for a read, two for a record stored elsewhere. The asking organisation is never in a body: it is the one
 * whose certificate authority issued the client certificate.
 */
export const DESCRIPTOR_PATH = '/exchange/v1/descriptor';
export const RELEASE_PATH = '/exchange/v1/release';

/** `POST descriptor`: what the reader needs to write its access event. Answered where a decision grants it. */
export const DescriptorRequest = z.strictObject({
  record: Id,
  version: Version.optional(),
  reader: z.strictObject({ subject: Id, role: Role }),
  purpose: consent.Purpose,
  basis: consent.Basis,
});
export type DescriptorRequest = z.infer<typeof DescriptorRequest>;
export const DescriptorAnswer = z.object({
  leaf: record.Leaf,
  reference: record.AnchorReference,
  meta: consent.RecordMeta,
  metaSalt: Id,
});
export type DescriptorAnswer = z.infer<typeof DescriptorAnswer>;

/** `POST release`: the access event is committed; the key is for `recipient`, made for this one read. */
export const ReleaseRequest = z.strictObject({
  event: Id,
  transaction: Hash,
  recipient: PublicJwk,
});
export type ReleaseRequest = z.infer<typeof ReleaseRequest>;
export const ReleaseAnswer = z.object({
  /** The sealed block, base64. */
  block: z.base64(),
  /** Compact JWE (ECDH-ES, A256GCM) to `recipient`; its plaintext is a `ReleasedKey`. */
  key: z.string().max(4_096),
});
export type ReleaseAnswer = z.infer<typeof ReleaseAnswer>;

/** The record key, bound to the event it was released for. */
export const ReleasedKey = z.strictObject({ event: Id, leaf: Hash, key: z.base64url().length(43) });
export type ReleasedKey = z.infer<typeof ReleasedKey>;

export const DEPOSIT_PATH = '/exchange/v1/deposit';
export const CONFIRM_PATH = '/exchange/v1/deposit/confirm';

/** `POST deposit`: a record that an author elsewhere writes for this custodian. Answered where a decision grants it. */
export const DepositRequest = z.strictObject({
  /** Chosen by the writer: repeating it with the same content gives the same answer. */
  id: Id,
  author: z.strictObject({ subject: Id, role: Role }),
  basis: consent.Basis,
  /** The version that this one becomes: 1 begins a record. Left out: the next of one that is held there. */
  version: Version.optional(),
  meta: consent.RecordMeta,
  metaSalt: Id,
  document: z.strictObject({ mediaType: z.string().min(3).max(128), data: z.base64() }),
});
export type DepositRequest = z.infer<typeof DepositRequest>;
/** What the author signs, and with what it can see for itself that the leaf is of its document. */
export const DepositAnswer = z.object({
  leaf: record.Leaf,
  /** The record key, and the nonce that the block was sealed with. */
  key: z.base64url().length(43),
  nonce: z.base64url().length(16),
});
export type DepositAnswer = z.infer<typeof DepositAnswer>;

/** `POST confirm`: that transaction anchored the deposit. */
export const ConfirmRequest = z.strictObject({ id: Id, transaction: Hash });
export type ConfirmRequest = z.infer<typeof ConfirmRequest>;
export const ConfirmAnswer = z.object({ anchoredAt: Instant });
export type ConfirmAnswer = z.infer<typeof ConfirmAnswer>;

export const Refusal = z.object({ code: z.string().max(64), detail: z.string().max(1_024) });

export const REQUEST_MAX_BYTES = 64 * 1024;
/** A document of 8 MiB in base64, and its frame. */
export const DEPOSIT_MAX_BYTES = 11 * 1024 * 1024 + REQUEST_MAX_BYTES;
/** A block of 9 MiB in base64, and its frame. */
export const ANSWER_MAX_BYTES = 13 * 1024 * 1024;
