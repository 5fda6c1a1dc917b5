import { barLine } from '@medaccord/network/bench/bar';
import { bars } from './bars.js';
import { IN_FLIGHT, type EngineReport, type Report } from './report.js';
import { WAYS } from './way.js';

const whole = (value: number): string => Math.round(value).toLocaleString('en');
const digits = (value: number): string => value.toPrecision(3);

/** For people. */
export function lines(report: Report): string[] {
  const { machine, engines } = report;
  return [
    `${String(machine.cores)} cores, Node ${machine.node}, ${machine.platform}`,
    ...engines.flatMap(engineLines),
    ...bars(report).map(barLine),
  ];
}

function engineLines({ engine, batch, rates, loneMs, batches }: EngineReport): string[] {
  return [
    `${engine}: blocks of ${String(batch.maxMessages)} messages or ${String(batch.timeoutMs)} ms`,
    ...IN_FLIGHT.flatMap((inFlight) =>
      WAYS.map((way) => {
        const { perSecond, p50, p95, p99, cpuMs } = rates[inFlight][way];
        const cpu = Object.entries(cpuMs).map(([kind, ms]) => `${kind} ${digits(ms)}`);
        return (
          `${engine}, ${way}, ${String(inFlight)} in flight: ${digits(perSecond)}/s, p50 ${whole(p50)} ms, ` +
          `p95 ${whole(p95)} ms, p99 ${whole(p99)} ms; CPU ms each: ${cpu.join(', ')}`
        );
      }),
    ),
    `${engine}, lone submit: ${WAYS.map((way) => `${way} ${whole(loneMs[way])} ms`).join(', ')}`,
    `${engine}, batches of ${whole(batches.leavesPerBatch)}: ${whole(batches.hashesPerSecond)} record hashes/s`,
  ];
}
