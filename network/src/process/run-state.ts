import { readFileSync, rmSync } from 'node:fs';
import { writeDurably } from './durable-file.js';
import type { ProcessIdentity } from './process-identity.js';
import { identify, isRunning } from './process-identity.js';
import type { ProcessReport } from './supervised-process.js';

/** What the supervisor tells other commands through `run/state.json`. */
export interface RunState<Summary = unknown> {
  readonly version: 1;
  readonly supervisor: ProcessIdentity;
  readonly phase: 'starting' | 'running' | 'stopping';
  /** When `up` began, as an ISO instant. */
  readonly started: string;
  readonly processes: readonly (ProcessReport & { readonly identity?: ProcessIdentity })[];
  /** What `up` shows at its end; undefined until then. */
  readonly summary?: Summary;
}

/** Writes the state in one step. */
export function writeRunState(
  path: string,
  state: Omit<RunState, 'version' | 'supervisor' | 'processes'> & { processes: readonly ProcessReport[] },
): void {
  const supervisor = identify(process.pid);
  if (supervisor === undefined) throw new Error('this process is not in the process table');
  const processes = state.processes.map((report) => ({
    ...report,
    identity: report.pid === undefined ? undefined : identify(report.pid),
  }));
  const whole: RunState = { version: 1, supervisor, ...state, processes };
  writeDurably(path, `${JSON.stringify(whole, null, 2)}\n`);
}

/**
 * @returns undefined where there is no state, or one that cannot be read (it is written in one step, so
 * such a file is not ours and says nothing).
 */
export function readRunState<Summary>(path: string): RunState<Summary> | undefined {
  try {
    const state = JSON.parse(readFileSync(path, 'utf8')) as RunState<Summary>;
    return state.version === 1 && typeof state.supervisor.pid === 'number' ? state : undefined;
  } catch {
    return undefined;
  }
}

export function removeRunState(path: string): void {
  rmSync(path, { force: true });
}

/** Whether the supervisor that wrote it still runs; false for a pid that somebody else has got since. */
export function isSupervised(state: RunState): boolean {
  return isRunning(state.supervisor);
}
