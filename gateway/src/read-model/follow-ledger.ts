import type { Database } from '../database/index.js';
import { ProjectionError, type BlockSource, type LedgerBlock } from './ledger-block.js';
import { projectBlock, readCheckpoint } from './project-block.js';

export interface FollowStatus {
  /** `catching-up` until the height that the peer had at start is projected; `failed` needs a person. */
  readonly state: 'starting' | 'catching-up' | 'live' | 'failed';
  readonly nextBlock: number;
  /** Code of the error that stopped it, or of the last interruption. */
  readonly code?: string;
}

/** Told of what happened, without values: block numbers and codes alone. */
export interface FollowLog {
  warn(fields: { block?: number; code: string }, message: string): void;
  error(fields: { block?: number; code: string }, message: string): void;
}

export interface Follower {
  status(): FollowStatus;
  /**
   * Resolves when the block is projected: what was read before may be old, what is read after is not.
   * @returns false where the timeout came first, or the projection has failed.
   */
  waitForBlock(block: number, timeoutMs: number): Promise<boolean>;
  /** Called after each block is projected. @returns unsubscribe. */
  onBlock(listener: (block: LedgerBlock) => void): () => void;
  stop(): Promise<void>;
}

interface FollowOptions {
  readonly database: Database;
  readonly schema: string;
  readonly source: BlockSource;
  readonly log: FollowLog;
  /** Pause before a broken stream is opened again. */
  readonly retryMs?: number;
  /** Pause before a failed projection looks whether a rebuild has put other rows in its place. */
  readonly failedRetryMs?: number;
}

/** Errors that the same block would give again, for ever. */
const FINAL = new Set(['PRIVATE_HASH_MISMATCH', 'LEDGER_MISMATCH', 'VALUE_MALFORMED', 'BLOCK_MALFORMED']);

/**
 * Projects blocks as they come, from the checkpoint on; opens a broken stream again. At a bad block it fails, and goes
 * on once that block can be projected: after a rebuild.
 */
export function followLedger(options: FollowOptions): Follower {
  return new LedgerFollower(options);
}

class LedgerFollower implements Follower {
  readonly #options: FollowOptions;
  readonly #abort = new AbortController();
  readonly #listeners = new Set<(block: LedgerBlock) => void>();
  #status: FollowStatus = { state: 'starting', nextBlock: 0 };
  readonly #waiting = new Set<() => void>();
  readonly #running: Promise<void>;

  constructor(options: FollowOptions) {
    this.#options = options;
    this.#running = this.#run();
  }

  status(): FollowStatus {
    return this.#status;
  }

  onBlock(listener: (block: LedgerBlock) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  waitForBlock(block: number, timeoutMs: number): Promise<boolean> {
    if (this.#status.nextBlock > block) return Promise.resolve(true);
    if (this.#status.state === 'failed') return Promise.resolve(false);
    return new Promise((resolve) => {
      const finish = (seen: boolean) => {
        clearTimeout(timer);
        unsubscribe();
        this.#waiting.delete(stopped);
        resolve(seen);
      };
      const stopped = () => {
        finish(false);
      };
      const unsubscribe = this.onBlock(({ number }) => {
        if (number >= block) finish(true);
      });
      const timer = setTimeout(stopped, timeoutMs);
      this.#waiting.add(stopped);
    });
  }

  async stop(): Promise<void> {
    this.#abort.abort();
    for (const fail of [...this.#waiting]) fail();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#abort;
    while (!signal.aborted) {
      try {
        await this.#follow();
      } catch (error) {
        this.#interrupted(error);
      }
      const { retryMs = 500, failedRetryMs = 5_000 } = this.#options;
      await pause(this.#status.state === 'failed' ? failedRetryMs : retryMs, signal);
    }
  }

  async #follow(): Promise<void> {
    const { database, schema, source } = this.#options;
    const { signal } = this.#abort;
    const { nextBlock } = await readCheckpoint(database, schema);
    const height = await source.height();
    if (height < nextBlock) {
      throw new ProjectionError(
        'LEDGER_MISMATCH',
        `the peer has ${height} blocks, ${nextBlock} were projected`,
      );
    }
    // A failed one has failed until it gets over the block at which it did.
    if (this.#status.state !== 'failed' || nextBlock >= height) this.#advance(nextBlock, height);
    for await (const block of source.blocks(nextBlock, signal)) {
      if (signal.aborted) return;
      await projectBlock(database, schema, block);
      this.#advance(block.number + 1, height);
      for (const listener of [...this.#listeners]) listener(block);
    }
  }

  #advance(nextBlock: number, height: number): void {
    this.#status = { state: nextBlock >= height ? 'live' : 'catching-up', nextBlock };
  }

  #interrupted(error: unknown): void {
    if (this.#abort.signal.aborted) return;
    const { log } = this.#options;
    const code = error instanceof ProjectionError ? error.code : 'STREAM_BROKEN';
    const block = error instanceof ProjectionError ? error.block : undefined;
    const { nextBlock, ...before } = this.#status;
    if (FINAL.has(code)) {
      this.#status = { state: 'failed', nextBlock, code };
      // Tried again every few seconds: said once.
      if (before.state !== 'failed' || before.code !== code)
        log.error({ block, code }, 'the projection stopped');
      for (const fail of [...this.#waiting]) fail();
      return;
    }
    if (before.state === 'failed') return;
    this.#status = { state: 'catching-up', nextBlock, code };
    log.warn({ block, code }, 'the block stream broke; it is opened again');
  }
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    signal.addEventListener('abort', done);
  });
}
