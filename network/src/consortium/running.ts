import { existsSync, readdirSync, rmdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { wipePlace } from '../postgres/index.js';
import type { RunState } from '../process/index.js';
import { endProcess, isSupervised, memoryOf, readRunState } from '../process/index.js';
import { ConsortiumError } from './errors.js';
import type { Home } from './home.js';
import type { Summary } from './summary.js';

export type ConsortiumState = RunState<Summary>;

/** @returns the state of a home whose supervisor runs, or undefined. */
export function runningState(home: Home): ConsortiumState | undefined {
  const state = readRunState<Summary>(home.stateFile);
  return state !== undefined && isSupervised(state) ? state : undefined;
}

/** @throws ConsortiumError NOT_RUNNING, or STILL_STARTING where it has no summary yet. */
export function requireRunning(home: Home): ConsortiumState & { summary: Summary } {
  const state = runningState(home);
  if (state === undefined) {
    throw new ConsortiumError(
      'NOT_RUNNING',
      `no consortium is running in ${home.folder}`,
      'Start it: medaccord up',
    );
  }
  const { summary } = state;
  if (summary === undefined) {
    throw new ConsortiumError('STILL_STARTING', `the consortium in ${home.folder} is still starting`);
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
export async function stopRunning(home: Home): Promise<boolean> {
  const state = runningState(home);
  if (state === undefined) return false;
  await endProcess(state.supervisor, 90_000);
  return true;
}

/** What `up` makes in a home folder; a wipe removes this and nothing else. */
const MADE = ['organizations', 'ledger', 'ca', 'gateways', 'postgres', 'logs', 'run', 'topology.yaml'];

/** Removes a stopped consortium's data, its database outside the home included. @returns what was removed. */
export function wipe(home: Home): string[] {
  if (!existsSync(home.folder)) return [];
  wipePlace(home.folder);
  const removed = MADE.filter((name) => existsSync(join(home.folder, name)));
  for (const name of removed) rmSync(join(home.folder, name), { recursive: true, force: true });
  if (readdirSync(home.folder).length === 0) rmdirSync(home.folder);
  return removed;
}
