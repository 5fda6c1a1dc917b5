import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { baseEnvironment } from '../config.js';
import { memoryOf, processorSecondsOf } from '../process/index.js';

const START_MS = 60_000;

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

  /** Processor time so far in seconds; undefined where the system does not tell. */
  cpuSeconds(): number | undefined {
    return processorSecondsOf(this.#process.pid ?? 0);
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
