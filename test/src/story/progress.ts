import { SingleBar } from 'cli-progress';
import { type StepFigures, Tally } from './figures.js';

/** Runs one named step with a bar on a terminal, with one line a step elsewhere. */
export type RunStep = (
  name: string,
  total: number,
  work: (tally: Tally) => Promise<void>,
) => Promise<StepFigures>;

export function stepRunner(stream: NodeJS.WriteStream | undefined): RunStep {
  return async (name, total, work) => {
    const bar = stream?.isTTY
      ? new SingleBar({
          format: `${name.padEnd(28)} {bar} {value}/{total} {duration_formatted}`,
          stream,
          hideCursor: true,
        })
      : undefined;
    bar?.start(total, 0);
    const tally = new Tally(() => bar?.increment());
    const started = performance.now();
    try {
      await work(tally);
    } finally {
      bar?.stop();
    }
    const figures = tally.figures(name, (performance.now() - started) / 1_000);
    if (stream && !bar)
      stream.write(`${name}: ${String(figures.count)} in ${figures.seconds.toFixed(1)} s\n`);
    return figures;
  };
}
