import type { ProgressEvent, Reporter, Step } from '../consortium/index.js';
import { STEPS } from '../consortium/index.js';
import { printNote } from './output.js';

export interface ProgressView {
  readonly reporter: Reporter;
  /** Leaves the screen as it is; no event may follow. */
  close(): Promise<void>;
}

/** Live on a terminal; otherwise, and with --json, one line on stderr for each finished step. */
export async function openProgressView(json: boolean): Promise<ProgressView> {
  return process.stdout.isTTY && (process.stdout.columns ?? 0) > 0 && !json ? liveView() : lineView();
}

function lineView(): ProgressView {
  const begun = new Map<Step, number>();
  return {
    reporter: ({ step, state, text }) => {
      if (state === 'begin') begun.set(step, Date.now());
      if (state !== 'done' && state !== 'failed') return;
      const seconds = ((Date.now() - (begun.get(step) ?? Date.now())) / 1000).toFixed(1);
      const mark = state === 'done' ? '✓' : '✗';
      printNote(`${mark} ${STEPS[step]} (${seconds} s)${text === undefined ? '' : `: ${text}`}`);
    },
    close: async () => undefined,
  };
}

/** Each step is a task that ends when its event comes; a step that another comes before is none of this start's. */
async function liveView(): Promise<ProgressView> {
  const { Listr, PRESET_TIMER } = await import('listr2');
  const names = Object.keys(STEPS) as Step[];
  const steps = new Map(names.map((step) => [step, new PendingStep()]));
  const tasks = new Listr(
    names.map((step) => ({
      title: STEPS[step],
      task: async (_context, task) => {
        const text = await steps.get(step)?.follow((note) => (task.output = note));
        if (text !== undefined) task.title = `${STEPS[step]}: ${text}`;
      },
    })),
    {
      registerSignalListeners: false,
      rendererOptions: { timer: PRESET_TIMER, collapseErrors: true, showErrorMessage: false },
      fallbackRenderer: 'silent',
    },
  );
  const shown = tasks.run().catch(() => undefined);
  return {
    reporter: (event) => {
      for (const step of names.slice(0, names.indexOf(event.step))) steps.get(step)?.skip();
      steps.get(event.step)?.take(event);
    },
    close: async () => {
      for (const step of steps.values()) step.giveUp();
      await shown;
    },
  };
}

class PendingStep {
  private note: (text: string) => void = () => undefined;
  private resolve: (text: string | undefined) => void = () => undefined;
  private reject: (error: Error) => void = () => undefined;
  private begun = false;
  private readonly ended: Promise<string | undefined>;

  constructor() {
    this.ended = new Promise((resolve, reject) => {
      this.resolve = resolve;
      this.reject = reject;
    });
    this.ended.catch(() => undefined);
  }

  follow(note: (text: string) => void): Promise<string | undefined> {
    this.note = note;
    return this.ended;
  }

  take({ state, text }: ProgressEvent): void {
    this.begun = true;
    if (state === 'note' && text !== undefined) this.note(text);
    if (state === 'done') this.resolve(text);
    if (state === 'failed') this.reject(new Error('failed'));
  }

  /** Nothing where it has begun. */
  skip(): void {
    if (!this.begun) this.resolve(undefined);
  }

  giveUp(): void {
    this.reject(new Error('not reached'));
  }
}
