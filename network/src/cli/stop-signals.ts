import { config } from '../config.js';

/** Signals that ask a foreground `up` to stop. */
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
/** A terminal and npm both pass one Ctrl-C on: what comes so soon is the same wish. */
const SAME_WISH_MS = 2000;

export interface StopOptions {
  /** Also stop when npm, which started this process, has gone. */
  readonly withNpm: boolean;
}

/**
 * Calls `onStop` once when the process is asked to stop. Asked again later, it ends at once; the lifeline then
 * ends the children.
 */
export function onStopSignal(onStop: (why: string) => void, { withNpm }: StopOptions): void {
  let first: number | undefined;
  const stop = (why: string) => {
    if (first === undefined) {
      first = Date.now();
      onStop(why);
    } else if (Date.now() - first > SAME_WISH_MS) {
      process.exit(130);
    }
  };
  for (const signal of SIGNALS) process.on(signal, () => stop(signal));
  if (withNpm && config.underNpm) watchParent(() => stop('the end of npm'));
}

/** npm's shell does not pass SIGTERM on: when it has gone, so has who started us. */
function watchParent(onGone: () => void): void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    onGone();
  }, 500);
  timer.unref();
}
