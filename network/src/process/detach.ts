import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';

export interface Detached {
  /** Resolves when it has exited, or with undefined when it was let go. */
  readonly exited: Promise<number | undefined>;
  /** Lets it run on alone. */
  letGo(): void;
  /** Asks it to stop. */
  stop(): void;
}

/**
 * Starts a Node program in a session of its own, with its output in a file, and listens to the messages that
 * it sends (`process.send`) until it is let go.
 */
export function startDetached(
  module: string,
  moduleArguments: readonly string[],
  logFile: string,
  onMessage: (message: unknown) => void,
): Detached {
  mkdirSync(dirname(logFile), { recursive: true });
  const log = openSync(logFile, 'a', 0o600);
  const child = spawn(process.execPath, [module, ...moduleArguments], {
    detached: true,
    stdio: ['ignore', log, log, 'ipc'],
  });
  closeSync(log);
  child.on('message', onMessage);
  let release: (code: number | undefined) => void = () => undefined;
  const exited = new Promise<number | undefined>((resolve) => (release = resolve));
  child.on('error', () => release(1));
  child.on('exit', (code) => release(code ?? 1));
  return {
    exited,
    letGo: () => {
      child.disconnect();
      child.unref();
      release(undefined);
    },
    stop: () => child.kill('SIGTERM'),
  };
}
