import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { listPorts, loadTopology } from '@medaccord/network/topology';
import { medaccord, medaccordJson } from './command.js';
import type { ProcessLine } from './consortium.js';
import { isFree } from './free-ports.js';

/** Stops a consortium and removes its home. @throws Error naming what is left: a process, a port, a file. */
export async function wipeConsortium(home: string): Promise<void> {
  const topologyFile = join(home, 'topology.yaml');
  const ports = existsSync(topologyFile) ? listPorts(loadTopology(topologyFile)) : [];
  const pids = await runningPids(home);
  await medaccordJson('down', '--wipe', '--yes', '--home', home);
  const alive = pids.filter(isAlive);
  if (alive.length > 0) throw new Error(`processes outlived their consortium: ${alive.join(', ')}`);
  for (const { port, use } of ports) {
    if (!(await isFree(port))) throw new Error(`somebody still listens on port ${String(port)} (${use})`);
  }
  if (existsSync(home)) throw new Error(`${home} was not removed`);
}

/** Of the supervisor and all its processes; none where nothing runs. */
async function runningPids(home: string): Promise<number[]> {
  const { code, stdout } = await medaccord('status', '--json', '--home', home);
  if (code !== 0) return [];
  const { processes } = JSON.parse(stdout) as { processes: ProcessLine[] };
  return processes.flatMap(({ pid }) => pid ?? []);
}

/** A zombie, which only waits for its parent to take note, is not alive. */
export function isAlive(pid: number): boolean {
  const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' });
  const state = stdout.trim();
  return state !== '' && !state.startsWith('Z');
}
