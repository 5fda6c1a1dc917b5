import { barLine } from './bar.js';
import { bars } from './bars.js';
import type { LoopResult } from './closed-loop.js';
import type { Rates } from './part-throughput.js';
import type { Report } from './report.js';

const whole = (value: number): string => Math.round(value).toLocaleString('en');
const megabytes = (bytes: number): string => `${whole(bytes / 2 ** 20)} MiB`;
const digits = (value: number): string => value.toPrecision(3);

/** For people. */
export function lines(report: Report): string[] {
  const { machine, batch, inProcess, service, lone, stateSizes, history } = report;
  const verifications = report.verificationsPerSecond;
  return [
    `${String(machine.cores)} cores, Node ${machine.node}, ${machine.platform}`,
    `${whole(verifications)} P-256 verifications a second on one core`,
    `blocks of ${String(batch.maxMessages)} messages or ${String(batch.timeoutMs)} ms`,
    ...(inProcess ? ratesLines("contract in the ledger's process", inProcess, verifications) : []),
    ...(service ? ratesLines('contract as a service', service, verifications) : []),
    ...(stateSizes ?? []).map(
      ({ keys, submitsPerSecond, evaluatesPerSecond, memory }) =>
        `${whole(keys)} keys: ${whole(submitsPerSecond)} submits/s, ${whole(evaluatesPerSecond)} evaluates/s, ${megabytes(memory)}`,
    ),
    ...(lone
      ? [
          `lone submit: ${digits(lone.untilTimeout)} ms with the batch timeout, ${digits(lone.ownBlock)} ms in a block of its own`,
        ]
      : []),
    ...(history
      ? [
          `start: ${whole(history.startEmpty)} ms with no blocks, ${whole(history.startFull)} ms with ${whole(history.blocks)}, ${megabytes(history.memory)} then`,
          `delivery: ${whole(history.blocksPerSecond.full)} blocks/s, ${whole(history.blocksPerSecond.filtered)} filtered blocks/s`,
        ]
      : []),
    ...bars(report).map(barLine),
  ];
}

function ratesLines(title: string, rates: Rates, verifications: number): string[] {
  return (['submits', 'evaluates'] as const)
    .flatMap((kind) =>
      Object.entries(rates[kind]).map(
        ([inFlight, result]) =>
          `${title}, ${kind}, ${inFlight} in flight: ${rateText(result, verifications)}`,
      ),
    )
    .concat(
      `${title}: ${megabytes(rates.memory.ready)} when ready, ${megabytes(rates.memory.afterwards)} afterwards`,
    );
}

function rateText({ perSecond, p50, p95, p99, cpuMs }: LoopResult, verifications: number): string {
  const cpu = Object.entries(cpuMs).map(([process, ms]) => `${process} ${digits(ms)}`);
  return (
    `${whole(perSecond)}/s (${digits(perSecond / verifications)} x), ` +
    `p50 ${digits(p50)} ms, p95 ${digits(p95)} ms, p99 ${digits(p99)} ms; CPU ms each: ${cpu.join(', ')}`
  );
}
