import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runPaths } from '../home/index.js';
import { removeRunState, writeRunState, type ProcessStatus } from '../process/index.js';

const PROGRAM = fileURLToPath(new URL('../../bin/medaccord.mjs', import.meta.url));

/** This process plays the supervisor: it says of itself that it runs two processes. */
let home: string;
let child: ChildProcess | undefined;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'status-watch-'));
  say('ready', 0);
});
afterEach(() => {
  child?.kill('SIGKILL');
  rmSync(home, { recursive: true, force: true });
});

function say(status: ProcessStatus, restarts: number): void {
  writeRunState(runPaths(home).state, {
    phase: 'running',
    started: new Date().toISOString(),
    processes: [
      { name: 'ca-a', status: 'ready', restarts: 0 },
      { name: 'ca-b', status, restarts },
    ],
  });
}

interface Watch {
  /** Resolves when what it has said so far matches. */
  said(pattern: RegExp): Promise<void>;
  end(): Promise<{ code: number | null; stdout: string }>;
}

function watch(...options: string[]): Watch {
  const started = spawn(process.execPath, [PROGRAM, 'status', '--home', home, '--watch', '0.2', ...options], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  child = started;
  const closed = once(started, 'close') as Promise<[number | null]>;
  let stdout = '';
  let heard: () => void = () => undefined;
  started.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    heard();
  });
  return {
    said: (pattern) =>
      new Promise((resolve, reject) => {
        heard = () => {
          if (pattern.test(stdout)) resolve();
        };
        heard();
        void closed.then(() => reject(new Error(`it ended, having said\n${stdout}`)));
      }),
    end: async () => {
      started.kill('SIGINT');
      const [code] = await closed;
      return { code, stdout };
    },
  };
}

describe('medaccord status --watch', () => {
  it('prints a line for each process at first, then for each that changes, until Ctrl-C', async () => {
    const { said, end } = watch();
    await said(/ca-a ready\n.*ca-b ready\n/);
    say('waiting', 0);
    await said(/ca-b waiting\n/);
    say('ready', 1);
    await said(/ca-b ready \(restart 1\)\n/);
    removeRunState(runPaths(home).state);
    await said(/no consortium is running in/);
    const { code, stdout } = await end();
    expect(code).toBe(0);
    expect(stdout.trim().split('\n')).toHaveLength(6);
  });

  it('prints one JSON object a line with --json', async () => {
    const { said, end } = watch('--json');
    await said(/\n.*\n/);
    const { code, stdout } = await end();
    expect(code).toBe(0);
    for (const line of stdout.trim().split('\n')) {
      expect(JSON.parse(line)).toMatchObject({ home, phase: 'running', nodes: [] });
    }
  });
});
