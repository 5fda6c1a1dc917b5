import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../../network/src/embedded/testing/seeded-random.js';
import { KilledNetwork } from './killed-network.js';

const ROUNDS = Number(process.env.MEDACCORD_FAULT_ROUNDS ?? 200);
const SEED = Number(process.env.MEDACCORD_FAULT_SEED ?? Date.now() % 2 ** 32);
const FSCK_EVERY = 20;
const SETUP_MS = 300_000;

let network: KilledNetwork;
beforeAll(async () => {
  network = await KilledNetwork.make(seededRandom(SEED));
}, SETUP_MS);
afterAll(() => network?.remove(), SETUP_MS);

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

describe('the embedded ledger, killed with SIGKILL under clients of its gateway service', () => {
  it(
    `keeps every commit status that a client was told over TLS (${String(ROUNDS)} times)`,
    async () => {
      say(`seed ${String(SEED)} (MEDACCORD_FAULT_SEED sets it, MEDACCORD_FAULT_ROUNDS the number of kills)`);
      const counts = { kills: 0, 'in the start or soon after': 0, acknowledged: 0 };
      for (let round = 1; round <= ROUNDS; round += 1) {
        const result = await network.round().catch((cause: unknown) => {
          throw new Error(`kill ${String(round)}, seed ${String(SEED)}: ${String(cause)}`, { cause });
        });
        counts.kills += 1;
        counts.acknowledged += result.acknowledged;
        if (result.killedAfterMs !== undefined) counts['in the start or soon after'] += 1;
        if (round % FSCK_EVERY !== 0) continue;
        await network.fsck();
        say(JSON.stringify(counts));
      }
      const blocks = await network.finish();
      say(`${JSON.stringify({ ...counts, blocks })}; lost 0, told otherwise 0, states that differ 0`);
      expect(counts.kills).toBe(ROUNDS);
      expect(counts.acknowledged).toBeGreaterThan(ROUNDS);
    },
    ROUNDS * 20_000,
  );
});
