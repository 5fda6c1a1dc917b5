import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { ConsortiumError } from '../consortium/index.js';
import { runPaths } from '../home/index.js';
import { globalOptions, integer } from './global-options.js';
import { followLog, lastLines } from './log-reader.js';
import { printJson, printLine } from './output.js';

interface LogsOptions {
  readonly follow: boolean;
  readonly lines: number;
}

export function registerLogs(program: Command): void {
  program
    .command('logs [name]')
    .description('the newest lines of one process, or of all')
    .option('-f, --follow', 'go on with what is written', false)
    .option('-n, --lines <n>', 'how many lines of each', integer, 20)
    .addHelpText(
      'after',
      `
Examples:
  medaccord logs                            20 lines of every process
  medaccord logs gateway-hospital-a -f      follow one
  medaccord logs ledger --lines 200`,
    )
    .action(async (name: string | undefined, options: LogsOptions, command: Command) => {
      const { home, json } = globalOptions(command);
      const chosen = choose(runPaths(home).logs, name);
      const newest = chosen.map((log) => ({ ...log, lines: lastLines(log.path, options.lines) }));
      if (json) {
        printJson({ logs: newest });
        return;
      }
      const prefix = (log: string) => (chosen.length === 1 ? '' : `${log} | `);
      for (const { name: log, lines } of newest) for (const line of lines) printLine(prefix(log) + line);
      if (options.follow) {
        await Promise.all(
          chosen.map((log) => followLog(log.path, (line) => printLine(prefix(log.name) + line))),
        );
      }
    });
}

function choose(folder: string, name: string | undefined): { name: string; path: string }[] {
  const names = existsSync(folder)
    ? readdirSync(folder)
        .filter((file) => file.endsWith('.log'))
        .map((file) => file.slice(0, -'.log'.length))
        .sort()
    : [];
  if (names.length === 0) {
    throw new ConsortiumError('NOT_RUNNING', `there are no logs in ${folder}`, 'Start it: medaccord up');
  }
  if (name !== undefined && !names.includes(name)) {
    const hint = `There are: ${names.join(', ')}`;
    throw new ConsortiumError('NO_SUCH_PROCESS', `there is no log of ${name}`, hint);
  }
  return names
    .filter((one) => name === undefined || one === name)
    .map((one) => ({ name: one, path: join(folder, `${one}.log`) }));
}
