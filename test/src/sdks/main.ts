import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command, InvalidArgumentError } from 'commander';
import { Promises } from '../installation/promises.js';
import { LANGUAGES } from './languages.js';
import { SdkNetwork } from './sdk-network.js';
import { tryAuthority, tryLanguage } from './tried.js';

const NAMES = ['node', ...LANGUAGES.map(({ name }) => name)];
const say = (line: string) => process.stdout.write(`${line}\n`);

function names(text: string): string[] {
  const given = text.split(',');
  const unknown = given.find((name) => !NAMES.includes(name));
  if (unknown !== undefined) throw new InvalidArgumentError(`${unknown} is none of ${NAMES.join(', ')}`);
  return given;
}

async function main(options: { only: string[]; json?: string }): Promise<void> {
  const promises = new Promises(say);
  const work = mkdtempSync(join(tmpdir(), 'medaccord-sdks-'));
  process.on('exit', () => rmSync(work, { recursive: true, force: true }));
  const network = await SdkNetwork.start(join(work, 'home'));
  try {
    if (options.only.includes('node')) await tryAuthority(network, work, promises);
    for (const language of LANGUAGES.filter(({ name }) => options.only.includes(name))) {
      await tryLanguage(language, network, work, promises);
    }
  } finally {
    await network.stop();
  }
  say(promises.summary());
  if (options.json !== undefined) {
    const report = { node: process.version, promises: promises.outcomes };
    writeFileSync(options.json, `${JSON.stringify(report, undefined, 2)}\n`);
  }
  process.exitCode = promises.good ? 0 : 1;
}

await new Command('test:sdks')
  .description(
    "Try other languages' clients and chaincode, and Fabric CA's, on an embedded ledger of their own",
  )
  .option('--only <names>', `some of ${NAMES.join(',')}`, names, NAMES)
  .option('--json <file>', 'write what became of each promise there')
  .addHelpText('after', '\nEnds with 1 where a promise is broken, or none could be tried.')
  .action(main)
  .parseAsync();
