import { createInterface } from 'node:readline/promises';
import type { Command } from 'commander';
import { ConsortiumError, stopRunning, wipe } from '../consortium/index.js';
import { runPaths } from '../home/index.js';
import type { RunLock } from '../process/index.js';
import { takeRunLock } from '../process/index.js';
import { globalOptions } from './global-options.js';
import { printJson, printLine } from './output.js';

interface DownOptions {
  readonly wipe: boolean;
  readonly yes: boolean;
}

export function registerDown(program: Command): void {
  program
    .command('down')
    .description('stop the consortium; its data stay unless --wipe is given')
    .option('--wipe', 'also remove its ledger, keys, records and databases', false)
    .option('-y, --yes', 'do not ask before the wipe', false)
    .addHelpText(
      'after',
      `
Examples:
  medaccord down
  medaccord down --wipe --yes               stop and remove everything that up has made`,
    )
    .action(async (options: DownOptions, command: Command) => {
      const { home, json } = globalOptions(command);
      if (options.wipe) await confirmWipe(home, options.yes);
      const stopped = await stopRunning(home);
      const removed = options.wipe ? wipeAlone(home) : [];
      if (json) {
        printJson({ home: home, stopped, removed });
        return;
      }
      printLine(stopped ? 'Stopped.' : `Nothing was running in ${home}.`);
      if (options.wipe)
        printLine(removed.length === 0 ? 'There was nothing to remove.' : `Removed ${removed.join(', ')}.`);
    });
}

/** With the run lock held, so that no `up` begins meanwhile. */
function wipeAlone(home: string): string[] {
  const lock: RunLock | { pid: number } = takeRunLock(runPaths(home).lock);
  if (!('release' in lock)) {
    throw new ConsortiumError('STILL_STARTING', `process ${lock.pid} is starting the consortium in ${home}`);
  }
  try {
    return wipe(home).filter((name) => name !== 'run');
  } finally {
    lock.release();
  }
}

async function confirmWipe(folder: string, yes: boolean): Promise<void> {
  if (yes) return;
  const refusal = new ConsortiumError(
    'NOT_CONFIRMED',
    `nothing was removed from ${folder}`,
    'Say --yes with --wipe.',
  );
  if (!process.stdin.isTTY) throw refusal;
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await terminal.question(
    `Remove the ledger, keys, records and databases in ${folder}? [y/N] `,
  );
  terminal.close();
  if (!/^y(es)?$/i.test(answer.trim())) throw refusal;
}
