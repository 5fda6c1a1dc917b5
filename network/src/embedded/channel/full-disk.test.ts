import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CommittedBlock } from '../parts.js';
import { TestChannel } from '../testing/test-channel.js';
import { sent } from '../testing/envelopes.js';

const SIZE_MB = 24;
const IN_FLIGHT = 4;
const LARGE = 'x'.repeat(200_000);

let channel: TestChannel;
let told: ('full' | 'room')[];
let failures: unknown[];
let mounted: string | undefined;

/** A file system of its own, so that it can be full. */
function mount(dir: string): boolean {
  mkdirSync(dir, { recursive: true });
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${String(SIZE_MB)}m`, 'none', dir], {
      stdio: 'ignore',
    });
    mounted = dir;
    return true;
  } catch {
    return false;
  }
}

beforeEach(async () => {
  told = [];
  failures = [];
  mounted = undefined;
  channel = await TestChannel.make({
    retryMs: 20,
    onDiskFull: (error) => told.push(error === undefined ? 'room' : 'full'),
    onFailure: (error) => failures.push(error),
  });
});
afterEach(async () => {
  await channel.stop();
  if (mounted !== undefined) execFileSync('umount', ['-l', mounted]);
  rmSync(channel.dir, { recursive: true, force: true });
});

const isWaiting = (txId: string): boolean => channel.ledger.transaction(txId) === undefined;

/** Submits until it is refused; gives the refusal, and what was taken before. */
async function submitUntilRefused(taken: string[]): Promise<{ code: string; message: string }> {
  for (let i = 0; i < 1_000; i += 1) {
    const transaction = channel.transaction({
      sets: [{ writes: { [`key${String(taken.length)}`]: LARGE } }],
    });
    try {
      await channel.orderer.broadcast(sent(transaction.envelope));
      taken.push(transaction.txId);
    } catch (error) {
      const { code, message } = error as { code: string; message: string };
      return { code, message };
    }
    // Few at a time: all that is taken has to fit when there is room again.
    while (told.length === 0 && taken.filter(isWaiting).length > IN_FLIGHT) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
  throw new Error('it was never refused');
}

async function settled(taken: readonly string[]): Promise<void> {
  await expect
    .poll(() => taken.filter((txId) => channel.ledger.transaction(txId)?.code !== 0), { timeout: 10_000 })
    .toEqual([]);
}

describe('a ledger on a full disk', () => {
  it('refuses, keeps what it took, and goes on by itself when there is room', async (context) => {
    await channel.stop();
    const { dir } = channel.options;
    rmSync(dir, { recursive: true });
    if (!mount(dir)) {
      await channel.open();
      context.skip('no file system can be mounted here: run it as root on Linux');
    }
    await channel.open();
    const first = channel.transaction({ sets: [{ writes: { first: 'one' } }] });
    await channel.commit(first);
    const ballast = join(dir, 'ballast');
    writeFileSync(ballast, Buffer.alloc((SIZE_MB - 6) * 1024 * 1024));

    const taken: string[] = [];
    const committed: CommittedBlock[] = [];
    channel.ledger.onCommit((block) => committed.push(block));
    expect(await submitUntilRefused(taken)).toEqual({
      code: 'SERVICE_UNAVAILABLE',
      message: 'the disk of the ledger is full',
    });
    expect(told).toEqual(['full']);
    expect(failures).toEqual([]);
    // Reading goes on.
    expect(channel.ledger.transaction(first.txId)?.code).toBe(0);
    const before = committed.flatMap(({ transactions }) => transactions.map(({ txId }) => txId));
    expect(before.length).toBeLessThan(taken.length);

    rmSync(ballast);
    await settled(taken);
    expect(told).toEqual(['full', 'room']);
    const again = channel.transaction({ sets: [{ writes: { last: 'two' } }] });
    await channel.commit(again);

    // What is on the disk says the same after a restart.
    const { height } = channel.ledger;
    await channel.stop();
    await channel.open();
    expect(channel.ledger.height).toBe(height);
    for (const txId of [first.txId, ...taken, again.txId]) {
      expect(channel.ledger.transaction(txId)?.code).toBe(0);
    }
  });

  it('can be stopped while it waits for room; what was acknowledged is there afterwards', async (context) => {
    await channel.stop();
    const { dir } = channel.options;
    rmSync(dir, { recursive: true });
    if (!mount(dir)) {
      await channel.open();
      context.skip('no file system can be mounted here: run it as root on Linux');
    }
    await channel.open();
    const ballast = join(dir, 'ballast');
    writeFileSync(ballast, Buffer.alloc((SIZE_MB - 6) * 1024 * 1024));
    const acknowledged: string[] = [];
    channel.ledger.onCommit(({ transactions }) => acknowledged.push(...transactions.map(({ txId }) => txId)));
    const taken: string[] = [];
    await submitUntilRefused(taken);
    await channel.stop();
    expect(failures).toEqual([]);
    expect(existsSync(ballast)).toBe(true);
    rmSync(ballast);
    await channel.open();
    for (const txId of acknowledged) expect(channel.ledger.transaction(txId)?.code).toBe(0);
    await channel.commit(channel.transaction({ sets: [{ writes: { last: 'two' } }] }));
  });
});
