import { spawn } from 'node:child_process';
import { cp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { StateDatabase } from '../state/index.js';
import type { LoadConfig } from '../testing/commit-under-load.js';
import { TestChannel } from '../testing/test-channel.js';
import { openChannel } from './open-channel.js';

/** A child process runs what the build made of the program. */
const PROGRAM = fileURLToPath(
  new URL('../../../dist/embedded/testing/commit-under-load.js', import.meta.url),
);
const ROUNDS = 5;

let channel: TestChannel;
let config: LoadConfig;

beforeAll(async () => {
  channel = await TestChannel.make();
  const { organisations } = channel;
  const issue = async (name: string, user: string, ou: string) => {
    const organisation = organisations[name];
    if (organisation === undefined) throw new Error(`no organisation ${name}`);
    return { mspId: name, dir: (await organisation.issue(user, { ou: [ou] })).dir };
  };
  config = {
    dir: join(channel.dir, 'killed'),
    msps: Object.values(organisations).map(({ mspId, dir }) => ({ mspId, dir })),
    orderer: await issue('Orderer', 'killed', 'orderer'),
    client: await issue('A', 'load', 'client'),
    peers: await Promise.all(['A', 'B', 'C'].map((name) => issue(name, 'load-peer', 'peer'))),
  };
});
afterAll(() => channel.remove());

/** Runs the program until `count` commits were told, kills it, and gives all that was told. */
async function runAndKill(count: number): Promise<Map<string, number>> {
  const told = new Map<string, number>();
  const child = spawn(process.execPath, [PROGRAM, JSON.stringify(config)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const errors: string[] = [];
  child.stderr.on('data', (chunk: Buffer) => errors.push(chunk.toString()));
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  for await (const line of createInterface({ input: child.stdout })) {
    const [txId, code] = line.split(' ');
    if (txId !== undefined && code !== undefined) told.set(txId, Number(code));
    if (told.size >= count) child.kill('SIGKILL');
  }
  await closed;
  if (told.size < count) throw new Error(`the program ended by itself: ${errors.join('')}`);
  return told;
}

async function dump(dir: string): Promise<string[]> {
  const state = StateDatabase.open(join(dir, 'state'));
  const entries = [...state.dump()].map(
    ({ key, value }) => `${key.toString('hex')}=${value.toString('hex')}`,
  );
  await state.close();
  return entries;
}

describe('durability', () => {
  it('every commit that was told survives kill -9, and the state is what the blocks say', async () => {
    const told = new Map<string, number>();
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const [txId, code] of await runAndKill(5 + Math.floor(Math.random() * 120))) told.set(txId, code);
      const { ledger, orderer } = await openChannel({ ...channel.options, dir: config.dir });
      for (const [txId, code] of told) expect(ledger.transaction(txId)?.code).toBe(code);
      await orderer.close();
      await ledger.close();
    }
    expect([...new Set(told.values())].sort()).toEqual(expect.arrayContaining([0, 11]));

    const state = await dump(config.dir);
    const copy = join(channel.dir, 'replayed');
    await cp(join(config.dir, 'blocks'), join(copy, 'blocks'), { recursive: true });
    const { ledger, orderer } = await openChannel({ ...channel.options, dir: copy });
    await orderer.close();
    await ledger.close();
    const replayed = await dump(copy);
    expect(replayed.length).toBeGreaterThan(told.size);
    expect(replayed.filter((entry, i) => entry !== state[i])).toEqual([]);
    expect(replayed.length).toBe(state.length);
    await rm(copy, { recursive: true });
  }, 120_000);
});
