import { join } from 'node:path';
import type { BackOff, ProcessSpec } from './process-spec.js';
import { DEFAULT_BACK_OFF } from './process-spec.js';
import type { ProcessEvents, ProcessReport } from './supervised-process.js';
import { SupervisedProcess } from './supervised-process.js';

export interface SupervisorOptions {
  /** Where the processes' logs go. */
  readonly logFolder: string;
  readonly events?: Partial<ProcessEvents>;
  readonly backOff?: BackOff;
}

/**
 * Starts processes in the order of the calls, keeps them running, and stops them in reverse. None outlives
 * the process it runs in: see the lifeline.
 */
export class Supervisor {
  private readonly groups: SupervisedProcess[][] = [];
  private readonly events: ProcessEvents;
  private stopping: Promise<void> | undefined;

  constructor(private readonly options: SupervisorOptions) {
    this.events = {
      changed: () => options.events?.changed?.(),
      died: (...died) => options.events?.died?.(...died),
      back: (...back) => options.events?.back?.(...back),
    };
  }

  get reports(): ProcessReport[] {
    return this.groups.flat().map((process) => process.report);
  }

  /**
   * Starts these side by side and waits until all serve. They are one step in the order: stopped together,
   * after everything that was started later.
   * @throws ProcessError of the first that fails; the others are left to `stop`.
   */
  async start(...specs: ProcessSpec[]): Promise<void> {
    if (this.stopping !== undefined) throw new Error('the supervisor is stopping');
    const group = specs.map((spec) => {
      const log = join(this.options.logFolder, `${spec.name}.log`);
      return new SupervisedProcess(spec, log, this.options.backOff ?? DEFAULT_BACK_OFF, this.events);
    });
    this.groups.push(group);
    await Promise.all(group.map((process) => process.start()));
  }

  /** Stops one of them, which stays where it is in the order. Resolves when it has ended. */
  async stopOne(name: string): Promise<void> {
    await this.find(name).stop();
  }

  /** Starts one that was stopped. @throws ProcessError where it fails; it is then stopped. */
  async startOne(name: string): Promise<void> {
    if (this.stopping !== undefined) throw new Error('the supervisor is stopping');
    await this.find(name).start();
  }

  private find(name: string): SupervisedProcess {
    const found = this.groups.flat().find(({ spec }) => spec.name === name);
    if (found === undefined) throw new Error(`there is no process ${name}`);
    return found;
  }

  /** Stops all in reverse order; resolves when none is left. May be called at any time, and again. */
  stop(): Promise<void> {
    this.stopping ??= this.stopAll();
    return this.stopping;
  }

  private async stopAll(): Promise<void> {
    for (const group of [...this.groups].reverse()) {
      await Promise.all(group.map((process) => process.stop()));
    }
  }
}
