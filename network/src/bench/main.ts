import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { Command, InvalidArgumentError, Option } from 'commander';
import { bars } from './bars.js';
import { measureHistory } from './part-history.js';
import { measureLoneSubmits } from './part-lone-submit.js';
import { measureStateSizes } from './part-state-size.js';
import { measureThroughput } from './part-throughput.js';
import { lines } from './report-lines.js';
import type { Report } from './report.js';
import type { BenchRun } from './run.js';
import { verificationsPerSecond } from './verification-rate.js';

const PARTS = ['in-process', 'service', 'lone', 'keys', 'history'] as const;
type Part = (typeof PARTS)[number];

interface Options {
  readonly part: readonly Part[];
  readonly seconds: number;
  readonly rounds: number;
  readonly blocks: number;
  readonly json?: string;
  readonly check: boolean;
}

const tell = (text: string): void => {
  process.stderr.write(text);
};

function progress(): Pick<BenchRun, 'say' | 'progress'> {
  let last = 0;
  return {
    say: (what) => {
      tell(`${what} …\n`);
    },
    progress: (what) => {
      if (Date.now() - last < 10_000) return;
      last = Date.now();
      tell(`  ${what}\n`);
    },
  };
}

async function main({ part: parts, seconds, rounds, blocks, json, check }: Options): Promise<void> {
  const run: BenchRun = {
    seconds,
    rounds,
    blocks,
    batch: { maxMessages: 16, timeoutMs: 20 },
    ...progress(),
  };
  const when = async <T>(part: Part, measure: () => Promise<T>): Promise<T | undefined> =>
    parts.includes(part) ? measure() : undefined;
  const before = verificationsPerSecond();
  const inProcess = await when('in-process', () => measureThroughput(run, 'in-process'));
  const between = verificationsPerSecond();
  const service = await when('service', () => measureThroughput(run, 'service'));
  const after = verificationsPerSecond();
  const report: Report = {
    machine: { cores: availableParallelism(), node: process.version, platform: process.platform },
    batch: run.batch,
    verificationsPerSecond: Math.max(before, between, after),
    inProcess,
    service,
    lone: await when('lone', () => measureLoneSubmits(run)),
    stateSizes: await when('keys', () => measureStateSizes(run)),
    history: await when('history', () => measureHistory(run)),
  };
  for (const line of lines(report)) process.stdout.write(`${line}\n`);
  const judged = bars(report);
  if (json !== undefined)
    writeFileSync(json, `${JSON.stringify({ ...report, bars: judged }, undefined, 2)}\n`);
  process.exitCode = check && judged.some(({ isMet }) => !isMet) ? 1 : 0;
}

function positive(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) throw new InvalidArgumentError('a whole number from 1');
  return number;
}

const program = new Command('bench:ledger')
  .description(
    'Measure the embedded ledger: rates, latencies, start-up and memory, beside what the machine can do',
  )
  .addOption(new Option('--part <name...>', 'only these').choices(PARTS).default(PARTS))
  .option('--seconds <n>', 'length of one measurement', positive, 5)
  .option('--rounds <n>', 'turns of the ledgers with different numbers of keys', positive, 3)
  .option('--blocks <n>', 'length of the long history', positive, 100_000)
  .option('--json <file>', 'write all figures there')
  .option('--check', 'end with 1 where a bar is missed', false)
  .action(main);

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(130));
await program.parseAsync();
