import { existsSync, readdirSync, rmdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { HOME_ENTRIES, runPaths } from '../home/index.js';
import { wipePlace } from '../postgres/index.js';
import type { RunState } from '../process/index.js';
import { endProcess, isSupervised, memoryOf, readRunState } from '../process/index.js';
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

/** Asks the supervisor to stop everything and waits. @returns whether one was running. */
export async function stopRunning(home: string): Promise<boolean> {
  const state = runningState(home);
  if (state === undefined) return false;
  await endProcess(state.supervisor, 90_000);
  return true;
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
