import { once } from 'node:events';
import { memoryOf } from '@medaccord/network/process-memory';
import { processTree } from '../consortium/process-tree.js';
import { isAlive } from '../consortium/wipe.js';
import { type Newcomer, type Typed, signalTyped, typed } from './newcomer.js';

const READY = 'Ctrl-C stops it; its data stay.';
const START_MS = 600_000;
const STOP_MS = 60_000;

/** A consortium that `npm start` runs in the foreground. */
export class Foreground {
  private readonly typedAt = performance.now();
  private readonly ended: Promise<unknown>;
  private stdout = '';
  private stderr = '';
  private builtAt: number | undefined;
  private readyAt = NaN;
  /** It, and all that it had started when it was last looked at. */
  private processes: number[] = [];

  private constructor(private readonly child: Typed) {
    this.ended = once(child, 'close');
  }

  /** @param options of `up`. @throws Error with what it said where it does not get ready. */
  static async start(newcomer: Newcomer, ...options: string[]): Promise<Foreground> {
    const foreground = new Foreground(typed(newcomer, 'npm', ['start', '--', ...options]));
    await foreground.ready();
    return foreground;
  }

  /** From the end of the build on, where it has built; else from when it was typed on. */
  get secondsToReady(): number {
    return (this.readyAt - (this.builtAt ?? this.typedAt)) / 1_000;
  }

  /** Until everything was installed and built; undefined where nothing was to do. */
  get secondsToBuilt(): number | undefined {
    return this.builtAt === undefined ? undefined : (this.builtAt - this.typedAt) / 1_000;
  }

  /** The two commands that it ends with. */
  get commandsToTry(): string[] {
    const [, after = ''] = this.stdout.split('\nTry:\n');
    return (after.split('\n\n')[0] ?? '').split('\n').map((line) => line.trim());
  }

  /** Bytes of all its processes together; a shared page counts once. */
  memory(): number {
    this.processes = processTree(this.child.pid ?? NaN);
    return memoryOf([this.child.pid ?? NaN]).get(this.child.pid ?? NaN) ?? NaN;
  }

  /** Ctrl-C. @returns seconds to the end, and what outlived it. @throws Error where it does not end. */
  async interrupt(): Promise<{ seconds: number; left: number[] }> {
    this.processes = [...new Set([...this.processes, ...processTree(this.child.pid ?? NaN)])];
    const begin = performance.now();
    signalTyped(this.child, 'SIGINT');
    await this.within(STOP_MS, this.ended, 'did not end at Ctrl-C');
    return { seconds: (performance.now() - begin) / 1_000, left: this.processes.filter(isAlive) };
  }

  private ready(): Promise<void> {
    const { child } = this;
    const shown = new Promise<void>((resolve, reject) => {
      child.stdout.on('data', (text: string) => {
        this.stdout += text;
        if (!Number.isNaN(this.readyAt) || !this.stdout.includes(READY)) return;
        this.readyAt = performance.now();
        resolve();
      });
      child.stderr.on('data', (text: string) => {
        this.stderr += text;
        if (/^Building .*: done/m.test(this.stderr)) this.builtAt ??= performance.now();
      });
      child.on('error', reject);
      child.on('close', (code) => reject(new Error(`npm start ended with ${String(code)}${this.said()}`)));
    });
    return this.within(START_MS, shown, 'did not get ready');
  }

  private async within<T>(timeoutMs: number, work: Promise<T>, what: string): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => {
        signalTyped(this.child, 'SIGKILL');
        reject(new Error(`npm start ${what} in ${String(timeoutMs / 1_000)} s${this.said()}`));
      }, timeoutMs);
    });
    return Promise.race([work, late]).finally(() => clearTimeout(timer));
  }

  private said(): string {
    return `:\n${this.stdout}${this.stderr}`.trimEnd();
  }
}
