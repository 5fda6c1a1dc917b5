import { spawn } from 'node:child_process';
import { ProcessError } from './errors.js';

export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly user?: { readonly uid: number; readonly gid: number };
}

/**
 * Runs a program to its end.
 * @returns what it wrote to stdout.
 * @throws ProcessError COMMAND_FAILED with its last lines where it cannot start or ends with another code than 0.
 */
export function runCommand(
  program: string,
  programArguments: readonly string[],
  options: CommandOptions = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, programArguments, {
      cwd: options.cwd,
      env: options.env,
      stdio: ['ignore', 'pipe', 'pipe'],
      ...options.user,
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
    const fail = (reason: string) => {
      const lines = `${stdout}${stderr}`.trim().split('\n').slice(-12);
      reject(new ProcessError('COMMAND_FAILED', program, reason, lines, `\n  ${lines.join('\n  ')}`));
    };
    child.on('error', (error) => fail(`could not be started: ${error.message}`));
    child.on('close', (code, signal) => {
      if (code === 0) resolve(stdout);
      else fail(`ended with ${signal ?? `code ${code ?? 'unknown'}`}`);
    });
  });
}
