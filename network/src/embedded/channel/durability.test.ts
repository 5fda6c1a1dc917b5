import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KilledLedger } from '../testing/killed-ledger.js';
import { seededRandom } from '../testing/seeded-random.js';
import { TestChannel } from '../testing/test-channel.js';

/** `npm run test:fault` has two hundred. */
const ROUNDS = 5;

let channel: TestChannel;
beforeAll(async () => {
  channel = await TestChannel.make();
});
afterAll(() => channel.remove());

describe('durability', () => {
  it('every commit that was told survives kill -9, and the state is what the blocks say', async () => {
    const killed = await KilledLedger.make(channel, 'killed', seededRandom(7));
    for (let round = 0; round < ROUNDS; round += 1) await killed.round();
    await killed.finish();
    // MVCC_READ_CONFLICT is among them.
    expect([...new Set(killed.told.values())].sort()).toEqual([0, 11]);
  }, 120_000);
});
