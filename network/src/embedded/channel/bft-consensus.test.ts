import { common, msp, orderer } from '@hyperledger/fabric-protos';
import { describe, expect, it } from 'vitest';
import { bftBlockValidation, bftOptions, consenterMapping } from './bft-consensus.js';
import type { BftConsenter } from './channel-config.js';
import { consensusType, withBatch } from './consensus-type.js';

const consenters = (count: number): BftConsenter[] =>
  Array.from({ length: count }, (_one, index) => ({
    host: 'localhost',
    port: 7050 + index,
    mspId: 'OrdererMSP',
    certificate: `certificate ${String(index)}`,
    tlsCertificate: `TLS certificate ${String(index)}`,
  }));

describe('SmartBFT in a channel’s configuration', () => {
  // As Fabric counts it: the smallest number of which any two share more nodes than may be faulty.
  it.each([
    [1, 1],
    [4, 3],
    [5, 4],
    [7, 5],
    [10, 7],
  ])('has a block of %i nodes signed by %i of them', (nodes, quorum) => {
    const policy = bftBlockValidation(consenters(nodes));
    const choice = policy.getRule()?.getNOutOf();
    expect(choice?.getN()).toBe(quorum);
    expect(choice?.getRulesList().map((rule) => rule.getSignedBy())).toEqual(
      Array.from({ length: nodes }, (_one, index) => index),
    );
    const [first] = policy.getIdentitiesList();
    expect(first?.getPrincipalClassification()).toBe(msp.MSPPrincipal.Classification.IDENTITY);
    const identity = msp.SerializedIdentity.deserializeBinary(first?.getPrincipal_asU8() ?? new Uint8Array());
    expect(Buffer.from(identity.getIdBytes_asU8()).toString()).toBe('certificate 0');
  });

  it('numbers its nodes from 1, as 0 means none', () => {
    const mapping = common.Orderers.deserializeBinary(consenterMapping(consenters(4)).serializeBinary());
    expect(mapping.getConsenterMappingList().map((one) => [one.getId(), one.getPort()])).toEqual([
      [1, 7050],
      [2, 7051],
      [3, 7052],
      [4, 7053],
    ]);
  });

  it('cuts blocks as the topology says', () => {
    const batch = { maxMessages: 50, maxBytes: 2_097_152, timeoutMs: 100 };
    const options = orderer.smartbft.Options.deserializeBinary(bftOptions(batch).serializeBinary());
    expect([
      options.getRequestBatchMaxCount(),
      options.getRequestBatchMaxBytes(),
      options.getRequestBatchMaxInterval(),
    ]).toEqual([50, 2_097_152, '100ms']);
  });

  it('goes by another batch when the channel does, and by Raft there is none of its own to change', () => {
    const batch = { maxMessages: 50, maxBytes: 2_097_152, timeoutMs: 100 };
    const bft = consensusType({ type: 'BFT', consenters: consenters(4), batch }).serializeBinary();
    const other = withBatch(bft, { ...batch, timeoutMs: 700, maxMessages: 3 });
    const options = orderer.smartbft.Options.deserializeBinary(other?.getMetadata_asU8() ?? new Uint8Array());
    expect([options.getRequestBatchMaxCount(), options.getRequestBatchMaxInterval()]).toEqual([3, '700ms']);
    expect(options.getViewChangeTimeout()).toBe('20s');
    const raft = consensusType({ type: 'etcdraft', consenters: consenters(3) }).serializeBinary();
    expect(withBatch(raft, batch)).toBeUndefined();
  });
});
