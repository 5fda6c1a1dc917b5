import type { ServiceError } from '@grpc/grpc-js';
import { discovery, gossip, peer, type msp } from '@hyperledger/fabric-protos';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nodeSigner } from '../identity/index.js';
import type { NodeSigner } from '../parts.js';
import { CHAINCODE, CHANNEL, TestNetwork, type Org } from '../testing/test-network.js';

let network: TestNetwork;
let client: discovery.DiscoveryClient;
let user: NodeSigner;

beforeAll(async () => {
  network = await TestNetwork.start({
    peers: { HospitalA: 2 },
    channels: { pair: ['HospitalA', 'InsurerA'] },
  });
  client = new discovery.DiscoveryClient(network.endpoint('HospitalA'), network.tlsCredentials);
  user = await signerOf('HospitalA', 'client');
});
afterAll(async () => {
  client.close();
  await network.stop();
});

async function signerOf(org: Org, ou: string): Promise<NodeSigner> {
  const { dir } = await network.organisations[org].issue(`${ou}-${org}`, { ou: [ou] });
  return nodeSigner({ mspId: org, dir, endpoint: '' });
}

function signedRequest(signer: NodeSigner, ...queries: discovery.Query[]): discovery.SignedRequest {
  const authentication = new discovery.AuthInfo();
  authentication.setClientIdentity(signer.serialized);
  const request = new discovery.Request();
  request.setAuthentication(authentication);
  request.setQueriesList(queries);
  const signed = new discovery.SignedRequest();
  signed.setPayload(request.serializeBinary());
  signed.setSignature(signer.sign(signed.getPayload_asU8()));
  return signed;
}

function send(signed: discovery.SignedRequest): Promise<discovery.QueryResult[]> {
  return new Promise((resolve, reject) => {
    client.discover(signed, (error: ServiceError | null, response?: discovery.Response) => {
      if (error === null) resolve(response?.getResultsList() ?? []);
      else reject(error);
    });
  });
}

async function ask(signer: NodeSigner, query: discovery.Query): Promise<discovery.QueryResult> {
  const [result] = await send(signedRequest(signer, query));
  return result ?? expect.fail('no result');
}

function query(channel: string, set: (query: discovery.Query) => void): discovery.Query {
  const message = new discovery.Query();
  message.setChannel(channel);
  set(message);
  return message;
}
const peerQuery = (channel: string) =>
  query(channel, (message) => message.setPeerQuery(new discovery.PeerMembershipQuery()));
const localQuery = () => query('', (message) => message.setLocalPeers(new discovery.LocalPeerQuery()));
const configQuery = () => query(CHANNEL, (message) => message.setConfigQuery(new discovery.ConfigQuery()));

function endorsersQuery(...calls: { name: string; collections?: string[]; noReads?: boolean }[]) {
  const interest = new peer.ChaincodeInterest();
  interest.setChaincodesList(
    calls.map(({ name, collections = [], noReads = false }) => {
      const call = new peer.ChaincodeCall();
      call.setName(name);
      call.setCollectionNamesList(collections);
      call.setNoPrivateReads(noReads);
      return call;
    }),
  );
  const chaincodes = new discovery.ChaincodeQuery();
  chaincodes.setInterestsList([interest]);
  return query(CHANNEL, (message) => message.setCcQuery(chaincodes));
}

function endpointOf(one: discovery.Peer): string {
  const payload = one.getMembershipInfo()?.getPayload_asU8() ?? new Uint8Array();
  const alive = gossip.GossipMessage.deserializeBinary(payload).getAliveMsg();
  return alive?.getMembership()?.getEndpoint() ?? '';
}

function stateOf(one: discovery.Peer): gossip.Properties.AsObject | undefined {
  const payload = one.getStateInfo()?.getPayload_asU8() ?? new Uint8Array();
  return gossip.GossipMessage.deserializeBinary(payload).getStateInfo()?.getProperties()?.toObject();
}

function endpointsByOrg(result: discovery.QueryResult): Record<string, string[]> {
  const entries = [...(result.getMembers()?.getPeersByOrgMap().entries() ?? [])];
  return Object.fromEntries(entries.map(([org, peers]) => [org, peers.getPeersList().map(endpointOf)]));
}

/** The layouts, each as the sorted MSP ids of its groups. */
function layoutsOf(result: discovery.QueryResult): string[] {
  const [descriptor] = result.getCcQueryRes()?.getContentList() ?? [];
  const orgOf = (group: string): string => {
    const [one] = descriptor?.getEndorsersByGroupsMap().get(group)?.getPeersList() ?? [];
    return one === undefined ? '' : network.ledger().msps.deserialize(one.getIdentity_asU8()).mspId;
  };
  return (descriptor?.getLayoutsList() ?? [])
    .map((layout) => {
      const groups = [...layout.getQuantitiesByGroupMap().entries()];
      return groups
        .map(([group, count]) => `${orgOf(group)}:${String(count)}`)
        .sort()
        .join(' ');
    })
    .sort();
}

