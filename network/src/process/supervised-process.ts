import type { Exit } from './child.js';
import { Child, describeExit } from './child.js';
import { ProcessError } from './errors.js';
import { LogFile } from './log-file.js';
import type { BackOff, ProcessSpec } from './process-spec.js';
import { waitBeforeRestart } from './process-spec.js';

export type ProcessStatus = 'starting' | 'ready' | 'waiting' | 'stopping' | 'stopped';

export interface ProcessReport {
  readonly name: string;
  readonly status: ProcessStatus;
  readonly pid?: number;
  readonly port?: number;
  readonly restarts: number;
  /** When it became ready, in milliseconds since 1970. */
  readonly readySince?: number;
}

export interface ProcessEvents {
  /** Any change of the report. */
  changed(): void;
  /** It ended by itself; the next start follows after `waitMs`. */
  died(name: string, how: string, waitMs: number, lastLines: readonly string[]): void;
  /** It serves again after it died. */
  back(name: string, restarts: number): void;
}

/** Keeps one process running from `start` to `stop`, with growing waits between restarts. */
export class SupervisedProcess {
  private readonly log: LogFile;
  private child: Child | undefined;
  private status: ProcessStatus = 'stopped';
  private restarts = 0;
  private inARow = 0;
  private readySince: number | undefined;
  private timer: NodeJS.Timeout | undefined;
  private wanted = false;
  private restarting: Promise<void> | undefined;

  constructor(
    readonly spec: ProcessSpec,
    logPath: string,
    private readonly backOff: BackOff,
    private readonly events: ProcessEvents,
  ) {
    this.log = new LogFile(logPath);
  }

  get report(): ProcessReport {
    return {
      name: this.spec.name,
      status: this.status,
      pid: this.child?.pid,
      port: this.spec.port,
      restarts: this.restarts,
      readySince: this.status === 'ready' ? this.readySince : undefined,
    };
  }

  /**
   * Starts it and waits until it serves.
   * @throws ProcessError where the first start fails: it is not tried again, and nothing is left running.
   */
  async start(): Promise<void> {
    this.wanted = true;
    await this.run();
  }

  async stop(): Promise<void> {
    this.wanted = false;
    clearTimeout(this.timer);
    if (this.child !== undefined) {
      this.become('stopping');
      await this.child.stop();
    }
    await this.restarting;
    this.child = undefined;
    this.become('stopped');
    this.log.close();
  }

  private async run(): Promise<void> {
    await this.spec.beforeStart?.();
    if (!this.wanted) throw new ProcessError('STOPPED', this.spec.name, 'was stopped');
    this.log.begin();
    const child = new Child(this.spec, this.log);
    this.child = child;
    this.become('starting');
    try {
      await child.ready();
    } catch (error) {
      await child.stop();
      this.child = undefined;
      if (this.status === 'starting') this.become('stopped');
      throw error;
    }
    this.readySince = Date.now();
    this.become('ready');
    void child.exited.then((exit) => this.onExit(child, exit));
  }

  private onExit(child: Child, exit: Exit): void {
    if (this.child !== child || !this.wanted) return;
    this.child = undefined;
    const ran = Date.now() - (this.readySince ?? Date.now());
    if (ran >= this.backOff.resetAfterMs) this.inARow = 0;
    this.scheduleRestart(`ended with ${describeExit(exit)}`);
  }

  private scheduleRestart(how: string): void {
    this.inARow += 1;
    const waitMs = waitBeforeRestart(this.inARow, this.backOff);
    this.become('waiting');
    this.events.died(this.spec.name, how, waitMs, this.log.lastLines(5));
    this.timer = setTimeout(() => {
      this.restarting = this.restart();
    }, waitMs);
  }

  private async restart(): Promise<void> {
    this.restarts += 1;
    try {
      await this.run();
      this.events.back(this.spec.name, this.restarts);
    } catch (error) {
      if (this.wanted) this.scheduleRestart(error instanceof ProcessError ? error.what : String(error));
    }
  }

  private become(status: ProcessStatus): void {
    this.status = status;
    this.events.changed();
  }
}
