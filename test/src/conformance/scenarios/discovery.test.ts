import { discovery } from '@hyperledger/fabric-protos';
import { describe, expect, it } from 'vitest';
import { height } from '../harness/blocks.js';
import { firstPeer, MAIN, network, org1, org3 } from '../harness/clients.js';
import { discover, endorsersQuery, endpointOf, heightOf, query } from '../harness/discovery.js';
import { refusal } from '../harness/refusals.js';
import { ASSETS, CHOICE, EVERY, PAIR, SINGLE } from '../harness/standing-chaincodes.js';
import { mspIdOf } from '../harness/transactions.js';

const { client, otherClient, foreign, revoked } = org1.identities;
const [first, second, third] = network.organisations.map(({ mspId }) => mspId) as [string, string, string];

const peersQuery = (channel = MAIN) =>
  query((made) => made.setPeerQuery(new discovery.PeerMembershipQuery()), channel);
const configQuery = query((made) => made.setConfigQuery(new discovery.ConfigQuery()));

/** The peers of a channel, by MSP id. */
async function peersOf(channel: string): Promise<Map<string, discovery.Peer[]>> {
  const [result] = await discover([peersQuery(channel)]);
  const found = new Map<string, discovery.Peer[]>();
  result
    ?.getMembers()
    ?.getPeersByOrgMap()
    .forEach((peers: discovery.Peers, mspId: string) => {
      found.set(mspId, peers.getPeersList());
    });
  return found;
}

/** The layouts of endorsers that a chaincode's policy allows, as lists of MSP ids. */
async function layoutsOf(chaincode: string, collections: readonly string[] = []): Promise<string[][]> {
  const [result] = await discover([endorsersQuery(chaincode, collections)]);
  expect(result?.getError()?.getContent()).toBeUndefined();
  const [descriptor] = result?.getCcQueryRes()?.getContentList() ?? [];
  expect(descriptor?.getChaincode()).toBe(chaincode);
  const groups = new Map<string, string>();
  descriptor?.getEndorsersByGroupsMap().forEach((peers: discovery.Peers, group: string) => {
    const [one] = peers.getPeersList();
    groups.set(group, mspIdOf(one?.getIdentity_asU8() ?? new Uint8Array()));
  });
  const layouts = (descriptor?.getLayoutsList() ?? []).map((layout) => {
    const mspIds: string[] = [];
    layout.getQuantitiesByGroupMap().forEach((quantity: number, group: string) => {
      for (let i = 0; i < quantity; i += 1) mspIds.push(groups.get(group) ?? '');
    });
    return mspIds.sort();
  });
  return layouts.sort((a, b) => a.join().localeCompare(b.join()));
}

describe('the discovery service', () => {
  it('tells the peers of a channel, by organisation, with their heights', async () => {
    const before = await height();
    const found = await peersOf(MAIN);
    expect([...found.keys()].sort()).toEqual([first, second, third].sort());
    for (const organisation of network.organisations) {
      const peers = found.get(organisation.mspId) ?? [];
      expect(peers.map(endpointOf)).toContain(firstPeer(organisation).endpoint);
      for (const one of peers) {
        expect(mspIdOf(one.getIdentity_asU8())).toBe(organisation.mspId);
      }
    }
    // Peers tell each other of their heights some time after a block.
    await expect
      .poll(async () => Math.min(...[...(await peersOf(MAIN)).values()].flat().map(heightOf)))
      .toBeGreaterThanOrEqual(before);
  });

  it('tells those of each channel apart', async () => {
    const found = await peersOf(network.channels.second);
    expect([...found.keys()].sort()).toEqual([first, second, third].sort());
    expect(found.get(first)).not.toEqual([]);
    expect(found.get(second)).not.toEqual([]);
    // An organisation that the peer knows from elsewhere is named, without peers.
    expect(found.get(third)).toEqual([]);
  });

  it('tells the members and the orderers of a channel', async () => {
    const [result] = await discover([configQuery]);
    const config = result?.getConfigResult();
    for (const mspId of [first, second, third]) expect(config?.getMspsMap().has(mspId)).toBe(true);
    for (const { mspId, endpoint } of network.orderers) {
      const endpoints = config?.getOrderersMap().get(mspId)?.getEndpointList() ?? [];
      expect(endpoints.map((one) => `${one.getHost()}:${String(one.getPort())}`)).toContain(endpoint);
    }
  });

  it('tells who has to endorse, by the policy of the chaincode', async () => {
    expect(await layoutsOf(SINGLE)).toEqual([[first], [second], [third]].sort());
    expect(await layoutsOf(EVERY)).toEqual([[first, second, third].sort()]);
    expect(await layoutsOf(CHOICE)).toEqual([
      [first, second],
      [first, third],
    ]);
    expect(await layoutsOf(ASSETS)).toEqual([
      [first, second],
      [first, third],
      [second, third],
    ]);
  });

  it('leaves out who is no member of a collection that is read', async () => {
    for (const layout of await layoutsOf(ASSETS, [PAIR])) expect(layout).not.toContain(third);
  });

  it('answers several queries of one request', async () => {
    const results = await discover([configQuery, peersQuery(), endorsersQuery(SINGLE)]);
    expect(results.map((result) => result.getResultCase())).toEqual([
      discovery.QueryResult.ResultCase.CONFIG_RESULT,
      discovery.QueryResult.ResultCase.MEMBERS,
      discovery.QueryResult.ResultCase.CC_QUERY_RES,
    ]);
  });

  it('does not know the endorsers of a chaincode that is not there', async () => {
    const [result] = await discover([endorsersQuery('nothing')]);
    expect(result?.getError()?.getContent()).toContain('failed constructing descriptor');
  });

  it('denies who is not of the channel, and who did not sign', async () => {
    const { client: outsider } = org3.identities;
    const denied = [
      await discover([configQuery], { signer: otherClient }),
      await discover([configQuery], { identity: foreign }),
      await discover([configQuery], { identity: revoked }),
      await discover([peersQuery(network.channels.second)], { identity: outsider }),
      await discover([peersQuery('nowhere')], { identity: client }),
    ];
    for (const [result] of denied) expect(result?.getError()?.getContent()).toBe('access denied');
  });

  it('needs to know who asks', async () => {
    const nobody = { mspId: '', certificate: '', privateKey: client.privateKey };
    const refused = await refusal(discover([configQuery], { identity: nobody }));
    expect(refused.status).toBe('UNKNOWN');
    expect(refused.message).toMatch(/^access denied/);
  });
});
