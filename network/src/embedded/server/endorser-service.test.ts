import type { ServiceError } from '@grpc/grpc-js';
import { peer } from '@hyperledger/fabric-protos';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { nodeSigner } from '../identity/index.js';
import type { NodeSigner } from '../parts.js';
import { signedProposal } from '../testing/proposals.js';
import { CHAINCODE, CHANNEL, TestNetwork, type Org } from '../testing/test-network.js';

let network: TestNetwork;
let client: peer.EndorserClient;
let user: NodeSigner;

beforeAll(async () => {
  network = await TestNetwork.start();
  client = new peer.EndorserClient(network.endpoint('HospitalA'), network.tlsCredentials);
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

function process(signed: peer.SignedProposal): Promise<peer.ProposalResponse> {
  return new Promise((resolve, reject) => {
    client.processProposal(signed, (error: ServiceError | null, response = new peer.ProposalResponse()) => {
      if (error === null) resolve(response);
      else reject(error);
    });
  });
}

describe('protos.Endorser at a peer', () => {
  it('endorses: response, signed payload, and whom else to ask', async () => {
    const answer = await process(signedProposal(user, CHANNEL, CHAINCODE, 'put', 'key', 'value'));
    expect(answer.getResponse()?.getStatus()).toBe(200);
    const endorsement = answer.getEndorsement();
    const endorser = endorsement?.getEndorser_asU8() ?? new Uint8Array();
    const identity = network.ledger().msps.deserialize(endorser);
    expect(identity.mspId).toBe('HospitalA');
    const message = Buffer.concat([answer.getPayload_asU8(), endorser]);
    expect(identity.verify(message, endorsement?.getSignature_asU8() ?? new Uint8Array())).toBe(true);
    const [call] = answer.getInterest()?.getChaincodesList() ?? [];
    expect(call?.toObject()).toMatchObject({
      name: CHAINCODE,
      collectionNamesList: [],
      disregardNamespacePolicy: false,
    });
  });

  it('answers lscc, which Fabric has dropped, as a Fabric peer does', async () => {
    for (const [channel, creator] of [
      [CHANNEL, user],
      ['', await signerOf('HospitalA', 'admin')],
    ] as const) {
      const answer = await process(signedProposal(creator, channel, 'lscc', 'getchaincodes'));
      expect(answer.getResponse()?.toObject()).toMatchObject({
        status: 500,
        message: expect.stringMatching(
          /^error in simulation: failed to execute transaction [0-9a-f]{64}: could not launch chaincode lscc\.syscc: /,
        ) as string,
      });
      expect(answer.getEndorsement()).toBeUndefined();
    }
  });

  it('names the collections that a transaction read and wrote in its interest', async () => {
    const answer = await process(signedProposal(user, CHANNEL, CHAINCODE, 'getPrivate', 'care', 'nothing'));
    const calls =
      answer
        .getInterest()
        ?.getChaincodesList()
        .map((call) => call.toObject()) ?? [];
    expect(calls).toContainEqual(
      expect.objectContaining({ name: CHAINCODE, collectionNamesList: ['care'], noPrivateReads: false }),
    );
  });

  it('tells what the chaincode refuses in the response', async () => {
    const answer = await process(signedProposal(user, CHANNEL, CHAINCODE, 'fail'));
    expect(answer.getResponse()?.toObject()).toMatchObject({
      status: 500,
      message: 'MEDACCORD:REFUSED:as asked',
    });
    expect(answer.hasEndorsement()).toBe(false);
    const none = await process(signedProposal(user, CHANNEL, 'nothing', 'x'));
    expect(none.getResponse()?.getStatus()).toBe(500);
    expect(none.getResponse()?.getMessage()).toContain(
      `make sure the chaincode nothing has been successfully defined on channel ${CHANNEL} and try again`,
    );
    const elsewhere = await process(signedProposal(user, 'nowhere', CHAINCODE, 'get', 'key'));
    expect(elsewhere.getResponse()?.toObject()).toMatchObject({
      status: 500,
      message: "channel 'nowhere' not found",
    });
  });

  it('fails the call where the proposal itself is refused', async () => {
    const forged = signedProposal(user, CHANNEL, CHAINCODE, 'get', 'key');
    forged.setSignature(Buffer.alloc(70, 1));
    await expect(process(forged)).rejects.toMatchObject({
      code: 2,
      details: `error validating proposal: access denied: channel [${CHANNEL}] creator org [HospitalA]`,
    });
    const noWriter = signedProposal(await signerOf('HospitalA', 'peer'), CHANNEL, CHAINCODE, 'get', 'key');
    await expect(process(noWriter)).rejects.toMatchObject({
      code: 2,
      details: expect.stringContaining('with policy [/Channel/Application/Writers]'),
    });
    const empty = new peer.SignedProposal();
    await expect(process(empty)).rejects.toMatchObject({ code: 2 });
  });

  it('answers proposals without a channel, of its own organisation alone and unsigned', async () => {
    const answer = await process(signedProposal(user, '', 'cscc', 'GetChannels'));
    const channels = peer.ChannelQueryResponse.deserializeBinary(
      answer.getResponse()?.getPayload_asU8() ?? new Uint8Array(),
    );
    expect(channels.getChannelsList().map((channel) => channel.getChannelId())).toEqual([CHANNEL]);
    expect(answer.hasEndorsement()).toBe(false);
    const stranger = signedProposal(await signerOf('LabA', 'client'), '', 'cscc', 'GetChannels');
    await expect(process(stranger)).rejects.toMatchObject({
      details:
        'error validating proposal: access denied: channel [] creator org unknown, creator is malformed',
    });
    const chaincode = await process(signedProposal(user, '', CHAINCODE, 'get', 'key'));
    expect(chaincode.getResponse()?.getStatus()).toBe(500);
  });

  it('is told by an admin alone what is installed', async () => {
    const query = 'QueryInstalledChaincodes';
    const refused = await process(signedProposal(user, '', '_lifecycle', query, ''));
    expect(refused.getResponse()?.getStatus()).toBe(500);
    const admin = await signerOf('HospitalA', 'admin');
    const told = await process(signedProposal(admin, '', '_lifecycle', query, ''));
    expect(told.getResponse()?.getStatus()).toBe(200);
  });
});
