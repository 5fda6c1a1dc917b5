import type { Person } from '@medaccord/chaincode/api';
import type { Page } from '../ports.js';
import type { FilterOf, ItemOf, ListName } from './lists.js';

export interface PageRequest {
  /** `next` of the page before. */
  readonly cursor?: string;
  /** 1 to 200. */
  readonly limit: number;
  /** Only items changed at or after this instant. */
  readonly since?: string;
  /** Only what the contract would tell this person; left out, all. */
  readonly visibleTo?: Person;
}

/** One version of a public asset. */
export interface HistoryVersion {
  version: number;
  status?: string;
  transactionId: string;
  block: number;
  /** The client's timestamp of that transaction. */
  at: string;
  value: object;
}

export interface TransactionRow {
  id: string;
  block: number;
  index: number;
  /** Fabric's TxValidationCode; 0 is VALID. */
  code: number;
  function?: string;
  creatorMsp: string;
  at: string;
}

/** Position of one entry of the event feed: block, transaction and entry, each from 0. */
export interface FeedPosition {
  readonly block: number;
  readonly tx: number;
  readonly index: number;
}
export interface FeedFilter {
  readonly types: readonly string[];
  /** Only assets that are about this patient, as far as this organisation knows. */
  readonly patient?: string;
  /** Name of the organisation whose patients' keys the reader is told of, besides its own. */
  readonly keysOf?: string;
}
/** A device key that came or went with a change of its patient. */
export interface ChangedKey {
  readonly kid: string;
  readonly effectiveFrom: string;
  /** Where it went. */
  readonly revokedAt?: string;
}
export interface FeedEntry extends FeedPosition {
  readonly transactionId: string;
  readonly function: string;
  readonly type: string;
  readonly id: string;
  readonly status?: string;
  readonly version: number;
  readonly key?: ChangedKey;
}

/** Queries over the projection. It shows what blocks said; no rule is decided from it. */
export interface LedgerTables {
  /** Newest first; an item keeps its place while it changes. @throws Problem CURSOR_INVALID */
  list<N extends ListName>(name: N, filter: FilterOf<N>, page: PageRequest): Promise<Page<ItemOf<N>>>;
  count<N extends ListName>(name: N, filter: FilterOf<N>): Promise<number>;
  get<N extends ListName>(name: N, id: string): Promise<ItemOf<N> | undefined>;
  /** Versions of one public asset, oldest first; empty for an unknown one. */
  history(type: string, id: string): Promise<HistoryVersion[]>;
  /** Undefined: no projected block has it. */
  transaction(id: string): Promise<TransactionRow | undefined>;
  /** Entries after `position` (from the first where it is undefined), in order. */
  feed(position: FeedPosition | undefined, filter: FeedFilter, limit: number): Promise<FeedEntry[]>;
  /** The newest entry's position; undefined for an empty feed. */
  feedEnd(): Promise<FeedPosition | undefined>;
  /** The block it needs next. */
  nextBlock(): Promise<number>;
}
