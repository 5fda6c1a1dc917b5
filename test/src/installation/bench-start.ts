import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadConsortium } from '@medaccord/network/topology';
import { Command, InvalidArgumentError } from 'commander';
import { freePortOffset } from '../consortium/free-ports.js';
import { MEMORY_BYTES, READY_SECONDS, megabytes, seconds } from './bounds.js';
import { Foreground } from './foreground.js';
import { type Newcomer, run } from './newcomer.js';
import { Promises } from './promises.js';
import { type Spread, spreadOf } from './spread.js';

const repository = fileURLToPath(new URL('../../../', import.meta.url));
const say = (line: string) => process.stdout.write(`${line}\n`);

interface Start {
  first: number;
  second: number;
  memory: number;
}

/** `npm start` with a new home, and again with the same. */
async function start(newcomer: Newcomer, home: string): Promise<Start> {
  const offset = String(await freePortOffset(loadConsortium(join(repository, 'config/topology.yaml'))));
  const once = async () => {
    const running = await Foreground.start(newcomer, '--home', home, '--port-offset', offset);
    const memory = running.memory();
    await running.interrupt();
    return { took: running.secondsToReady, memory };
  };
  const [first, second] = [await once(), await once()];
  await run(newcomer, 'npx', ['medaccord', 'down', '--wipe', '--yes', '--home', home]);
  return { first: first.took, second: second.took, memory: Math.max(first.memory, second.memory) };
}

function shown({ median, lowest, highest }: Spread, unit: (value: number) => string): string {
  return `median ${unit(median)}, from ${unit(lowest)} to ${unit(highest)}`;
}

async function main(options: { repeat: number; json?: string; check: boolean }): Promise<void> {
  const newcomer = { name: 'start', folder: repository, environment: process.env };
  const folder = mkdtempSync(join(tmpdir(), 'medaccord-start-'));
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  const starts: Start[] = [];
  for (let n = 1; n <= options.repeat; n++) {
    const measured = await start(newcomer, join(folder, `home-${String(n)}`));
    starts.push(measured);
    const { first, second, memory } = measured;
    say(`${String(n)}: first start ${seconds(first)}, second ${seconds(second)}, ${megabytes(memory)}`);
  }
  const report = {
    machine: { cores: availableParallelism(), node: process.version, platform: process.platform },
    firstStartSeconds: spreadOf(starts.map(({ first }) => first)),
    secondStartSeconds: spreadOf(starts.map(({ second }) => second)),
    memoryBytes: spreadOf(starts.map(({ memory }) => memory)),
  };
  const { firstStartSeconds: first, secondStartSeconds: second, memoryBytes: memory } = report;
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(report, undefined, 2)}\n`);
  const promises = new Promises(say);
  const within = `is ready within ${String(READY_SECONDS)} s`;
  promises.check('first start', within, first.median < READY_SECONDS, shown(first, seconds));
  promises.check('second start', within, second.median < READY_SECONDS, shown(second, seconds));
  promises.check(
    'memory',
    `all processes take under ${megabytes(MEMORY_BYTES)}`,
    memory.highest < MEMORY_BYTES,
    shown(memory, megabytes),
  );
  process.exitCode = options.check && !promises.good ? 1 : 0;
}

const program = new Command('bench:start')
  .description('Measure how soon npm start of this checkout is ready, and the memory that it takes')
  .option('--repeat <n>', 'so many times', wholeNumber, 3)
  .option('--json <file>', 'write the figures there')
  .option('--check', 'end with 1 where a bound is missed', false)
  .action(main);

function wholeNumber(text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) throw new InvalidArgumentError('a whole number from 1');
  return number;
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(130));
await program.parseAsync();
