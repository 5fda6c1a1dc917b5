import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeDurably } from './durable-file.js';
import { LogFile } from './log-file.js';
import { memoryOf } from './memory.js';
import { identify } from './process-identity.js';
import { takeRunLock } from './run-lock.js';
import { isSupervised, readRunState, writeRunState } from './run-state.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'medaccord-run-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('run state', () => {
  const state = { phase: 'running', started: '2026-01-01T00:00:00.000Z', processes: [] } as const;

  it('is whole at any time and names its writer', () => {
    const path = join(folder, 'run', 'state.json');
    writeRunState(path, state);
    writeRunState(path, { ...state, phase: 'stopping' });
    const read = readRunState(path);
    expect(read).toMatchObject({ version: 1, phase: 'stopping', supervisor: { pid: process.pid } });
    expect(read !== undefined && isSupervised(read)).toBe(true);
    expect(readdirSync(join(folder, 'run'))).toEqual(['state.json']);
  });

  it('counts a pid that another process has got since as not running', () => {
    const path = join(folder, 'state.json');
    writeRunState(path, state);
    const written = JSON.parse(readFileSync(path, 'utf8'));
    written.supervisor.started = 'some other boot:12345';
    writeFileSync(path, JSON.stringify(written));
    const read = readRunState(path);
    expect(read !== undefined && isSupervised(read)).toBe(false);
  });

  it('is absent where the file is missing or not ours', () => {
    expect(readRunState(join(folder, 'none.json'))).toBeUndefined();
    writeFileSync(join(folder, 'half.json'), '{"version":1,"superv');
    expect(readRunState(join(folder, 'half.json'))).toBeUndefined();
  });
});

describe('run lock', () => {
  it('is held once', () => {
    const path = join(folder, 'run', 'lock');
    const lock = takeRunLock(path);
    expect(takeRunLock(path)).toEqual(identify(process.pid));
    if ('release' in lock) lock.release();
    const again = takeRunLock(path);
    expect('release' in again).toBe(true);
  });

  it('is taken over from a holder that has died, and from half a file', () => {
    const path = join(folder, 'lock');
    for (const stale of [JSON.stringify({ pid: process.pid, started: 'another' }), '{"pid":']) {
      writeFileSync(path, stale);
      const lock = takeRunLock(path);
      expect('release' in lock).toBe(true);
      if ('release' in lock) lock.release();
    }
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('durable file', () => {
  it('leaves the old content and no rubbish where it fails', () => {
    const path = join(folder, 'state.json');
    writeDurably(path, 'old');
    expect(() => writeDurably(path, 'x'.repeat(4))).not.toThrow();
    expect(() => writeDurably(join(path, 'below-a-file'), 'new')).toThrow(/ENOTDIR|EEXIST/);
    expect(readFileSync(path, 'utf8')).toBe('xxxx');
    expect(readdirSync(folder)).toEqual(['state.json']);
  });
});

describe('log file', () => {
  it('rotates by size and keeps so many', () => {
    const path = join(folder, 'logs', 'peer.log');
    const log = new LogFile(path, { maxBytes: 20, keep: 2 });
    for (let line = 1; line <= 8; line += 1) log.write(`line number ${line}\n`);
    log.close();
    expect(readdirSync(join(folder, 'logs')).sort()).toEqual(['peer.log', 'peer.log.1', 'peer.log.2']);
    expect(readFileSync(path, 'utf8')).toBe('line number 8\n');
    expect(readFileSync(`${path}.2`, 'utf8')).toBe('line number 6\n');
  });

  it('remembers the newest lines of this run, an unfinished one included', () => {
    const log = new LogFile(join(folder, 'a.log'));
    log.write('before\n');
    log.begin();
    log.write('one\ntw');
    log.write('o\n\nthree');
    expect(log.lastLines(2)).toEqual(['two', 'three']);
    expect(log.lastLines(9)).toEqual(['one', 'two', 'three']);
    log.close();
    expect(existsSync(`${log.path}.1`)).toBe(false);
  });
});

it('adds up the memory of a process and its descendants', async () => {
  const child = spawn(process.execPath, ['-e', 'console.log(1); setInterval(() => 0, 1000)']);
  await once(child.stdout, 'data');
  const memory = memoryOf([child.pid ?? 0, process.pid]);
  const own = memory.get(child.pid ?? 0) ?? 0;
  expect(own).toBeGreaterThan(5_000_000);
  expect(memory.get(process.pid)).toBeGreaterThan(own);
  child.kill('SIGKILL');
});
