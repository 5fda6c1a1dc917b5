import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import type { ProcessIdentity } from './process-identity.js';
import { identify } from './process-identity.js';

/**
 * Processes that belong to a server working in this folder. On Linux: all whose working folder it is, the
 * server's own children included. Elsewhere: `suspect` alone, where its command line names the folder.
 */
export function processesOf(folder: string, suspect: number | undefined): ProcessIdentity[] {
  const pids = process.platform === 'linux' ? workingIn(folder) : namingIt(folder, suspect);
  return pids.map(identify).filter((identity) => identity !== undefined);
}

function workingIn(folder: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        return (
          readlinkSync(`/proc/${name}/cwd`) === folder && readFileSync(`/proc/${name}/cmdline`).length > 0
        );
      } catch {
        return false;
      }
    })
    .map(Number);
}

function namingIt(folder: string, suspect: number | undefined): number[] {
  if (suspect === undefined) return [];
  try {
    const command = execFileSync('ps', ['-o', 'command=', '-p', String(suspect)], { encoding: 'utf8' });
    return command.includes(folder) ? [suspect] : [];
  } catch {
    return [];
  }
}
