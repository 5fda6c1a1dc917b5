import { existsSync, readdirSync, rmdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { HOME_ENTRIES, runPaths } from '../home/index.js';
import { endLeftServer, wipePlace } from '../postgres/index.js';
import type { RunState } from '../process/index.js';
import {
  endProcess,
  isRunning,
  isSupervised,
  memoryOf,
  readRunState,
  removeRunState,
  takeRunLock,
} from '../process/index.js';
import { ConsortiumError } from './errors.js';
import type { Summary } from './summary.js';

export type ConsortiumState = RunState<Summary>;

/** @returns the state of a home whose supervisor runs, or undefined. */
export function runningState(home: string): ConsortiumState | undefined {
  const state = readRunState<Summary>(runPaths(home).state);
  return state !== undefined && isSupervised(state) ? state : undefined;
}

/** @throws ConsortiumError NOT_RUNNING, or STILL_STARTING where it has no summary yet. */
export function requireRunning(home: string): ConsortiumState & { summary: Summary } {
  const state = runningState(home);
  if (state === undefined) {
    throw new ConsortiumError('NOT_RUNNING', `no consortium is running in ${home}`, 'Start it: medaccord up');
  }
  const { summary } = state;
  if (summary === undefined) {
    throw new ConsortiumError('STILL_STARTING', `the consortium in ${home} is still starting`);
  }
  return { ...state, summary };
}

export interface ProcessLine {
  readonly name: string;
  readonly status: string;
  readonly pid?: number;
  readonly port?: number;
  readonly restarts: number;
  /** Since it became ready. */
  readonly uptimeSeconds?: number;
  readonly memoryBytes?: number;
}

/** The supervisor and its processes with what they take of the machine. */
export function processLines(state: ConsortiumState): ProcessLine[] {
  const pids = state.processes.flatMap(({ pid }) => (pid === undefined ? [] : [pid]));
  const memory = memoryOf([...pids, state.supervisor.pid]);
  const children = pids.reduce((sum, pid) => sum + (memory.get(pid) ?? 0), 0);
  const since = (time: number) => Math.max(0, Math.round((Date.now() - time) / 1000));
  return [
    {
      name: 'supervisor',
      status: state.phase,
      pid: state.supervisor.pid,
      restarts: 0,
      uptimeSeconds: since(Date.parse(state.started)),
      memoryBytes: Math.max(0, (memory.get(state.supervisor.pid) ?? 0) - children),
    },
    ...state.processes.map(({ name, status, pid, port, restarts, readySince }) => ({
      name,
      status,
      pid,
      port,
      restarts,
      uptimeSeconds: readySince === undefined ? undefined : since(readySince),
      memoryBytes: pid === undefined ? undefined : memory.get(pid),
    })),
  ];
}

/**
 * Asks the supervisor to stop everything and waits; one that was killed has left processes, which are ended.
 * @returns whether anything was running.
 */
export async function stopRunning(home: string): Promise<boolean> {
  const state = runningState(home);
  if (state !== undefined) await endProcess(state.supervisor, 90_000);
  const left = existsSync(runPaths(home).state) && (await endLeftoversAlone(home));
  return state !== undefined || left;
}

/** Not where an `up` holds the home: it ends them itself. */
async function endLeftoversAlone(home: string): Promise<boolean> {
  const lock = takeRunLock(runPaths(home).lock);
  if (!('release' in lock)) return false;
  try {
    return await endLeftovers(home);
  } finally {
    lock.release();
  }
}

/**
 * Ends processes that outlived a killed supervisor; normally their lifeline is ending them already. To be called with
 * the run lock held. @returns whether there were any.
 */
export async function endLeftovers(home: string): Promise<boolean> {
  const { state: file } = runPaths(home);
  const processes = readRunState(file)?.processes ?? [];
  const left = processes.flatMap(({ identity }) =>
    identity !== undefined && isRunning(identity) ? [identity] : [],
  );
  await Promise.all(left.map((identity) => endProcess(identity, 15_000)));
  // PostgreSQL is watched by another process, whose end it may survive.
  const server = await endLeftServer(home);
  removeRunState(file);
  return left.length > 0 || server;
}

/** Removes a stopped consortium's data, its database outside the home included. @returns what was removed. */
export function wipe(home: string): string[] {
  if (!existsSync(home)) return [];
  wipePlace(home);
  const removed = HOME_ENTRIES.filter((name) => existsSync(join(home, name)));
  for (const name of removed) rmSync(join(home, name), { recursive: true, force: true });
  if (readdirSync(home).length === 0) rmdirSync(home);
  return removed;
}