describe('discovery.Discovery at a peer', () => {
  it('tells a channel’s peers by organisation: endpoint, height and chaincodes', async () => {
    const result = await ask(user, peerQuery('pair'));
    expect(endpointsByOrg(result)).toEqual({
      HospitalA: [network.endpoint('HospitalA'), network.endpoint('HospitalA', 1)],
      InsurerA: [network.endpoint('InsurerA')],
      // Known from another channel.
      HospitalB: [],
      LabA: [],
      InsurerB: [],
    });
    const [first] = result.getMembers()?.getPeersByOrgMap().get('HospitalA')?.getPeersList() ?? [];
    expect(first && stateOf(first)).toMatchObject({
      ledgerHeight: network.ledger('pair').height,
      chaincodesList: [{ name: CHAINCODE, version: '1.0' }],
    });
  });

  it('tells the MSPs and the orderers’ endpoints', async () => {
    const config = (await ask(user, configQuery())).getConfigResult();
    const msps = [...(config?.getMspsMap().entries() ?? [])];
    expect(msps.map(([id]) => id).sort()).toEqual([
      'HospitalA',
      'HospitalB',
      'InsurerA',
      'InsurerB',
      'LabA',
      'Orderer',
    ]);
    const own: msp.FabricMSPConfig | undefined = config?.getMspsMap().get('HospitalA');
    expect(own?.getRootCertsList()).toHaveLength(1);
    const [endpoint] = config?.getOrderersMap().get('Orderer')?.getEndpointList() ?? [];
    expect(`${endpoint?.getHost() ?? ''}:${String(endpoint?.getPort())}`).toBe(network.ordererEndpoint);
  });

  it('tells who can endorse by the policies of chaincode and collections', async () => {
    const plain = ['HospitalA:1 HospitalB:1', 'HospitalA:1 LabA:1', 'HospitalB:1 LabA:1'];
    expect(layoutsOf(await ask(user, endorsersQuery({ name: CHAINCODE })))).toEqual(plain);
    const claims = endorsersQuery({ name: CHAINCODE, collections: ['claims'] });
    expect(layoutsOf(await ask(user, claims))).toEqual(['HospitalA:1 InsurerA:1']);
    const implicit = endorsersQuery({ name: CHAINCODE, collections: ['_implicit_org_InsurerB'] });
    expect(layoutsOf(await ask(user, implicit))).toEqual(['InsurerB:1']);
    // Its endorsers are not all members: nobody can simulate what reads it, anybody what only writes it.
    const mixed = { name: CHAINCODE, collections: ['mixed'] };
    expect((await ask(user, endorsersQuery(mixed))).getError()?.getContent()).toBe(
      `failed constructing descriptor for chaincodes:{name:"${CHAINCODE}"}`,
    );
    expect(layoutsOf(await ask(user, endorsersQuery({ ...mixed, noReads: true })))).toEqual(plain);
  });

  it('says what it cannot answer', async () => {
    const errorOf = async (asked: discovery.Query) => (await ask(user, asked)).getError()?.getContent();
    expect(await errorOf(endorsersQuery({ name: 'nothing' }))).toBe(
      'failed constructing descriptor for chaincodes:{name:"nothing"}',
    );
    expect(await errorOf(endorsersQuery())).toBe('chaincode interest must contain at least one chaincode');
    expect(await errorOf(query(CHANNEL, () => undefined))).toBe('unknown or missing request type');
    expect(await errorOf(peerQuery('nowhere'))).toBe('access denied');
    await expect(send(new discovery.SignedRequest())).rejects.toMatchObject({
      details: 'access denied, no authentication info in request',
    });
  });

  it('answers writers of the channel, and of peers without a channel the organisation’s admins', async () => {
    const denied = async (signer: NodeSigner, asked: discovery.Query) =>
      (await ask(signer, asked)).getError()?.getContent();
    expect(await denied(await signerOf('LabA', 'client'), peerQuery('pair'))).toBe('access denied');
    expect(await denied(await signerOf('HospitalA', 'peer'), peerQuery(CHANNEL))).toBe('access denied');
    const forged = signedRequest(user, peerQuery(CHANNEL));
    forged.setSignature(Buffer.from('forged'));
    expect((await send(forged))[0]?.getError()?.getContent()).toBe('access denied');
    expect(await denied(user, localQuery())).toBe('access denied');
    const local = endpointsByOrg(await ask(await signerOf('HospitalA', 'admin'), localQuery()));
    expect(Object.keys(local).sort()).toEqual(['HospitalA', 'HospitalB', 'InsurerA', 'InsurerB', 'LabA']);
  });

  it('forgets a peer that is stopped', async () => {
    await network.network.peers.stop('peer0.LabA');
    try {
      expect(endpointsByOrg(await ask(user, peerQuery(CHANNEL)))).not.toHaveProperty('LabA');
      expect(layoutsOf(await ask(user, endorsersQuery({ name: CHAINCODE })))).toEqual([
        'HospitalA:1 HospitalB:1',
      ]);
    } finally {
      await network.network.peers.start('peer0.LabA');
    }
    expect(endpointsByOrg(await ask(user, peerQuery(CHANNEL)))).toHaveProperty('LabA');
  });
});
