import { afterAll, describe, expect, it } from 'vitest';
import { evaluate, newKey, submit } from '../harness/calls.js';
import { contractOf, firstPeer, gatewayOf, MAIN, network, org1, org2 } from '../harness/clients.js';
import { deliverOne, summary } from '../harness/deliver.js';
import { refusal } from '../harness/refusals.js';
import { ASSETS, SINGLE } from '../harness/standing-chaincodes.js';
import { take } from '../harness/streams.js';
import type { NetworkNode } from '../network.js';

const { client } = org1.identities;
const [, spare] = org1.peers as [NetworkNode, NetworkNode];
const single = contractOf(SINGLE);
const atSpare = gatewayOf(client, spare).getNetwork(MAIN);

// Nobody else uses this peer, so that it may stop while other scenarios run.
afterAll(() => network.startPeer(spare.name));

describe('an organisation with two peers', () => {
  it('is served by both, each under its own name', async () => {
    const key = newKey();
    await submit(single, 'put', key, 'everywhere');
    expect(await evaluate(atSpare.getContract(SINGLE), 'get', key)).toBe('everywhere');
    const refused = await refusal(atSpare.getContract(SINGLE).evaluateTransaction('fail', 'no'));
    expect(refused.details.map(({ address }) => address)).toEqual([spare.endpoint]);
  });
});

describe('a peer that stops', () => {
  it('answers nothing any more: UNAVAILABLE', async () => {
    await network.stopPeer(spare.name);
    const contract = atSpare.getContract(SINGLE);
    expect((await refusal(contract.evaluateTransaction('echo'))).status).toBe('UNAVAILABLE');
    await network.startPeer(spare.name);
  });

  it('ends the streams of its clients: UNAVAILABLE', async () => {
    const events = await atSpare.getBlockEvents({ startBlock: 1_000_000n });
    const waiting = refusal(take(events, 1));
    await network.stopPeer(spare.name);
    expect(['UNAVAILABLE', 'CANCELLED']).toContain((await waiting).status);
    await network.startPeer(spare.name);
  });

  it('is done without, where its organisation has another', async () => {
    await network.stopPeer(spare.name);
    const ofSecond = contractOf(ASSETS, org2.identities.client);
    const named = { endorsingOrganizations: [org1.mspId, org2.mspId] };
    for (let i = 0; i < 4; i += 1) {
      const submitted = await ofSecond.submitAsync('put', { arguments: [newKey(), '1'], ...named });
      expect((await submitted.getStatus()).successful).toBe(true);
    }
    const refused = await refusal(single.submitTransaction('fail', 'no'));
    expect(refused.details.map(({ address }) => address)).toEqual([firstPeer(org1).endpoint]);
    await network.startPeer(spare.name);
  });

  it('has the blocks that it missed when it starts again', async () => {
    await network.stopPeer(spare.name);
    const key = newKey();
    const { block } = await submit(single, 'put', key, 'meanwhile');
    await network.startPeer(spare.name);
    const { numbers } = summary(await deliverOne({ start: Number(block), stop: Number(block) }, spare));
    expect(numbers).toEqual([Number(block)]);
    await expect
      .poll(() => evaluate(atSpare.getContract(SINGLE), 'get', key).catch(String), { timeout: 10_000 })
      .toBe('meanwhile');
  });
});
