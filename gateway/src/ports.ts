import type { peer } from '@hyperledger/fabric-protos';
import type {
  FunctionName,
  InputOf,
  Person,
  PrivateOf,
  Role,
  billing,
  consent,
  directory,
  record,
} from '@medaccord/chaincode/api';
import type { ResultOf } from './fabric/results.js';
import type { Schemas } from './schemas.js';

/** Who makes a request, proved by certificate or token. */
export interface Caller {
  readonly subject: string;
  readonly role: Role;
  readonly organisation: string;
  readonly mspId: string;
  readonly binding: 'mutual-tls' | 'dpop' | 'none';
  /** End of the token; undefined with a bare client certificate. */
  readonly expiresAt?: Date;
  /** PEM of the certificate that the caller logged in with, where it is known. */
  readonly certificate?: string;
}

/** A transaction that is on the ledger and valid. */
export interface TransactionRef {
  readonly id: string;
  readonly block: number;
}
export interface Committed<T> {
  readonly result: T;
  readonly transaction: TransactionRef;
}

export interface LedgerOptions {
  /** Who signs: the caller by its wallet key, or this gateway's service identity. */
  readonly as: Caller | 'service';
  /** For functions endorsed by `pair` or `insurer`: the names of the claim's organisations. */
  readonly claim?: { readonly hospital: string; readonly insurer: string };
  /** Memory of an attempt that may have been sent before: it is looked up before anything is sent again. */
  readonly attempt?: Attempt;
  /**
   * It rests on a transaction that has just been committed here: another organisation's peer may not have that yet, and
   * is given some seconds.
   */
  readonly follows?: boolean;
}

/** A transaction that was sent, remembered across a crash or a repeated request. */
export interface Attempt {
  /** The same in every attempt of a run. */
  readonly id?: string;
  previous(): Promise<{ transactionId: string; result: unknown } | undefined>;
  /** Called before the submit. */
  sending(sent: { transactionId: string; result: unknown }): Promise<void>;
}

/**
 * The chaincode, typed by its one table of functions. Every failure is a `Problem`: the contract's own code, or
 * LEDGER_UNAVAILABLE, LEDGER_CONFLICT (retries used up), LEDGER_REJECTED (with Fabric's validation code),
 * COMMIT_UNKNOWN (sent, outcome not seen in time), CLIENT_SIGNATURE_REQUIRED (no wallet key for the caller: the
 * problem holds what to sign, and a later attempt of the same run goes on once that is committed).
 */
export interface Ledger {
  /** Endorses, submits, waits for the commit. MVCC and phantom conflicts are retried, bounded. */
  submit<F extends FunctionName>(
    name: F,
    input: InputOf<F>,
    priv: PrivateOf<F>,
    options: LedgerOptions,
  ): Promise<Committed<ResultOf<F>>>;
  /**
   * Answered by the own organisation's peer alone. For a caller whose key is not in custody here the service
   * identity asks: reads are the organisation's, and the role was checked at the edge.
   */
  evaluate<F extends FunctionName>(
    name: F,
    input: InputOf<F>,
    options: LedgerOptions,
    priv?: PrivateOf<F>,
  ): Promise<ResultOf<F>>;
}

/** The one block stream of the process, as the peer delivers it, with this organisation's private data. */
export interface DeliveredBlocks {
  /** Number of blocks the peer has now; the newest is height - 1. */
  height(): Promise<number>;
  /**
   * Blocks from `start` on, in order and without gaps, until the signal aborts. Throws where the stream breaks; the
   * caller opens a new one from its checkpoint, with back-off. While it is consumed, `CommitWaiter` learns from it.
   */
  blocks(start: number, signal: AbortSignal): AsyncIterable<peer.BlockAndPrivateData>;
}

export interface CommitOutcome {
  readonly transactionId: string;
  readonly block: number;
  /** Fabric's TxValidationCode; 0 is VALID. */
  readonly code: number;
}
/** Commits, learned from the block stream; it falls back to the peer's CommitStatus where the stream is silent. */
export interface CommitWaiter {
  /** Call before the submit: the commit may come before the submit's answer. */
  expect(transactionId: string): { outcome: Promise<CommitOutcome>; cancel(): void };
}

