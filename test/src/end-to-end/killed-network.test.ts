import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seededRandom } from '../../../network/src/embedded/testing/seeded-random.js';
import { KilledNetwork } from '../fault/killed-network.js';

/** `npm run test:fault` has two hundred. */
const ROUNDS = 3;

describe('a ledger that is killed under clients of its gateway service', () => {
  let network: KilledNetwork;
  beforeAll(async () => {
    network = await KilledNetwork.make(seededRandom(3));
  });
  afterAll(() => network?.remove());

  it('keeps every commit status that a client was told over TLS', async () => {
    for (let round = 0; round < ROUNDS; round += 1) await network.round();
    await network.fsck();
    await network.finish();
    expect(network.acknowledged).toBeGreaterThan(ROUNDS);
  });
});
