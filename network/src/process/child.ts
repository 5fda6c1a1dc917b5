import type { ChildProcess } from 'node:child_process';
import { spawn } from 'node:child_process';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { ProcessError } from './errors.js';
import type { LogFile } from './log-file.js';
import type { ProcessSpec } from './process-spec.js';
import { signalGroup } from './process-identity.js';

/** The built modules, wherever this one runs from: a child is plain Node, tests included. */
const built = (name: string) => new URL(`../../dist/process/${name}`, import.meta.url);

const DEFAULT_GRACE_MS = 10_000;

export interface Exit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** One run of a process, from spawn to exit. */
export class Child {
  readonly pid: number | undefined;
  /** Resolves when it has exited and its output is read to the end; never rejects. */
  readonly exited: Promise<Exit>;
  private readonly process: ChildProcess;

  constructor(
    private readonly spec: ProcessSpec,
    private readonly log: LogFile,
  ) {
    const [program, programArguments] = commandLine(spec);
    this.process = spawn(program, programArguments, {
      cwd: spec.cwd,
      env: spec.environment ?? {},
      // A group of its own: Ctrl-C reaches the supervisor alone, which then stops all in order. The fourth
      // descriptor is the lifeline: it closes with this process, however this process ends.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    });
    this.pid = this.process.pid;
    for (const stream of [this.process.stdout, this.process.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => this.log.write(text));
    }
    this.process.stdio[3]?.on('error', () => undefined);
    this.exited = new Promise((resolve) => {
      this.process.on('error', (error) => {
        this.log.write(`${error.message}\n`);
        if (this.process.pid === undefined) resolve({ code: 127, signal: null });
      });
      this.process.on('exit', () => this.endOrphans());
      this.process.on('close', (code, signal) => resolve({ code, signal }));
    });
  }

  /**
   * Waits until it serves.
   * @throws ProcessError DIED_AT_START or NOT_READY_IN_TIME, with its last log lines.
   */
  async ready(): Promise<void> {
    const timeoutMs = this.spec.readyTimeoutMs ?? 60_000;
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), timeoutMs);
    const serves =
      'line' in this.spec.ready
        ? this.line(this.spec.ready.line)
        : this.port(this.spec.ready.port, abort.signal);
    const timeout = new Promise<'timeout'>((resolve) => {
      abort.signal.addEventListener('abort', () => resolve('timeout'));
    });
    const outcome = await Promise.race([serves, timeout, this.exited]);
    clearTimeout(timer);
    abort.abort();
    if (outcome === 'ready') return;
    if (outcome === 'timeout')
      throw this.failure('NOT_READY_IN_TIME', `is not ready after ${timeoutMs / 1000} s`);
    throw this.failure('DIED_AT_START', `ended at start with ${describeExit(outcome)}`);
  }

  /** Asks it to stop, and kills its group when the grace period is over. Resolves when it has ended. */
  async stop(): Promise<Exit> {
    if (this.pid === undefined) return this.exited;
    const pid = this.pid;
    this.process.kill('SIGTERM');
    const timer = setTimeout(() => signalGroup(pid, 'SIGKILL'), this.spec.graceMs ?? DEFAULT_GRACE_MS);
    const exit = await this.exited;
    clearTimeout(timer);
    return exit;
  }

  /**
   * A guard that was killed leaves its program running: unwatched, and with our ends of its output open. It is
   * asked to stop as the guard would have asked it.
   */
  private endOrphans(): void {
    const { pid, spec } = this;
    if (pid === undefined || spec.program === undefined) return;
    if (!signalOrphans(pid, spec.stopSignal ?? 'SIGTERM')) return;
    const timer = setTimeout(() => signalOrphans(pid, 'SIGKILL'), spec.graceMs ?? DEFAULT_GRACE_MS);
    void this.exited.then(() => clearTimeout(timer));
  }

  private line(pattern: RegExp): Promise<'ready'> {
    return new Promise((resolve) => {
      for (const stream of [this.process.stdout, this.process.stderr]) {
        let pending = '';
        const read = (text: string) => {
          const lines = (pending + text).split('\n');
          pending = lines.pop() ?? '';
          if (!lines.some((line) => pattern.test(line))) return;
          stream?.off('data', read);
          resolve('ready');
        };
        stream?.on('data', read);
      }
    });
  }

  private async port(port: number, signal: AbortSignal): Promise<'ready'> {
    while (!(await accepts(port)) && !signal.aborted) {
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return 'ready';
  }

  private failure(code: 'DIED_AT_START' | 'NOT_READY_IN_TIME', what: string): ProcessError {
    const lines = this.log.lastLines(12);
    const said = lines.length === 0 ? '; it wrote nothing' : `; its last lines:\n  ${lines.join('\n  ')}`;
    return new ProcessError(code, this.spec.name, what, lines, `${said}\n  (log: ${this.log.path})`);
  }
}

export function describeExit(exit: Exit): string {
  return exit.signal ?? `code ${exit.code ?? 'unknown'}`;
}

/** To what is left of a group whose leader has ended. @returns false where nothing is left. */
function signalOrphans(leader: number, signal: NodeJS.Signals): boolean {
  try {
    return process.kill(-leader, signal);
  } catch {
    return false;
  }
}

function commandLine(spec: ProcessSpec): [string, string[]] {
  const lifeline = ['--import', built('lifeline.js').href];
  const own = [...(spec.arguments ?? [])];
  if (spec.module !== undefined) {
    return [process.execPath, [...(spec.nodeFlags ?? []), ...lifeline, spec.module, ...own]];
  }
  if (spec.program === undefined) throw new TypeError(`process ${spec.name} has neither module nor program`);
  const user = spec.user === undefined ? ['-', '-'] : [String(spec.user.uid), String(spec.user.gid)];
  const guard = fileURLToPath(built('guard.js'));
  return [
    process.execPath,
    [...lifeline, guard, spec.stopSignal ?? 'SIGTERM', ...user, spec.program, ...own],
  ];
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: 'localhost' });
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}