export interface PageQuery {
  readonly cursor?: string;
  readonly limit: number;
}
/** A list that is narrowed to what concerns somebody, as the contract narrows details. */
export interface ReaderQuery extends PageQuery {
  readonly visibleTo: Person;
}
export interface Page<T> {
  items: T[];
  /** Absent on the last page. */
  next?: string;
}

/** Lists, from PostgreSQL; never for decisions. A cursor that it did not issue is Problem CURSOR_INVALID. */
export interface ReadModel {
  practitioners(
    query: PageQuery & { organisation?: string; role?: Role; status?: directory.Practitioner['status'] },
  ): Promise<Page<directory.Practitioner>>;
  patients(
    query: PageQuery & { custodian?: string; status?: directory.Patient['status'] },
  ): Promise<Page<directory.Patient>>;
  treatments(
    query: PageQuery & { patient?: string; practitioner?: string; status?: directory.Treatment['status'] },
  ): Promise<Page<Schemas['Treatment']>>;
  consents(
    query: ReaderQuery & { patient?: string; custodian?: string; status?: consent.ConsentState['status'] },
  ): Promise<Page<{ state: consent.ConsentState; details?: consent.ConsentDetails }>>;
  breakGlass(
    query: ReaderQuery & { status?: consent.BreakGlass['status']; patient?: string; practitioner?: string },
  ): Promise<Page<{ state: consent.BreakGlass; details?: consent.BreakGlassDetails }>>;
  accesses(
    query: ReaderQuery & { patient?: string; record?: string; reader?: string },
  ): Promise<Page<{ state: record.Access; details?: record.AccessDetails }>>;
  invoices(query: PageQuery & { status?: billing.Invoice['status'] }): Promise<Page<billing.Invoice>>;
  claims(
    query: PageQuery & { status?: billing.ClaimView['status']; hospital?: string; insurer?: string },
  ): Promise<Page<billing.ClaimView>>;
  payments(
    query: PageQuery & { status?: billing.Payment['status']; claim?: string },
  ): Promise<Page<billing.Payment>>;
  /** Undefined where the projection has not (yet) seen it. */
  transaction(id: string): Promise<CommitOutcome | undefined>;
  /** The block the projection needs next, or undefined while the database cannot be reached. */
  nextBlock(): Promise<number | undefined>;
}

export interface ServerSentEvent {
  /** Position: `<block>.<transaction>[.<change>]`. */
  readonly id: string;
  readonly type: string;
  readonly data: Schemas['Event'];
}
export interface EventStream {
  /**
   * Past events after the position, then live ones, until the signal aborts. Only what the caller's organisation
   * may see (ids, types and statuses are public).
   */
  open(
    request: { caller: Caller; after?: string; from?: number; types?: readonly string[] },
    signal: AbortSignal,
  ): AsyncIterable<ServerSentEvent>;
}

export interface StoredAnswer {
  readonly status: number;
  readonly body: unknown;
  readonly headers: Readonly<Record<string, string>>;
}
export type BegunRun =
  /** The caller runs it now: a new one, or a later attempt after a failure or a crash. */
  | { readonly state: 'run'; readonly isNew: boolean }
  | { readonly state: 'answered'; readonly answer: StoredAnswer }
  /** Another attempt of the same process runs now. */
  | { readonly state: 'in-flight' }
  /** The key was used with another body. */
  | { readonly state: 'conflict' };

/** Runs of POST requests, kept 24 h. `id` is the run's id: a function of caller, operation and key. */
export interface IdempotencyStore {
  begin(run: { id: string; owner: string; operation: string; requestHash: string }): Promise<BegunRun>;
  /** The run succeeded. `answer` undefined: done, but never replayed (it would hold a document); runs again. */
  complete(id: string, answer: StoredAnswer | undefined): Promise<void>;
  /** The run failed: the same key and body may run again. `answer` is what a poll of the operation shows. */
  fail(id: string, answer: StoredAnswer): Promise<void>;
  /** Steps stored under a run, by name. Values are JSON and sealed at rest: they may be private. */
  steps(id: string): Promise<ReadonlyMap<string, unknown>>;
  /** `surely`: survives whatever happens once it is saved; `soon`: a crash of the database may take it away. */
  saveStep(id: string, name: string, value: unknown, kept: 'surely' | 'soon'): Promise<void>;
  /** For polling; undefined where unknown or of another owner. */
  find(
    id: string,
    owner: string,
  ): Promise<{ status: 'running' | 'succeeded' | 'failed'; answer?: StoredAnswer } | undefined>;
}
