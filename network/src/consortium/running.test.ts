import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runPaths } from '../home/index.js';
import { identify, takeRunLock, writeDurably, type ProcessIdentity } from '../process/index.js';
import { stopRunning } from './running.js';

let home: string;
let child: ChildProcess;
beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'medaccord-running-'));
  // Nothing watches it: as if its lifeline had been cut.
  child = spawn(process.execPath, ['-e', 'setInterval(() => 0, 1000)'], { detached: true });
  await once(child, 'spawn');
});
afterEach(() => {
  child.kill('SIGKILL');
  rmSync(home, { recursive: true, force: true });
});

/** What a supervisor wrote that was killed since. */
function leaveState(process: ProcessIdentity | undefined): void {
  const supervisor = { pid: 2 ** 22 + 1, started: 'long ago' };
  const processes = [{ name: 'ledger', status: 'ready', restarts: 0, identity: process }];
  const state = { version: 1, supervisor, phase: 'running', started: new Date().toISOString(), processes };
  writeDurably(runPaths(home).state, JSON.stringify(state));
}

describe('stopping a consortium whose supervisor was killed', () => {
  it('ends what it has left', async () => {
    const ended = once(child, 'exit');
    leaveState(identify(child.pid ?? 0));
    expect(await stopRunning(home)).toBe(true);
    await ended;
    expect(existsSync(runPaths(home).state)).toBe(false);
    expect(await stopRunning(home)).toBe(false);
  });

  it('lets a process alone that has got the number of one since', async () => {
    leaveState({ pid: child.pid ?? 0, started: 'long ago' });
    expect(await stopRunning(home)).toBe(false);
    expect(child.exitCode ?? child.signalCode).toBeNull();
  });

  it('lets all alone while somebody starts it again', async () => {
    leaveState(identify(child.pid ?? 0));
    const lock = takeRunLock(runPaths(home).lock);
    expect(await stopRunning(home)).toBe(false);
    expect(child.exitCode ?? child.signalCode).toBeNull();
    if ('release' in lock) lock.release();
  });

  it('makes nothing in a folder where nothing ever ran', async () => {
    expect(await stopRunning(join(home, 'nothing'))).toBe(false);
    expect(existsSync(join(home, 'nothing'))).toBe(false);
  });
});
