import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FaultyDisk, type Fault } from '../testing/faulty-disk.js';
import { BlockFiles, type BlockLocation } from './index.js';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'faults-'));
});
afterEach(() => rm(dir, { recursive: true }));

const NAMES = ['one', 'two', 'three', 'four', 'five'];
const bytesOf = (name: string): Buffer => Buffer.from(name.repeat(20));
const privateOf = (name: string): Buffer => Buffer.from(`private ${name}`);
const ERASED = Buffer.alloc(privateOf('one').length, '_');

interface Run {
  /** Appended and acknowledged. */
  readonly acknowledged: string[];
  readonly failures: string[];
  /** The private part of `one` was erased, and that was acknowledged. */
  erased: boolean;
}

/** Writes five blocks into files of two and erases a private part. What fails is tried once more. */
async function work(disk: FaultyDisk, afterFailure: () => void = () => undefined): Promise<Run> {
  const run: Run = { acknowledged: [], failures: [], erased: false };
  const attempt = async <T>(step: () => Promise<T> | T): Promise<T | undefined> => {
    for (let tries = 0; tries < 2; tries += 1) {
      try {
        return await step();
      } catch (error) {
        run.failures.push((error as { code: string }).code);
        afterFailure();
      }
    }
    return undefined;
  };
  const files = await attempt(() => BlockFiles.open(dir, { disk, maxFileBytes: 150 }));
  if (files === undefined) return run;
  const locations = new Map<string, BlockLocation>();
  for (const name of NAMES) {
    const location = await attempt(() => files.append(bytesOf(name), privateOf(name)));
    if (location === undefined) continue;
    locations.set(name, location);
    run.acknowledged.push(name);
  }
  const one = locations.get('one');
  if (one !== undefined) {
    const done = await attempt(() => {
      files.replacePrivatePart(one, ERASED);
      return true;
    });
    run.erased = done === true;
  }
  await files.close();
  return run;
}

async function readBack(): Promise<{ names: string[]; privateOfFirst: string }> {
  const names: string[] = [];
  let privateOfFirst = '';
  const files = await BlockFiles.open(dir, {
    visit: ({ block, privatePart }) => {
      const name = NAMES.find((candidate) => bytesOf(candidate).equals(block));
      names.push(name ?? 'unknown');
      if (name === 'one') privateOfFirst = privatePart.toString();
    },
  });
  await files.close();
  return { names, privateOfFirst };
}

async function callsOfOneRun(): Promise<number> {
  const disk = new FaultyDisk();
  expect(await work(disk)).toEqual({ acknowledged: NAMES, failures: [], erased: true });
  await rm(dir, { recursive: true });
  return disk.calls.length;
}

async function failEachCall(fault: Omit<Fault, 'at'>, check: (run: Run) => void): Promise<void> {
  const calls = await callsOfOneRun();
  expect(calls).toBeGreaterThan(30);
  for (let at = 0; at < calls; at += 1) {
    const disk = new FaultyDisk({ at, ...fault });
    const run = await work(disk, () => {
      if (fault.lasting !== true) disk.mend();
    });
    expect(run.failures.length, `call ${String(at)}, ${disk.calls[at] ?? ''}`).toBeGreaterThan(0);
    check(run);
    const { names, privateOfFirst } = await readBack();
    // All that was acknowledged is there, in order, once, and nothing else that is not whole.
    expect(names.filter((name) => run.acknowledged.includes(name))).toEqual(run.acknowledged);
    expect(names.length - run.acknowledged.length).toBeLessThanOrEqual(1);
    expect(names).not.toContain('unknown');
    if (run.erased) expect(privateOfFirst).toBe(ERASED.toString());
    else expect(['', ERASED.toString(), privateOf('one').toString()]).toContain(privateOfFirst);
    await rm(dir, { recursive: true, force: true });
  }
  await BlockFiles.open(dir).then((files) => files.close());
}

describe('a system call that fails, each in turn', () => {
  it('for want of room costs nothing once there is room again', () =>
    failEachCall({ code: 'ENOSPC' }, (run) => {
      if (run.failures.includes('FAILED')) throw new Error('a full disk ended the writing');
      expect(run.acknowledged).toEqual(NAMES);
      expect(run.erased).toBe(true);
    }));

  it('for want of room that lasts leaves nothing half done', () =>
    failEachCall({ code: 'ENOSPC', lasting: true }, () => undefined));

  it('otherwise loses nothing that was acknowledged', () => failEachCall({ code: 'EIO' }, () => undefined));
});

describe('the number of system calls', () => {
  it('is one sync for a block, however large its private part', async () => {
    const disk = new FaultyDisk();
    const files = await BlockFiles.open(dir, { disk });
    const before = disk.count('sync', 'syncNow', 'syncFolder');
    for (const name of NAMES) await files.append(bytesOf(name), Buffer.alloc(100_000));
    expect(disk.count('sync', 'syncNow', 'syncFolder') - before).toBe(NAMES.length);
    await files.close();
  });

  it('of a start does not grow with the blocks that the state knows', async () => {
    const readsOfStart = async (blocks: number): Promise<number> => {
      const at = join(dir, String(blocks));
      const files = await BlockFiles.open(at, { maxFileBytes: 10_000 });
      let last: BlockLocation | undefined;
      for (let i = 0; i < blocks; i += 1) last = await files.append(bytesOf('one'), privateOf('one'));
      await files.close();
      const disk = new FaultyDisk();
      await BlockFiles.open(at, { disk, from: last }).then((opened) => opened.close());
      return disk.calls.length;
    };
    const few = await readsOfStart(2);
    expect(await readsOfStart(500)).toBe(few);
    expect(few).toBeLessThan(15);
  });
});
