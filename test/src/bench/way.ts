/** One way to the ledger. All of them call the same contract function, `record:anchorBatch`, as the same doctor. */
export interface Way {
  readonly name: WayName;
  /** Anchors a batch of one record and resolves when it is known to be committed. @throws where it is not. */
  submit(): Promise<void>;
  close(): Promise<void> | void;
}

/**
 * `sdk`      an unmodified Fabric Gateway client: its own signer, one CommitStatus call for each transaction;
 * `session`  the gateway's way to the ledger, without HTTP, checks of requests and database;
 * `rest`     POST /v1/records/batches.
 */
export const WAYS = ['sdk', 'session', 'rest'] as const;
export type WayName = (typeof WAYS)[number];
