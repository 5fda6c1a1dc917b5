import { describe, expect, it } from 'vitest';
import { evaluate, newKey, submit, submitWith } from '../harness/calls.js';
import {
  connected,
  contractOf,
  firstPeer,
  gatewayOf,
  MAIN,
  network,
  org1,
  org2,
} from '../harness/clients.js';
import { deliverOne, summary } from '../harness/deliver.js';
import { oneAtATime } from '../harness/one-at-a-time.js';
import { refusal } from '../harness/refusals.js';
import { ASSETS, SINGLE } from '../harness/standing-chaincodes.js';
import { take } from '../harness/streams.js';
import type { NetworkNode } from '../network.js';

const { client, revoked } = org1.identities;
const own = firstPeer(org1);
const [, spare] = org1.peers as [NetworkNode, NetworkNode];
const single = contractOf(SINGLE);
const atSpare = gatewayOf(client, spare).getNetwork(MAIN);

/** Nobody else uses this peer, so that it may stop while other scenarios run; it runs again afterwards. */
async function withoutSpare<T>(work: () => Promise<T>): Promise<T> {
  return oneAtATime(async () => {
    await network.stopPeer(spare.name);
    try {
      return await work();
    } finally {
      await network.startPeer(spare.name);
      await connected(spare);
    }
  });
}

describe('an organisation with two peers', () => {
  it('is served by both, each under its own name', async () => {
    const key = newKey();
    await submit(single, 'put', key, 'everywhere');
    expect(await evaluate(atSpare.getContract(SINGLE), 'get', key)).toBe('everywhere');
    const refused = await refusal(atSpare.getContract(SINGLE).evaluateTransaction('fail', 'no'));
    expect(refused.details.map(({ address }) => address)).toEqual([spare.endpoint]);
  });

  it('tells what both said of a transaction that the chaincode refuses', async () => {
    await oneAtATime(async () => {
      const refused = await refusal(single.submitTransaction('fail', 'no'));
      expect(refused.details).toEqual(
        org1.peers.map(({ endpoint, mspId }) => ({
          address: endpoint,
          mspId,
          message: 'chaincode response 500, no',
        })),
      );
    });
  });

  it('tells what both said of a proposal that peers refuse: the other one over gRPC', async () => {
    await oneAtATime(async () => {
      const contract = gatewayOf(revoked, own).getNetwork(MAIN).getContract(SINGLE);
      const refused = await refusal(contract.submitTransaction('echo'));
      const denied = `error validating proposal: access denied: channel [${MAIN}] creator org [${org1.mspId}]`;
      expect(refused.details.map(({ address, message }) => [address, message])).toEqual([
        [own.endpoint, denied],
        [spare.endpoint, `rpc error: code = Unknown desc = ${denied}`],
      ]);
    });
  });
});

describe('a peer that stops', () => {
  it('answers nothing any more: UNAVAILABLE', async () => {
    const contract = atSpare.getContract(SINGLE);
    await withoutSpare(async () => {
      expect((await refusal(contract.evaluateTransaction('echo'))).status).toBe('UNAVAILABLE');
    });
  });

  it('ends the streams of its clients: UNAVAILABLE', async () => {
    const events = await atSpare.getBlockEvents();
    const waiting = refusal(take(events, Infinity));
    await withoutSpare(async () => {
      expect((await waiting).status).toBe('UNAVAILABLE');
    });
  });

  it('is done without, where its organisation has another', async () => {
    const ofSecond = contractOf(ASSETS, org2.identities.client);
    const named = { endorsingOrganizations: [org1.mspId, org2.mspId] };
    await withoutSpare(async () => {
      for (let i = 0; i < 4; i += 1) {
        const submitted = await ofSecond.submitAsync('put', { arguments: [newKey(), '1'], ...named });
        expect((await submitted.getStatus()).successful).toBe(true);
      }
      // It is tried for as long as the others have not missed it.
      await expect
        .poll(
          async () => {
            const refused = await refusal(single.submitTransaction('fail', 'no'));
            return refused.details.map(({ address }) => address);
          },
          { timeout: 15_000 },
        )
        .toEqual([own.endpoint]);
    });
  });

  it('is done without under load, and so when it is back: nobody notices', async () => {
    const ofSecond = contractOf(ASSETS, org2.identities.client);
    const endorsingOrganizations = [org1.mspId, org2.mspId];
    const codes: string[] = [];
    let isOver = false;
    const work = async (): Promise<void> => {
      while (!isOver) {
        const call = { arguments: [newKey(), '1'], endorsingOrganizations };
        codes.push((await submitWith(ofSecond, 'put', call)).code);
      }
    };
    const atLeast = (count: number) =>
      expect.poll(() => codes.length, { timeout: 20_000 }).toBeGreaterThan(count);
    const workers = Array.from({ length: 8 }, work);
    try {
      for (let round = 0; round < 3; round += 1) {
        await withoutSpare(() => atLeast(codes.length + 8));
        await atLeast(codes.length + 8);
      }
    } finally {
      isOver = true;
      // The first refusal of any, where there is one.
      await Promise.all(workers);
    }
    expect(new Set(codes)).toEqual(new Set(['VALID']));
  });

  it('takes with it what it was doing, and its clients go on when it is back', async () => {
    const contract = atSpare.getContract(SINGLE);
    const told: string[] = [];
    await withoutSpare(async () => {
      const calls = Array.from({ length: 5 }, () =>
        refusal(contract.submitTransaction('put', newKey(), '1')),
      );
      for (const { status } of await Promise.all(calls)) told.push(status);
    });
    expect(new Set(told)).toEqual(new Set(['UNAVAILABLE']));
    await expect
      .poll(() => submit(contract, 'put', newKey(), '1').then(({ code }) => code, String), {
        timeout: 10_000,
      })
      .toBe('VALID');
  });

  it('has the blocks that it missed when it starts again', async () => {
    const key = newKey();
    const { block } = await withoutSpare(() => submit(single, 'put', key, 'meanwhile'));
    const { numbers } = summary(await deliverOne({ start: Number(block), stop: Number(block) }, spare));
    expect(numbers).toEqual([Number(block)]);
    await expect
      .poll(() => evaluate(atSpare.getContract(SINGLE), 'get', key).catch(String), { timeout: 10_000 })
      .toBe('meanwhile');
  });
});
