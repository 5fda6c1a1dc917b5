import { CodedError } from '../coded-error.js';
import type { ProcessControl } from '../control/index.js';
import type { Supervisor } from '../process/index.js';

/** The processes of a running consortium, changed on request: one change at a time, in the order of the requests. */
export class SupervisedProcesses implements ProcessControl {
  private last: Promise<unknown> = Promise.resolve();

  /** @param followNow Brings what runs to what the topology says; told a sentence about each thing it did. */
  constructor(
    private readonly supervisor: Supervisor,
    private readonly followNow: (note: (text: string) => void) => Promise<void>,
  ) {}

  follow(): Promise<readonly string[]> {
    return this.inTurn(async () => {
      const done: string[] = [];
      await this.followNow((text) => done.push(text));
      return done;
    });
  }

  restart(name: string): Promise<void> {
    return this.hold(name, () => Promise.resolve());
  }

  hold(name: string, meanwhile: () => Promise<void>): Promise<void> {
    return this.inTurn(() => this.holdNow(name, meanwhile));
  }

  private inTurn<T>(work: () => Promise<T>): Promise<T> {
    const change = this.last.catch(() => undefined).then(work);
    this.last = change;
    return change;
  }

  private async holdNow(name: string, meanwhile: () => Promise<void>): Promise<void> {
    const names = this.supervisor.reports.map((report) => report.name);
    if (!names.includes(name)) {
      throw new CodedError('NO_SUCH_PROCESS', `there is no process ${name}`, {
        hint: `There are: ${names.join(', ')}`,
      });
    }
    await this.supervisor.stopOne(name);
    try {
      await meanwhile();
    } finally {
      await this.start(name);
    }
  }

  private async start(name: string): Promise<void> {
    try {
      await this.supervisor.startOne(name);
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new CodedError('RESTART_FAILED', `${name} was stopped and does not come back: ${reason}`, {
        hint: `See its log: medaccord logs ${name}`,
        cause,
      });
    }
  }
}
