import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import type { CommandResult } from '../consortium/command.js';

/** Somebody at a prompt: where, as whom, and with which environment. */
export interface Newcomer {
  readonly name: string;
  /** The checkout. */
  readonly folder: string;
  /** Undefined: as the user we are. */
  readonly account?: { readonly uid: number; readonly gid: number };
  readonly environment: NodeJS.ProcessEnv;
}

export type Typed = ChildProcessByStdio<null, Readable, Readable>;

/** What still runs when this process ends is ended with it. */
const running = new Set<Typed>();
process.on('exit', () => {
  for (const child of running) signalTyped(child, 'SIGKILL');
});

/** Starts a command in a process group of its own, as a shell does with what is typed. */
export function typed(newcomer: Newcomer, command: string, args: readonly string[]): Typed {
  const child = spawn(command, args, {
    cwd: newcomer.folder,
    env: newcomer.environment,
    ...newcomer.account,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  child.once('close', () => running.delete(child));
  for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8');
  return child;
}

/** To all of the group, as a terminal does at Ctrl-C. */
export function signalTyped({ pid }: Typed, signal: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(-pid, signal);
  } catch {
    // All of it has gone.
  }
}

/** Runs a command to its end. @throws Error where it cannot be started, or outlives `timeoutMs`. */
export function run(
  newcomer: Newcomer,
  command: string,
  args: readonly string[],
  timeoutMs = 300_000,
): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const child = typed(newcomer, command, args);
    const result = { stdout: '', stderr: '' };
    child.stdout.on('data', (text: string) => (result.stdout += text));
    child.stderr.on('data', (text: string) => (result.stderr += text));
    const late = setTimeout(() => {
      signalTyped(child, 'SIGKILL');
      reject(new Error(`${command} ${args.join(' ')} did not end:\n${result.stderr}`));
    }, timeoutMs);
    child.on('error', (error) => {
      clearTimeout(late);
      reject(error);
    });
    child.on('close', (code) => {
      clearTimeout(late);
      resolve({ code, ...result });
    });
  });
}
