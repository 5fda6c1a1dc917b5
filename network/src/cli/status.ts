import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import { ConsortiumError } from '../consortium/index.js';
import { exitCodeOf } from './exit-codes.js';
import { globalOptions } from './global-options.js';
import { errorJson, printJson, printLine } from './output.js';
import { readStatus, type Status } from './status-report.js';
import { statusText } from './status-text.js';
import { watchStatus } from './status-watch.js';

interface StatusOptions {
  /** Seconds between two looks; true: the default. */
  readonly watch?: number | true;
}

const WATCH_SECONDS = 2;

export function registerStatus(program: Command): void {
  program
    .command('status')
    .description('processes and nodes: health, heights, leader, certificates, chaincode, disk')
    .option(
      '-w, --watch [seconds]',
      `look again every so many seconds (${WATCH_SECONDS}), until Ctrl-C`,
      seconds,
    )
    .addHelpText(
      'after',
      `
Examples:
  medaccord status
  medaccord status --watch
  medaccord status --json | jq '.nodes[] | select(.health != "OK")'

Exits with 3 where no consortium is running. A node that does not answer is waited for no longer than a few seconds.
Watched where there is no terminal, it prints a line for each node at first, and then for each that has changed;
with --json one object a line.`,
    )
    .action(statusCommand);
}

async function statusCommand({ watch }: StatusOptions, command: Command): Promise<void> {
  const { home, json } = globalOptions(command);
  const status = await readStatus(home);
  if (status === undefined) {
    const error = notRunning(home);
    if (!json) throw error;
    printJson({ home, phase: 'stopped', processes: [], nodes: [], error: errorJson(error) });
    process.exitCode = exitCodeOf(error);
    return;
  }
  if (watch !== undefined) {
    await watchStatus(status, { home, json, seconds: watch === true ? WATCH_SECONDS : watch });
    return;
  }
  show(status, json);
}

function show(status: Status, json: boolean): void {
  if (json) printJson(status);
  else printLine(statusText(status));
}

function notRunning(home: string): ConsortiumError {
  return new ConsortiumError('NOT_RUNNING', `no consortium is running in ${home}`, 'Start it: medaccord up');
}

function seconds(text: string): number {
  const value = Number(text);
  if (/^\d{1,5}(\.\d+)?$/.test(text) && value >= 0.2) return value;
  throw new InvalidArgumentError('It must be a number of seconds, at least 0.2.');
}
