import { common, peer } from '@hyperledger/fabric-protos';
import { describe, expect, it } from 'vitest';
import { blockAt, height, lastConfigOf } from '../harness/blocks.js';
import { contractOf, MAIN, network, org1, org3 } from '../harness/clients.js';
import { refusal } from '../harness/refusals.js';

const cscc = contractOf('cscc');

describe('cscc', () => {
  it('lists the channels that a peer has joined', async () => {
    const channelsAt = async (organisation: typeof org1): Promise<string[]> => {
      const bytes = await contractOf('cscc', organisation.identities.client).evaluate('GetChannels', {
        arguments: [''],
        endorsingOrganizations: [organisation.mspId],
      });
      return peer.ChannelQueryResponse.deserializeBinary(bytes)
        .getChannelsList()
        .map((channel) => channel.getChannelId())
        .sort();
    };
    expect(await channelsAt(org1)).toEqual([MAIN, network.channels.second].sort());
    expect(await channelsAt(org3)).toEqual([MAIN]);
  });

  it('gives the last configuration block', async () => {
    const block = common.Block.deserializeBinary(await cscc.evaluateTransaction('GetConfigBlock', MAIN));
    const last = lastConfigOf(await blockAt((await height()) - 1));
    expect(block.getHeader()?.toObject()).toEqual((await blockAt(last)).getHeader()?.toObject());
  });

  it('gives the configuration itself', async () => {
    const config = common.Config.deserializeBinary(await cscc.evaluateTransaction('GetChannelConfig', MAIN));
    const groups = config.getChannelGroup()?.getGroupsMap();
    expect(groups?.get('Application')).toBeDefined();
    expect(groups?.get('Orderer')).toBeDefined();
  });

  it('knows no other functions', async () => {
    const refused = await refusal(cscc.evaluateTransaction('GetNothing', MAIN));
    expect(refused.message).toContain('Requested function GetNothing not found.');
  });

  it('knows no other channels', async () => {
    const refused = await refusal(cscc.evaluateTransaction('GetConfigBlock', 'nowhere'));
    expect(refused.message).toContain('access denied for [GetConfigBlock][nowhere]: ');
  });
});
