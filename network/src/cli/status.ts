import type { Command } from 'commander';
import type { ProcessLine } from '../consortium/index.js';
import {
  ConsortiumError,
  ledgerHeight,
  processLines,
  runningState,
  topologyInForce,
} from '../consortium/index.js';
import { exitCodeOf } from './exit-codes.js';
import { globalOptions } from './global-options.js';
import { errorJson, formatTable, printJson, printLine } from './output.js';

export function registerStatus(program: Command): void {
  program
    .command('status')
    .description('the processes of the consortium, and the height of its ledger')
    .addHelpText(
      'after',
      `
Examples:
  medaccord status
  medaccord status --json | jq '.processes[] | select(.status != "ready")'

Exits with 3 where no consortium is running.`,
    )
    .action(async (_options: unknown, command: Command) => {
      const { home, json } = globalOptions(command);
      const state = runningState(home);
      if (state === undefined) {
        const error = new ConsortiumError(
          'NOT_RUNNING',
          `no consortium is running in ${home}`,
          'Start it: medaccord up',
        );
        if (!json) throw error;
        printJson({ home, phase: 'stopped', processes: [], error: errorJson(error) });
        process.exitCode = exitCodeOf(error);
        return;
      }
      const topology = topologyInForce(home);
      const height =
        state.phase === 'running' && topology !== undefined ? await ledgerHeight(home, topology) : undefined;
      const lines = processLines(state);
      const memoryBytes = lines.reduce((sum, line) => sum + (line.memoryBytes ?? 0), 0);
      if (json) {
        const { phase, started, summary } = state;
        printJson({
          home,
          phase,
          started,
          ledgerHeight: height,
          memoryBytes,
          processes: lines,
          summary,
        });
        return;
      }
      printLine(`${home}: ${state.phase} since ${state.started}\n`);
      printLine(
        formatTable(['Process', 'Status', 'PID', 'Port', 'Up', 'Restarts', 'Memory'], lines.map(row)),
      );
      printLine(`\nMemory together: ${megabytes(memoryBytes)}`);
      if (height !== undefined) printLine(`Ledger height: ${height} blocks`);
    });
}

function row(line: ProcessLine): string[] {
  return [
    line.name,
    line.status,
    String(line.pid ?? '–'),
    String(line.port ?? '–'),
    line.uptimeSeconds === undefined ? '–' : duration(line.uptimeSeconds),
    String(line.restarts),
    line.memoryBytes === undefined ? '–' : megabytes(line.memoryBytes),
  ];
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1_000_000)} MB`;
}

/** The two largest units: `3 d 4 h`, `5 min 2 s`. */
function duration(seconds: number): string {
  const units = [
    [86_400, 'd'],
    [3600, 'h'],
    [60, 'min'],
    [1, 's'],
  ] as const;
  const first = units.findIndex(([size]) => seconds >= size);
  if (first === -1) return '0 s';
  let rest = seconds;
  return units
    .slice(first, first + 2)
    .map(([size, unit]) => {
      const count = Math.floor(rest / size);
      rest -= count * size;
      return `${count} ${unit}`;
    })
    .join(' ');
}
