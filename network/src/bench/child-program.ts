import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { baseEnvironment } from '../config.js';
import { memoryOf } from '../process/index.js';

const START_MS = 60_000;
/** Linux counts processor time in hundredths of a second, on every architecture that Node runs on. */
const TICKS_PER_SECOND = 100;

/** A Node program that the benchmark starts, and whose processor time and memory it reads. */
export class ChildProgram {
  readonly #name: string;
  readonly #process: ChildProcess;
  #said = '';

  private constructor(name: string, process: ChildProcess) {
    this.#name = name;
    this.#process = process;
    for (const stream of [process.stdout, process.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        this.#said = (this.#said + text).slice(-10_000);
      });
    }
  }

  /**
   * Starts it and waits until it says it is ready.
   * @param ready a line of its output
   * @throws Error with what it said, where it ends or is not ready within a minute.
   */
  static async start(name: string, commandLine: readonly string[], ready: RegExp): Promise<ChildProgram> {
    const child = spawn(process.execPath, commandLine, {
      env: baseEnvironment(),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const program = new ChildProgram(name, child);
    try {
      await program.#ready(ready);
    } catch (error) {
      child.kill('SIGKILL');
      throw error;
    }
    return program;
  }

  /** Processor time so far in seconds, user and system, all threads; undefined where the system does not tell. */
  cpuSeconds(): number | undefined {
    try {
      const text = readFileSync(`/proc/${String(this.#process.pid)}/stat`, 'utf8');
      // The name in parentheses may hold blanks; user and system time are fields 14 and 15.
      const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
      return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
    } catch {
      return undefined;
    }
  }

  /** Bytes of memory. */
  memory(): number {
    const { pid } = this.#process;
    return pid === undefined ? 0 : (memoryOf([pid]).get(pid) ?? 0);
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const ended = once(this.#process, 'exit');
    this.#process.kill('SIGTERM');
    await ended;
  }

  async #ready(ready: RegExp): Promise<void> {
    const until = Date.now() + START_MS;
    while (Date.now() < until) {
      if (this.#process.exitCode !== null) break;
      if (ready.test(this.#said)) return;
      await setTimeout(5);
    }
    throw new Error(`${this.#name} did not start: ${this.#said}`);
  }
}
