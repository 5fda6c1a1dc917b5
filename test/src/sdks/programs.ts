import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';

/** What is typed at a prompt. */
export interface Command {
  readonly program: string;
  readonly args: readonly string[];
}

export type Environment = Readonly<Record<string, string>>;

/** What still runs when this process ends is ended with it. */
const running = new Set<ChildProcess>();
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

function begin({ program, args }: Command, folder: string, environment: Environment): ChildProcess {
  const child = spawn(program, args, {
    cwd: folder,
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  child.once('close', () => running.delete(child));
  return child;
}

/** Whether this machine has a program. */
export function has(program: string, ...args: readonly string[]): boolean {
  return spawnSync(program, args, { stdio: 'ignore' }).status === 0;
}

/** Runs to the end. @returns what it printed. @throws Error with what it said where it fails or takes too long. */
export async function run(
  command: Command,
  folder: string,
  environment: Environment = {},
  timeoutMs = 600_000,
): Promise<string> {
  const child = begin(command, folder, environment);
  let stdout = '';
  let stderr = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (stdout += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const late = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
  const [code] = (await once(child, 'close').finally(() => clearTimeout(late))) as [number | null];
  if (code === 0) return stdout;
  throw new Error(`${command.program} ended with ${String(code)}: ${lastLines(stderr || stdout)}`);
}

/** A program that runs until it is stopped. */
export class Service {
  readonly #child: ChildProcess;
  #said = '';

  constructor(command: Command, folder: string, environment: Environment) {
    this.#child = begin(command, folder, environment);
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => (this.#said += text));
    }
  }

  /** The end of what it printed. */
  get said(): string {
    return lastLines(this.#said);
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const closed = once(this.#child, 'close');
    this.#child.kill('SIGKILL');
    await closed;
  }
}

function lastLines(text: string): string {
  return text.trimEnd().split('\n').slice(-12).join('\n');
}
