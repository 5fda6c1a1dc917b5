import type { Command } from 'commander';
import { CommanderError } from 'commander';
import { CodedError } from '../coded-error.js';
import type { Parts } from '../consortium/index.js';
import { tellParent } from './background.js';
import { exitCodeOf } from './exit-codes.js';
import { printError } from './output.js';
import { createProgram } from './program.js';

/**
 * Runs one command line to its end; never throws. The exit code says how it went (exit-codes.ts).
 * @param argv as `process.argv`.
 */
export async function runCommandLine(
  argv: readonly string[],
  parts: Parts,
  more: readonly ((program: Command) => void)[] = [],
): Promise<void> {
  // Whoever reads our output may stop reading; that is no fault.
  process.stdout.on('error', () => undefined);
  process.stderr.on('error', () => undefined);
  try {
    await createProgram(parts, more).parseAsync(ownVersion(argv));
  } catch (error) {
    process.exitCode = exitCodeOf(error);
    // Commander has said its own already.
    if (!(error instanceof CommanderError)) report(error, argv.includes('--json'));
  }
  // The channel to whoever started us in the background would keep us alive.
  if (process.connected === true) process.disconnect?.();
}

/** After a command `--version` may be the command's own (`chaincode deploy --version 1.1`); alone it is the program's. */
function ownVersion([node = '', script = '', first = '', ...rest]: readonly string[]): string[] {
  return [node, script, first === '--version' ? '-V' : first, ...rest].filter(
    (argument, index) => index !== 2 || argument !== '',
  );
}

function report(error: unknown, json: boolean): void {
  const known = error instanceof CodedError ? error : undefined;
  const message = error instanceof Error ? error.message : String(error);
  tellParent({ type: 'error', code: known?.code ?? 'FAILED', message, hint: known?.hint });
  printError(error, json);
}
