import { writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { Command, InvalidArgumentError } from 'commander';
import { type Day, firstDay } from './first-day.js';
import type { Newcomer } from './newcomer.js';
import { Promises } from './promises.js';
import { NotHere, Workshop, isRoot } from './workshop.js';

type Maker = (workshop: Workshop) => Promise<Newcomer> | Newcomer;
const NEWCOMERS: Readonly<Record<string, Maker>> = {
  npm10: (workshop) => workshop.withNpm(10),
  npm11: (workshop) => workshop.withNpm(11),
  npm12: (workshop) => workshop.withNpm(12),
  plain: (workshop) => workshop.plainUser('plain'),
};
const INSTALLS = 'clones, installs and starts';

function names(text: string): string[] {
  const given = text.split(',');
  const unknown = given.find((name) => !(name in NEWCOMERS));
  if (unknown !== undefined)
    throw new InvalidArgumentError(`${unknown} is none of ${Object.keys(NEWCOMERS).join(', ')}`);
  return given;
}

const say = (line: string) => process.stdout.write(`${line}\n`);

async function main(options: { only: string[]; json?: string }): Promise<void> {
  const promises = new Promises(say);
  const days: Day[] = [];
  const workshop = new Workshop();
  say('Clones of what is committed; each takes a minute or two.');
  if (!isRoot) promises.skip('npm', 'works in a folder that only root can enter', 'this is not root');
  for (const name of options.only) {
    try {
      const newcomer = await NEWCOMERS[name]?.(workshop);
      if (newcomer !== undefined) days.push(await firstDay(newcomer, promises));
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      if (error instanceof NotHere) promises.skip(name, INSTALLS, why);
      else promises.check(name, INSTALLS, false, why);
    }
  }
  say(promises.summary());
  const machine = { cores: availableParallelism(), node: process.version, platform: process.platform };
  const report = { machine, days, promises: promises.outcomes };
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(report, undefined, 2)}\n`);
  process.exitCode = promises.good ? 0 : 1;
}

const program = new Command('test:install')
  .description('Install and start fresh clones as newcomers do: with npm 10, 11 and 12, and as a plain user')
  .option('--only <names>', `some of ${Object.keys(NEWCOMERS).join(',')}`, names, Object.keys(NEWCOMERS))
  .option('--json <file>', 'write the figures there')
  .addHelpText('after', '\nEnds with 1 where a promise is broken, or none could be tried.')
  .action(main);

// Everything that was started or made goes when this process does.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(130));
await program.parseAsync();
