import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KilledLedger } from '../../../network/src/embedded/testing/killed-ledger.js';
import { seededRandom } from '../../../network/src/embedded/testing/seeded-random.js';
import { TestChannel } from '../../../network/src/embedded/testing/test-channel.js';

const ROUNDS = Number(process.env.MEDACCORD_FAULT_ROUNDS ?? 200);
const SEED = Number(process.env.MEDACCORD_FAULT_SEED ?? Date.now() % 2 ** 32);
/** A check reads a ledger from block 0: after so many kills a new one begins. */
const ROUNDS_OF_ONE = 10;

let channel: TestChannel;
beforeAll(async () => {
  channel = await TestChannel.make();
});
afterAll(() => channel.remove());

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

describe('the embedded ledger, killed with SIGKILL at random moments under load', () => {
  it(
    `loses nothing that was told, has nothing twice, and its state is what the blocks say (${String(ROUNDS)} times)`,
    async () => {
      say(`seed ${String(SEED)} (MEDACCORD_FAULT_SEED sets it, MEDACCORD_FAULT_ROUNDS the number of kills)`);
      const random = seededRandom(SEED);
      const counts = { kills: 0, 'in the start or soon after': 0, told: 0, blocks: 0 };
      let killed: KilledLedger | undefined;
      let blocks = 0;
      for (let round = 0; round < ROUNDS; round += 1) {
        if (round % ROUNDS_OF_ONE === 0) {
          await killed?.finish();
          await killed?.remove();
          counts.blocks += blocks;
          killed = await KilledLedger.make(channel, `ledger-${String(round)}`, random);
        }
        const result = await killed?.round().catch((cause: unknown) => {
          throw new Error(`kill ${String(round + 1)}, seed ${String(SEED)}: ${String(cause)}`, { cause });
        });
        counts.kills += 1;
        counts.told += result?.told ?? 0;
        blocks = result?.blocks ?? 0;
        if (result?.killedAfterMs !== undefined) counts['in the start or soon after'] += 1;
        if ((round + 1) % 20 === 0) say(JSON.stringify(counts));
      }
      await killed?.finish();
      counts.blocks += blocks;
      say(`${JSON.stringify(counts)}; lost 0, twice 0, states that differ 0`);
      expect(counts.kills).toBe(ROUNDS);
      expect(counts.told).toBeGreaterThan(ROUNDS);
    },
    ROUNDS * 20_000,
  );
});
