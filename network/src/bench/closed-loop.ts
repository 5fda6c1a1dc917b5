import { quantile } from './statistics.js';

/** What a closed loop measured. Times in milliseconds. */
export interface LoopResult {
  readonly count: number;
  readonly perSecond: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  /** Processor time of one operation, by process. */
  readonly cpuMs: Readonly<Record<string, number>>;
}

/** Processor seconds by process, read before and after. */
export type CpuReader = () => Readonly<Record<string, number>>;

/**
 * Keeps `inFlight` operations under way for `seconds`, after a warm-up that is not counted. Operations that begin
 * within that time count, each when it ends.
 * @throws what an operation throws.
 */
export async function closedLoop(options: {
  readonly inFlight: number;
  readonly seconds: number;
  readonly warmUpSeconds: number;
  readonly cpu: CpuReader;
  operation(number: number): Promise<unknown>;
}): Promise<LoopResult> {
  const { inFlight, operation, cpu } = options;
  let next = 0;
  const latencies: number[] = [];
  let counting = false;
  let running = true;
  const worker = async (): Promise<void> => {
    while (running) {
      const number = next;
      next += 1;
      const begin = performance.now();
      await operation(number);
      if (counting) latencies.push(performance.now() - begin);
    }
  };
  const workers = Promise.all(Array.from({ length: inFlight }, worker));
  try {
    await Promise.race([workers, pause(options.warmUpSeconds)]);
    const cpuBefore = cpu();
    const begin = performance.now();
    counting = true;
    await Promise.race([workers, pause(options.seconds)]);
    counting = false;
    const seconds = (performance.now() - begin) / 1_000;
    const cpuAfter = cpu();
    const count = latencies.length;
    latencies.sort((a, b) => a - b);
    return {
      count,
      perSecond: count / seconds,
      p50: quantile(latencies, 0.5),
      p95: quantile(latencies, 0.95),
      p99: quantile(latencies, 0.99),
      cpuMs: Object.fromEntries(
        Object.entries(cpuAfter).map(([name, used]) => [
          name,
          ((used - (cpuBefore[name] ?? used)) * 1_000) / Math.max(count, 1),
        ]),
      ),
    };
  } finally {
    running = false;
    await workers;
  }
}

function pause(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
}
