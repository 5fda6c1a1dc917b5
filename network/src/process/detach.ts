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

export interface DetachedSpec {
  /** A Node program: path of its main module and its arguments, which every user of the machine can see. */
  readonly module: string;
  readonly arguments: readonly string[];
  /** The whole environment of the process. */
  readonly environment: NodeJS.ProcessEnv;
  readonly logFile: string;
}

/**
 * Starts a Node program in a session of its own, with its output in a file, and listens to the messages that
 * it sends (`process.send`) until it is let go.
 */
export function startDetached(spec: DetachedSpec, onMessage: (message: unknown) => void): Detached {
  mkdirSync(dirname(spec.logFile), { recursive: true });
  const log = openSync(spec.logFile, 'a', 0o600);
  const child = spawn(process.execPath, [spec.module, ...spec.arguments], {
    detached: true,
    env: spec.environment,
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
