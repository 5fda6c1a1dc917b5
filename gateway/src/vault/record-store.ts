import type { consent, record } from '@medaccord/chaincode/api';
import type { SealedDocument } from './sealer.js';

/** What is known of one stored version, apart from its content and key. Not derivable from the chain. */
export interface Descriptor {
  readonly leafHash: string;
  readonly leaf: record.Leaf;
  readonly meta: consent.RecordMeta;
  readonly metaSalt: string;
  readonly mediaType: string;
  /** Bytes of the document. */
  readonly size: number;
}
export interface StoredRecord extends Descriptor {
  readonly state: 'stored' | 'anchored' | 'erased';
  /** Set once it is anchored. */
  readonly reference?: record.AnchorReference;
  /** The batch it is, or shall be, anchored with. */
  readonly batch?: string;
  readonly transactionId?: string;
  readonly anchoredAt?: string;
}

/** What another organisation's author stores here: named by that organisation, once. */
export interface Deposit {
  readonly organisation: string;
  readonly id: string;
}

/** A stored record that no anchor is known for yet. */
export interface Candidate {
  readonly record: StoredRecord;
  readonly storedAt: Date;
  /** Grows with each stored record. */
  readonly position: number;
}

export interface NewRecord {
  readonly version: number;
  readonly meta: consent.RecordMeta;
  readonly metaSalt: string;
  readonly document: SealedDocument;
  readonly deposit?: Deposit;
}

export interface RecordFilter {
  readonly patient?: string;
  readonly category?: string;
  readonly encounter?: string;
  readonly batch?: string;
}

/** Where the ledger has a leaf: told by whoever anchored it. */
export interface Anchoring {
  readonly leafHash: string;
  readonly reference: record.AnchorReference;
}

/** Leaves in tree order. */
export interface StoredBatch {
  readonly id: string;
  readonly root: string;
  readonly leaves: readonly record.Leaf[];
}

/** Sealed records of this organisation. */
export interface RecordStore {
  /**
   * Seals documents and stores blocks, keys and descriptors. When it resolves all of them survive a crash; when it
   * rejects none is visible. Storing a version again adds a candidate: the ledger decides which one it is. A deposit
   * is stored once: a second one of its name is an error.
   */
  store(records: readonly NewRecord[]): Promise<Descriptor[]>;
  /** The candidates that the ledger has become versions, where another has not yet. Repeating is harmless. */
  anchored(anchorings: readonly Anchoring[], transaction: { id: string; at: string }): Promise<void>;
  /** The newest anchored version, or the one asked for; undefined where there is none. */
  find(record: string, version?: number): Promise<StoredRecord | undefined>;
  /** By the hash of its leaf, in whatever state. */
  findLeaf(leafHash: string): Promise<StoredRecord | undefined>;
  /** Anchored and erased versions, oldest first. */
  versions(record: string): Promise<StoredRecord[]>;
  /** Newest versions of records, latest stored first. `cursor` is `next` of the page before. */
  list(
    filter: RecordFilter,
    page: { cursor?: string; limit: number },
  ): Promise<{ items: StoredRecord[]; next?: string }>;
  /** The sealed block. @throws BlockStoreError */
  block(descriptor: Descriptor): Promise<Buffer>;
  /** The record key; undefined for an erased record. */
  key(descriptor: Descriptor): Promise<Buffer | undefined>;
  /** Destroys wrapped key and block, in that order; repeating it is harmless. */
  erase(leafHash: string): Promise<void>;
  /** Destroys a candidate that was never anchored, and forgets it; an anchored record stays. */
  discard(leafHash: string): Promise<void>;
  /** Candidates that were stored before the instant, in order of storing, after the position where one is given. */
  unanchored(before: Date, limit: number, after?: number): Promise<Candidate[]>;
  /** By its name, in whatever state; undefined where there is none, or no more. */
  findDeposit(organisation: string, id: string): Promise<StoredRecord | undefined>;
  /** What an organisation's deposits that wait for their anchors amount to. */
  waitingDeposits(organisation: string): Promise<{ count: number; bytes: number }>;
  /**
   * Deletes blocks that no record names: a crash between block and descriptor, or between key and block of an
   * erasure, leaves them. Blocks written after the instant stay, as their descriptors may still come.
   * @returns how many.
   */
  sweepBlocks(before: Date): Promise<number>;
  /**
   * Also tells the candidates among its leaves which batch they shall be anchored with. Repeating is harmless.
   * @returns how many of its leaves are candidates.
   */
  saveBatch(batch: StoredBatch): Promise<number>;
  batch(id: string): Promise<StoredBatch | undefined>;
  /** The root alone, which costs little. */
  batchRoot(id: string): Promise<string | undefined>;
}
