import { spawnSync } from 'node:child_process';

/** A process and everything that it, and what it started, has started. */
export function processTree(root: number): number[] {
  const { stdout } = spawnSync('ps', ['-eo', 'pid=,ppid='], { encoding: 'utf8' });
  const rows = stdout
    .trim()
    .split('\n')
    .map((row) => row.trim().split(/\s+/).map(Number));
  const below = (parent: number): number[] =>
    rows.flatMap(([pid, of]) => (of === parent && pid !== undefined ? [pid, ...below(pid)] : []));
  return [root, ...below(root)];
}
