/** How a process is known to serve. */
export type Readiness =
  /** A line on stdout or stderr matches. */
  | { readonly line: RegExp }
  /** Something accepts connections on this port of localhost. */
  | { readonly port: number };

/** The line by which our own processes say that they serve: one JSON object with `"ready":true`. */
export const READY_LINE = /"ready"\s*:\s*true/;

export interface ProcessSpec {
  /** Unique; also the name of its log file. */
  readonly name: string;
  /** A Node program: path of its main module and its arguments. */
  readonly module?: string;
  /** Any other program, run under the guard. One of `module` and `program` is given. */
  readonly program?: string;
  readonly arguments?: readonly string[];
  /** The whole environment of the process; nothing is inherited. */
  readonly environment?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  /** Flags for Node itself (`--max-semi-space-size=…`). */
  readonly nodeFlags?: readonly string[];
  /** Another user to run a `program` as; only root can ask for it. */
  readonly user?: { readonly uid: number; readonly gid: number };
  readonly ready: Readiness;
  /** Default 60 s: a loaded machine takes its time. */
  readonly readyTimeoutMs?: number;
  /** What asks a `program` to stop. Default SIGTERM. */
  readonly stopSignal?: NodeJS.Signals;
  /** How long it may take to stop before it is killed. Default 10 s. */
  readonly graceMs?: number;
  /** Runs before every start, restarts included: clears what a killed predecessor left. */
  readonly beforeStart?: () => Promise<void>;
  /** Shown by `status`. */
  readonly port?: number;
  /** Stands for what it reads when it starts, and then no more: where that is another, it has to start again. */
  readonly reads?: string;
}

export interface BackOff {
  readonly firstMs: number;
  readonly maxMs: number;
  /** A run at least this long makes the next wait the first one again. */
  readonly resetAfterMs: number;
}
export const DEFAULT_BACK_OFF: BackOff = { firstMs: 500, maxMs: 30_000, resetAfterMs: 60_000 };

/** The wait before the n-th restart in a row (from 1): doubles each time up to the maximum. */
export function waitBeforeRestart(restart: number, backOff: BackOff): number {
  return Math.min(backOff.maxMs, backOff.firstMs * 2 ** Math.min(restart - 1, 30));
}
