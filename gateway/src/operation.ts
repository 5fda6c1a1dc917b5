import type { operations } from './http/openapi.gen.js';
import type { Attempt, Caller } from './ports.js';

export type { Schemas } from './schemas.js';
export type OperationId = keyof operations;

type Parameters<O extends OperationId, K extends 'path' | 'query'> = NonNullable<
  operations[O]['parameters'][K]
>;
type Json<T> = T extends { content: { 'application/json': infer B } } ? B : undefined;
type BodyOf<O extends OperationId> = operations[O] extends { requestBody?: infer R }
  ? Json<NonNullable<R>>
  : undefined;
/** 202 is the transport's own: `Prefer: respond-async` works for every POST without its handler knowing. */
type SuccessStatus<O extends OperationId> = Exclude<keyof operations[O]['responses'], 'default' | 202>;

/** A validated request of one operation. */
export interface Call<O extends OperationId = OperationId> {
  readonly caller: Caller;
  readonly path: Parameters<O, 'path'>;
  readonly query: Parameters<O, 'query'>;
  readonly body: BodyOf<O>;
  /** Names the request in logs and answers. */
  readonly requestId: string;
  /** Versions in `If-Match`: one, or the claim's and its decision's. */
  readonly ifMatch: readonly number[] | undefined;
  readonly run: Run;
}

/**
 * The execution that an Idempotency-Key names. Repeating the request with its key runs it with the same id, so
 * that ids and salts derived here come out the same, and steps that were done are not done again.
 */
export interface Run {
  /** 32 hex digits; a function of caller, operation and key, not guessable from them. */
  readonly id: string;
  /** 32 hex digits for an asset's id or a salt; the same for the same label in every attempt. */
  derive(label: string): string;
  /**
   * Does `work` once: its result is stored, and a later attempt of the same run gets it without doing it again.
   * A crash between work and store repeats the work, which therefore must itself be safe to repeat.
   */
  step<T>(name: string, work: () => Promise<T>): Promise<T>;
  /** Memory for one submit of this run, to be handed to the ledger. */
  attempt(name: string): Attempt;
}

/** Status and body of a success; a failure is a thrown `Problem`. */
export type Answer<O extends OperationId> = {
  [S in SuccessStatus<O>]: {
    status: S;
    body: Json<operations[O]['responses'][S]>;
    /** Version that goes into `ETag`, without quotes. */
    etag?: string;
    location?: string;
  };
}[SuccessStatus<O>];

export type Handler<O extends OperationId> = (call: Call<O>) => Promise<Answer<O>>;
/** A use case's part of the API: one handler for each of the operations it answers. */
export type Handlers<O extends OperationId> = { readonly [K in O]: Handler<K> };
