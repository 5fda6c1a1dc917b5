import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { policyLayouts } from './index.js';
import { TestChannel } from '../testing/test-channel.js';

let channel: TestChannel;
beforeAll(async () => {
  channel = await TestChannel.make();
});
afterAll(async () => {
  await channel.remove();
});

const identity = (serialized: Uint8Array) => channel.ledger.msps.deserialize(serialized);

describe('the policies of a channel’s configuration', () => {
  it('are found by path, implicit ones written out', () => {
    const { policies } = channel.ledger;
    expect(channel.ledger.mspIds).toEqual(['A', 'B', 'C', 'D']);
    const endorsement = policies.signaturePolicy('/Channel/Application/Endorsement');
    // A majority of four.
    expect(endorsement && policyLayouts(endorsement).map((layout) => layout.size)).toEqual([3, 3, 3, 3]);
    const lifecycle = policies.signaturePolicy('/Channel/Application/LifecycleEndorsement');
    expect(lifecycle?.serializeBinary()).toEqual(endorsement?.serializeBinary());
    for (const path of ['/Channel/Application/Nothing', '/Channel/Nothing/Readers', 'Readers', '']) {
      expect(policies.signaturePolicy(path)).toBeUndefined();
    }
  });

  it('tell who satisfies them', async () => {
    const { policies } = channel.ledger;
    const satisfied = (serialized: Uint8Array) =>
      ['/Channel/Application/Readers', '/Channel/Application/Writers', '/Channel/Readers'].filter((path) =>
        policies.isSatisfiedBy(path, identity(serialized)),
      );
    expect(satisfied(channel.clients.B.serialized)).toHaveLength(3);
    expect(satisfied(channel.peers.B.serialized)).toEqual([
      '/Channel/Application/Readers',
      '/Channel/Readers',
    ]);
    expect(satisfied(channel.options.ordererSigner.serialized)).toEqual(['/Channel/Readers']);
    expect(policies.isSatisfiedBy('/Channel/Nothing', identity(channel.clients.A.serialized))).toBe(false);
  });
});
