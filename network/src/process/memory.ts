import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** The part of the system's process table that adding up needs. */
interface ProcessTable {
  readonly childrenOf: Map<number, number[]>;
  /** Memory of one process alone, in bytes. */
  bytesOf(pid: number): number;
}

/**
 * Memory of each of these processes with all its descendants, in bytes. On Linux a page that several
 * processes share is divided among them (proportional set size), elsewhere each counts it whole.
 */
export function memoryOf(pids: readonly number[]): Map<number, number> {
  const table = process.platform === 'linux' ? tableOfLinux() : tableOfPs();
  const total = (pid: number): number =>
    (table.childrenOf.get(pid) ?? []).reduce((sum, child) => sum + total(child), table.bytesOf(pid));
  return new Map(pids.map((pid) => [pid, total(pid)]));
}

function tableOfLinux(): ProcessTable {
  const childrenOf = new Map<number, number[]>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const parent = /^PPid:\s+(\d+)$/m.exec(readOr(`/proc/${name}/status`))?.[1];
    if (parent !== undefined) addChild(childrenOf, Number(parent), Number(name));
  }
  return { childrenOf, bytesOf: bytesOnLinux };
}

function bytesOnLinux(pid: number): number {
  const shared = /^Pss:\s+(\d+) kB$/m.exec(readOr(`/proc/${pid}/smaps_rollup`))?.[1];
  const resident = shared ?? /^VmRSS:\s+(\d+) kB$/m.exec(readOr(`/proc/${pid}/status`))?.[1];
  return Number(resident ?? 0) * 1024;
}

function tableOfPs(): ProcessTable {
  const childrenOf = new Map<number, number[]>();
  const bytes = new Map<number, number>();
  const text = execFileSync('ps', ['-axo', 'pid=,ppid=,rss='], { encoding: 'utf8' });
  for (const line of text.split('\n')) {
    const [pid, parent, kilobytes] = line.trim().split(/\s+/).map(Number);
    if (pid === undefined || parent === undefined || kilobytes === undefined) continue;
    addChild(childrenOf, parent, pid);
    bytes.set(pid, kilobytes * 1024);
  }
  return { childrenOf, bytesOf: (pid) => bytes.get(pid) ?? 0 };
}

function addChild(childrenOf: Map<number, number[]>, parent: number, child: number): void {
  const children = childrenOf.get(parent);
  if (children === undefined) childrenOf.set(parent, [child]);
  else children.push(child);
}

/** Processes come and go while the table is read: what is gone reads as nothing. */
function readOr(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
