import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export interface CommandResult {
  /** Null where a signal ended it. */
  code: number | null;
  stdout: string;
  stderr: string;
}

const repository = fileURLToPath(new URL('../../../', import.meta.url));

/** Runs a program of this repository under Node to its end. @throws Error where it outlives `timeoutMs`. */
export function runProgram(
  path: string,
  args: readonly string[],
  options: { env?: NodeJS.ProcessEnv; timeoutMs?: number } = {},
): Promise<CommandResult> {
  const { env, timeoutMs = 120_000 } = options;
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [path, ...args], {
      cwd: repository,
      env: env ?? process.env,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
    });
    const result = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (result.stdout += chunk));
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (result.stderr += chunk));
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (signal === 'SIGKILL') reject(new Error(`${args.join(' ')} did not end:\n${result.stderr}`));
      else resolve({ code, ...result });
    });
  });
}

/** The command line of the network. */
export function medaccord(...args: string[]): Promise<CommandResult> {
  return runProgram('network/bin/medaccord.mjs', args);
}

/** As `medaccord`, for what must succeed. @returns its JSON answer. @throws Error with what it said otherwise. */
export async function medaccordJson<T>(...args: string[]): Promise<T> {
  const { code, stdout, stderr } = await medaccord(...args, '--json');
  if (code !== 0)
    throw new Error(`medaccord ${args.join(' ')} ended with ${String(code)}:\n${stdout}${stderr}`);
  return JSON.parse(stdout) as T;
}
