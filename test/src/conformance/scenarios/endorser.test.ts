import { common, peer } from '@hyperledger/fabric-protos';
import { describe, expect, it } from 'vitest';
import { evaluate, newKey, steps, textOf } from '../harness/calls.js';
import { contractOf, firstPeer, network, org1, org2, org3, signAs } from '../harness/clients.js';
import { draftProposal, headerOf, signProposal, type ProposalDraft } from '../harness/drafts.js';
import { committed } from '../harness/made-transactions.js';
import { broadcast, processProposal } from '../harness/node-streams.js';
import { refusal } from '../harness/refusals.js';
import { ASSETS, EVERY, SINGLE } from '../harness/standing-chaincodes.js';
import { isSignedBy, mspIdOf, openTransaction, readWriteSets } from '../harness/transactions.js';
import type { NetworkNode } from '../network.js';

const { client, otherClient, foreign } = org1.identities;
const own = firstPeer(org1);

async function proposed(
  chaincode: string,
  name: string,
  ...args: string[]
): Promise<{ draft: ProposalDraft; signed: peer.SignedProposal }> {
  const draft = draftProposal(contractOf(chaincode), name, { arguments: args });
  return { draft, signed: await signProposal(draft, client) };
}

describe("a peer's endorser service", () => {
  it('answers with its own signature over the result', async () => {
    const { signed } = await proposed(SINGLE, 'echo', 'a');
    for (const { mspId, peers } of network.organisations) {
      const response = await processProposal(peers[0] as NetworkNode, signed);
      expect(response.getResponse()?.getStatus()).toBe(200);
      expect(textOf(response.getResponse()?.getPayload_asU8() ?? new Uint8Array())).toBe('["a"]');
      const endorsement = response.getEndorsement();
      const identity = endorsement?.getEndorser_asU8() ?? new Uint8Array();
      expect(mspIdOf(identity)).toBe(mspId);
      const message = Buffer.concat([response.getPayload_asU8(), identity]);
      expect(isSignedBy(identity, message, endorsement?.getSignature_asU8() ?? new Uint8Array())).toBe(true);
    }
  });

  it('says which chaincodes and collections a transaction touches', async () => {
    const { signed } = await proposed(SINGLE, 'invoke', EVERY, '', 'put', newKey(), '1');
    const interest = (await processProposal(own, signed)).getInterest();
    const names = interest?.getChaincodesList().map((call) => call.getName());
    // The invoked one has neither read nor written.
    expect(names).toEqual([EVERY]);
  });

  it('does not sign what the chaincode refuses', async () => {
    const { signed } = await proposed(SINGLE, 'fail', 'not like this');
    const response = await processProposal(own, signed);
    expect(response.getResponse()?.getStatus()).toBe(500);
    expect(response.getResponse()?.getMessage()).toBe('not like this');
    expect(response.getEndorsement()).toBeUndefined();
  });

  it('shows what was simulated, and whom it would need, where the chaincode fails: 500 and more', async () => {
    const key = newKey();
    const { draft, signed } = await proposed(SINGLE, 'steps', steps(['put', key, '1'], ['fail', 'too late']));
    const response = await processProposal(own, signed);
    expect(response.getResponse()?.getStatus()).toBe(500);
    expect(response.getEndorsement()).toBeUndefined();
    expect(response.getVersion()).toBe(0);
    const { chaincodeAction } = openTransaction(await assemble(draft, [response]));
    expect(chaincodeAction.getResponse()?.getMessage()).toBe('too late');
    expect(chaincodeAction.getChaincodeId()?.toObject()).toMatchObject({ name: SINGLE, version: '1.0' });
    expect(chaincodeAction.getEvents_asU8()).toHaveLength(0);
    const writes = readWriteSets(chaincodeAction).get(SINGLE)?.getWritesList();
    expect(writes?.map((write) => write.getKey())).toEqual([key]);
    expect(
      response
        .getInterest()
        ?.getChaincodesList()
        .map((call) => call.getName()),
    ).toEqual([SINGLE]);
  });

  it('gives the response alone, whole, where the chaincode refuses: 400 to 499', async () => {
    for (const status of [400, 499]) {
      const { signed } = await proposed(SINGLE, 'respond', String(status), 'not you', 'because');
      const response = await processProposal(own, signed);
      expect(response.getResponse()?.toObject()).toEqual({
        status,
        message: 'not you',
        payload: Buffer.from('because').toString('base64'),
      });
      expect(response.getEndorsement()).toBeUndefined();
      expect(response.getPayload_asU8()).toHaveLength(0);
      expect(response.getInterest()).toBeUndefined();
    }
  });

  it('endorses what the chaincode answers below 400', async () => {
    const { signed } = await proposed(SINGLE, 'respond', '399', 'if you must', '');
    const response = await processProposal(own, signed);
    expect(response.getResponse()?.getStatus()).toBe(399);
    expect(response.hasEndorsement()).toBe(true);
    expect(response.getVersion()).toBe(1);
  });

  it('shows the payload of a failed call without a channel too, and nobody to ask', async () => {
    const draft = draftProposal(contractOf('cscc'), 'no such function');
    draft.channelHeader.setChannelId('');
    const response = await processProposal(own, await signProposal(draft, client));
    expect(response.getResponse()?.getStatus()).toBe(500);
    expect(response.getPayload_asU8().length).toBeGreaterThan(0);
    expect(response.getInterest()).toBeUndefined();
  });

  it('answers 500 for a chaincode that is not there', async () => {
    const { signed } = await proposed('nothing', 'get', 'a');
    const response = await processProposal(own, signed);
    expect(response.getResponse()?.getStatus()).toBe(500);
    expect(response.getResponse()?.getMessage()).toBe(
      `make sure the chaincode nothing has been successfully defined on channel ${network.channels.main} and try ` +
        'again: chaincode nothing not found',
    );
  });

  it('answers 500 for a channel that is not there', async () => {
    const { draft } = await proposed(SINGLE, 'echo');
    draft.channelHeader.setChannelId('nowhere');
    const response = await processProposal(own, await signProposal(draft, client));
    expect(response.getResponse()?.getStatus()).toBe(500);
    expect(response.getResponse()?.getMessage()).toBe("channel 'nowhere' not found");
  });

  it('fails the call of a proposal that is not in order: UNKNOWN', async () => {
    const { draft } = await proposed(SINGLE, 'echo');
    const byAnother = await refusal(processProposal(own, await signProposal(draft, otherClient)));
    expect(byAnother).toMatchObject({
      status: 'UNKNOWN',
      message: `error validating proposal: access denied: channel [${network.channels.main}] creator org [${org1.mspId}]`,
    });
    const stranger = draftProposal(contractOf(SINGLE, foreign), 'echo');
    expect((await refusal(processProposal(own, await signProposal(stranger, foreign)))).status).toBe(
      'UNKNOWN',
    );
  });

  it('gives a client what it needs to make a transaction by itself', async () => {
    const key = newKey();
    const { draft, signed } = await proposed(ASSETS, 'put', key, 'without the gateway');
    const responses = await Promise.all(
      [org1, org3].map((organisation) => processProposal(firstPeer(organisation), signed)),
    );
    const envelope = await assemble(draft, responses);
    const [orderer] = network.orderers as [NetworkNode];
    expect(await broadcast(orderer, [envelope])).toEqual([{ status: 'SUCCESS', info: '' }]);
    expect((await committed(draft.channelHeader.getTxId())).code).toBe('VALID');
    expect(await evaluate(contractOf(ASSETS, org2.identities.client), 'get', key)).toBe(
      'without the gateway',
    );
  });
});

/** The envelope of a proposal and the endorsements of it, as older SDKs make it. */
async function assemble(
  draft: ProposalDraft,
  responses: readonly peer.ProposalResponse[],
): Promise<common.Envelope> {
  const endorsed = new peer.ChaincodeEndorsedAction();
  endorsed.setProposalResponsePayload(responses[0]?.getPayload_asU8() ?? new Uint8Array());
  endorsed.setEndorsementsList(responses.flatMap((response) => response.getEndorsement() ?? []));
  const actionPayload = new peer.ChaincodeActionPayload();
  actionPayload.setChaincodeProposalPayload(draft.payload.serializeBinary());
  actionPayload.setAction(endorsed);
  const header = headerOf(draft);
  const action = new peer.TransactionAction();
  action.setHeader(header.getSignatureHeader_asU8());
  action.setPayload(actionPayload.serializeBinary());
  const transaction = new peer.Transaction();
  transaction.setActionsList([action]);
  const payload = new common.Payload();
  payload.setHeader(header);
  payload.setData(transaction.serializeBinary());
  const envelope = new common.Envelope();
  envelope.setPayload(payload.serializeBinary());
  envelope.setSignature(await signAs(client, envelope.getPayload_asU8()));
  return envelope;
}
