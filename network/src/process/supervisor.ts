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
    const group = specs.map((spec) => this.supervise(spec));
    this.groups.push(group);
    await Promise.all(group.map((process) => process.start()));
  }

  /** What a process was started as; undefined where there is none of that name. */
  specOf(name: string): ProcessSpec | undefined {
    return this.groups.flat().find(({ spec }) => spec.name === name)?.spec;
  }

  /**
   * Starts those that are not there, as `start` does; the others go on as they are.
   * @throws ProcessError of the first that fails; those that failed are as if they had never been there.
   */
  async ensure(...specs: ProcessSpec[]): Promise<void> {
    const missing = specs.filter(({ name }) => this.specOf(name) === undefined);
    if (missing.length === 0) return;
    try {
      await this.start(...missing);
    } catch (error) {
      await Promise.all(missing.map(({ name }) => this.remove(name)));
      throw error;
    }
  }

  /** Stops a process and starts it anew as another spec of that name says. */
  async replace(spec: ProcessSpec): Promise<void> {
    await this.find(spec.name).stop();
    await this.put(spec).start();
  }

  /**
   * Starts a process beside the one of that name, and ends the old one once `ready` has resolved.
   * @throws ProcessError, or what `ready` throws: the old one then goes on, and the new one is ended.
   */
  async handOver(spec: ProcessSpec, ready: () => Promise<void>): Promise<void> {
    const old = this.find(spec.name);
    const next = this.supervise(spec);
    // Among the others: a stop meanwhile ends both.
    this.groups.push([next]);
    try {
      await next.start();
      await ready();
    } catch (error) {
      await next.stop();
      this.drop(next);
      throw error;
    }
    this.drop(next);
    for (const group of this.groups) {
      if (group.includes(old)) group[group.indexOf(old)] = next;
    }
    await old.stop();
  }

  /** Stops a process and forgets it. */
  async remove(name: string): Promise<void> {
    const found = this.find(name);
    await found.stop();
    this.drop(found);
    this.events.changed();
  }

  private supervise(spec: ProcessSpec): SupervisedProcess {
    const log = join(this.options.logFolder, `${spec.name}.log`);
    return new SupervisedProcess(spec, log, this.options.backOff ?? DEFAULT_BACK_OFF, this.events);
  }

  /** In the place of the one of that name. */
  private put(spec: ProcessSpec): SupervisedProcess {
    const next = this.supervise(spec);
    for (const group of this.groups) {
      const at = group.findIndex((process) => process.spec.name === spec.name);
      if (at >= 0) group[at] = next;
    }
    return next;
  }

  private drop(process: SupervisedProcess): void {
    for (const group of this.groups) {
      const at = group.indexOf(process);
      if (at >= 0) group.splice(at, 1);
    }
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
