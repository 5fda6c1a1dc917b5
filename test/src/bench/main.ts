import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { LoopResult } from '@medaccord/network/bench/closed-loop';
import { bars } from './bars.js';
import { ENGINES, startBenchConsortium, type EngineName } from './bench-consortium.js';
import { measureBatches } from './measure-batches.js';
import { measureLone, measureRates, warmUp, type ByWay, type Pace } from './measure-ways.js';
import { processorsOf } from './processors.js';
import { IN_FLIGHT, type EngineReport, type Report } from './report.js';
import { lines } from './report-lines.js';
import { restWay } from './rest-way.js';
import { sdkWay } from './sdk-way.js';
import { sessionWay } from './session-way.js';

interface Options extends Pace {
  readonly engine: readonly EngineName[];
  readonly leaves: number;
  readonly batches: number;
  readonly json?: string;
  readonly check: boolean;
}

const say = (text: string): void => {
  process.stderr.write(`${text} …\n`);
};

async function measure(engine: EngineName, options: Options): Promise<EngineReport> {
  say(`${engine}: starting the consortium`);
  const { consortium, batch, remove } = await startBenchConsortium(engine);
  try {
    const ways = [await sdkWay(consortium), await sessionWay(consortium), await restWay(consortium)];
    try {
      const cpu = await processorsOf(consortium);
      say(`${engine}: warming up`);
      await warmUp(ways);
      const rates = {} as Record<(typeof IN_FLIGHT)[number], ByWay<LoopResult>>;
      for (const inFlight of IN_FLIGHT) {
        say(`${engine}: ${String(inFlight)} in flight`);
        rates[inFlight] = await measureRates(ways, inFlight, options, cpu);
      }
      say(`${engine}: lone submits`);
      const loneMs = await measureLone(ways);
      say(`${engine}: batches`);
      const batches = await measureBatches(consortium, options.leaves, options.batches);
      return { engine, batch, rates, loneMs, batches };
    } finally {
      for (const way of ways) await way.close();
    }
  } finally {
    await remove();
  }
}

async function main(options: Options): Promise<void> {
  const engines: EngineReport[] = [];
  for (const engine of options.engine) engines.push(await measure(engine, options));
  const report: Report = {
    machine: { cores: availableParallelism(), node: process.version, platform: process.platform },
    engines,
  };
  for (const line of lines(report)) process.stdout.write(`${line}\n`);
  const judged = bars(report);
  if (options.json !== undefined) {
    writeFileSync(options.json, `${JSON.stringify({ ...report, bars: judged }, undefined, 2)}\n`);
  }
  process.exitCode = options.check && judged.some(({ isMet }) => !isMet) ? 1 : 0;
}

function positive(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) throw new InvalidArgumentError('a whole number from 1');
  return number;
}

await new Command('bench')
  .description(
    'Measure a consortium: the stock Fabric client, the gateway without HTTP and the REST endpoint side by side',
  )
  .addOption(
    new Option('--engine <name...>', 'one, or both one after the other')
      .choices(ENGINES)
      .default(['embedded']),
  )
  .option('--seconds <n>', 'length of one measurement', positive, 5)
  .option('--rounds <n>', 'turns that the three ways take', positive, 3)
  .option('--leaves <n>', 'record hashes in a batch, 10,000 at most', positive, 5_000)
  .option('--batches <n>', 'how many batches', positive, 20)
  .option('--json <file>', 'write all figures there')
  .option('--check', 'end with 1 where a bar is missed', false)
  .action(main)
  .parseAsync();
