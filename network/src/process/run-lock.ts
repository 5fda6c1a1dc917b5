import {
  closeSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import type { ProcessIdentity } from './process-identity.js';
import { identify, isRunning } from './process-identity.js';

/** Held by the one process that may run a home folder; a lock whose holder has died counts for nothing. */
export interface RunLock {
  release(): void;
}

/** @returns the lock, or the process that holds it. */
export function takeRunLock(path: string): RunLock | ProcessIdentity {
  mkdirSync(dirname(path), { recursive: true });
  const self = identify(process.pid);
  if (self === undefined) throw new Error('this process is not in the process table');
  // Written whole under a name of its own, then linked: nobody ever reads half a lock.
  const own = `${path}.${process.pid}`;
  const file = openSync(own, 'w', 0o600);
  writeSync(file, JSON.stringify(self));
  closeSync(file);
  try {
    for (;;) {
      try {
        linkSync(own, path);
        return { release: () => rmSync(path, { force: true }) };
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
      const holder = readHolder(path);
      if (holder !== undefined && isRunning(holder)) return holder;
      setStaleAside(path, holder);
    }
  } finally {
    rmSync(own, { force: true });
  }
}

/** Moves the stale lock away; where another process was quicker and took it meanwhile, gives it back. */
function setStaleAside(path: string, stale: ProcessIdentity | undefined): void {
  const aside = `${path}.${process.pid}.stale`;
  try {
    renameSync(path, aside);
  } catch {
    return;
  }
  const moved = readHolder(aside);
  if (moved !== undefined && moved.pid !== stale?.pid && isRunning(moved)) linkSync(aside, path);
  rmSync(aside, { force: true });
}

function readHolder(path: string): ProcessIdentity | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as ProcessIdentity;
  } catch {
    return undefined;
  }
}
