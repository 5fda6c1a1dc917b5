import { setTimeout } from 'node:timers/promises';
import { closedLoop, type CpuReader, type LoopResult } from '@medaccord/network/bench/closed-loop';
import { median } from '@medaccord/network/bench/statistics';
import { WAYS, type Way, type WayName } from './way.js';

const WARM_UP_SECONDS = 1;
const FIRST_WARM_UP_SECONDS = 4;
const LONE_SUBMITS = 20;

export type ByWay<T> = Readonly<Record<WayName, T>>;

export interface Pace {
  /** Of one measurement. */
  readonly seconds: number;
  /** The ways take turns so often, so that the machine's moods are shared. */
  readonly rounds: number;
}

/** Rates and latencies of each way with so many submits in flight. */
export async function measureRates(
  ways: readonly Way[],
  inFlight: number,
  { seconds, rounds }: Pace,
  cpu: CpuReader,
): Promise<ByWay<LoopResult>> {
  const results = new Map<WayName, LoopResult[]>(ways.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const { name, submit } of ways) {
      const options = { inFlight, seconds, warmUpSeconds: WARM_UP_SECONDS, cpu, operation: submit };
      results.get(name)?.push(await closedLoop(options));
    }
  }
  return byWay((name) => together(results.get(name) ?? []));
}

/** What starts slowly (connections, compiled code) is not what is measured. */
export async function warmUp(ways: readonly Way[]): Promise<void> {
  const options = { inFlight: 64, seconds: 0, warmUpSeconds: FIRST_WARM_UP_SECONDS, cpu: () => ({}) };
  for (const { submit } of ways) await closedLoop({ ...options, operation: submit });
}

/** Median milliseconds of submits that come alone. */
export async function measureLone(ways: readonly Way[]): Promise<ByWay<number>> {
  const times = new Map<WayName, number[]>(ways.map(({ name }) => [name, []]));
  for (let count = 0; count < LONE_SUBMITS; count += 1) {
    for (const { name, submit } of ways) {
      const begin = performance.now();
      await submit();
      times.get(name)?.push(performance.now() - begin);
      await setTimeout(20);
    }
  }
  return byWay((name) => median(times.get(name) ?? []));
}

function byWay<T>(of: (name: WayName) => T): ByWay<T> {
  return Object.fromEntries(WAYS.map((name) => [name, of(name)])) as ByWay<T>;
}

/** Several measurements of the same length as one: rates by their mean, latencies by their median. */
function together(results: readonly LoopResult[]): LoopResult {
  const of = (value: (result: LoopResult) => number): number => median(results.map(value));
  const mean = (value: (result: LoopResult) => number): number =>
    results.reduce((sum, result) => sum + value(result), 0) / results.length;
  return {
    count: results.reduce((sum, { count }) => sum + count, 0),
    perSecond: mean(({ perSecond }) => perSecond),
    p50: of(({ p50 }) => p50),
    p95: of(({ p95 }) => p95),
    p99: of(({ p99 }) => p99),
    cpuMs: Object.fromEntries(
      Object.keys(results[0]?.cpuMs ?? {}).map((kind) => [kind, mean(({ cpuMs }) => cpuMs[kind] ?? 0)]),
    ),
  };
}
