import { createHash } from 'node:crypto';
import { EndorseError } from '@hyperledger/fabric-gateway';
import { peer } from '@hyperledger/fabric-protos';
import { describe, expect, it } from 'vitest';
import { evaluate, newKey, outcome, steps } from '../harness/calls.js';
import { contractOf, firstPeer, gatewayOf, MAIN, org1, org2, org3 } from '../harness/clients.js';
import { rawEndorse } from '../harness/raw-calls.js';
import { refusal } from '../harness/refusals.js';
import { ASSETS, EVERY, SINGLE } from '../harness/standing-chaincodes.js';
import {
  endorsersOf,
  isSignedBy,
  mspIdOf,
  openTransaction,
  preparedEnvelope,
  readWriteSets,
} from '../harness/transactions.js';

const assets = contractOf(ASSETS);
const ofSecond = contractOf(ASSETS, org2.identities.client);
const every = contractOf(EVERY);
const own = firstPeer(org1);
const FIRST_FAILED = 'failed to endorse transaction, see attached details for more info';
const COLLECT_FAILED =
  'failed to collect enough transaction endorsements, see attached details for more info';

describe('a client that asks for endorsement', () => {
  it('knows the transaction id before: the hash of nonce and creator', async () => {
    const proposal = assets.newProposal('put', { arguments: [newKey(), '1'] });
    const { signatureHeader, channelHeader } = openTransaction(preparedEnvelope(await proposal.endorse()));
    const hash = createHash('sha256')
      .update(signatureHeader.getNonce_asU8())
      .update(signatureHeader.getCreator_asU8())
      .digest('hex');
    expect(proposal.getTransactionId()).toBe(hash);
    expect(channelHeader.getTxId()).toBe(hash);
  });

  it('has the result before anything is on the ledger', async () => {
    const key = newKey();
    const transaction = await assets
      .newProposal('steps', { arguments: [steps(['put', key, 'later'], ['echo', 'result'])] })
      .endorse();
    expect(Buffer.from(transaction.getResult()).toString()).toBe('["result"]');
    expect(await evaluate(assets, 'get', key)).toBe('');
    expect((await outcome(await transaction.submit())).code).toBe('VALID');
    expect(await evaluate(assets, 'get', key)).toBe('later');
  });

  it('gets signatures of the endorsers over the same payload', async () => {
    const transaction = await every.newProposal('put', { arguments: [newKey(), '1'] }).endorse();
    const { actionPayload, endorsements } = openTransaction(preparedEnvelope(transaction));
    const payload = actionPayload.getAction()?.getProposalResponsePayload_asU8() ?? new Uint8Array();
    expect(endorsements).toHaveLength(3);
    for (const endorsement of endorsements) {
      const endorser = endorsement.getEndorser_asU8();
      const message = Buffer.concat([payload, endorser]);
      expect(isSignedBy(endorser, message, endorsement.getSignature_asU8()), mspIdOf(endorser)).toBe(true);
    }
  });

  it('gets the reads with their versions and the writes', async () => {
    const key = newKey();
    const { block } = await outcome(await assets.submitAsync('put', { arguments: [key, '1'] }));
    const transaction = await assets.newProposal('increment', { arguments: [key] }).endorse();
    const set = readWriteSets(openTransaction(preparedEnvelope(transaction)).chaincodeAction).get(ASSETS);
    expect(set?.getReadsList().map((read) => [read.getKey(), read.getVersion()?.getBlockNum()])).toEqual([
      [key, Number(block)],
    ]);
    expect(
      set?.getWritesList().map((write) => [write.getKey(), Buffer.from(write.getValue_asU8()).toString()]),
    ).toEqual([[key, '2']]);
  });

  it('gets the chaincode name and version, and the response, under the signatures', async () => {
    const transaction = await assets.newProposal('echo', { arguments: ['x'] }).endorse();
    const { chaincodeAction } = openTransaction(preparedEnvelope(transaction));
    expect(chaincodeAction.getChaincodeId()?.getName()).toBe(ASSETS);
    expect(chaincodeAction.getChaincodeId()?.getVersion()).toBe('1.0');
    expect(chaincodeAction.getResponse()?.getStatus()).toBe(200);
  });

  it('gets a transaction with the arguments, and without the transient data', async () => {
    const transaction = await assets
      .newProposal('echo', { arguments: ['for all to see'], transientData: { value: 'for few to see' } })
      .endorse();
    const bytes = Buffer.from(transaction.getBytes());
    expect(bytes.includes('for all to see')).toBe(true);
    expect(bytes.includes('for few to see')).toBe(false);
  });

  it('may submit a status below 400, with its message', async () => {
    const transaction = await assets.newProposal('respond', { arguments: ['299', 'fine', 'yes'] }).endorse();
    const { chaincodeAction } = openTransaction(preparedEnvelope(transaction));
    expect(chaincodeAction.getResponse()?.getStatus()).toBe(299);
    expect(chaincodeAction.getResponse()?.getMessage()).toBe('fine');
    expect(await outcome(await transaction.submit())).toMatchObject({ code: 'VALID', result: 'yes' });
  });

  it('is told what the chaincode threw, and by which peer: ABORTED', async () => {
    const proposal = ofSecond.newProposal('fail', { arguments: ['not like this'] });
    const failed = proposal.endorse();
    await expect(failed).rejects.toBeInstanceOf(EndorseError);
    await expect(failed).rejects.toMatchObject({ transactionId: proposal.getTransactionId() });
    expect(await refusal(failed)).toEqual({
      name: 'EndorseError',
      status: 'ABORTED',
      message: FIRST_FAILED,
      details: [
        {
          address: firstPeer(org2).endpoint,
          mspId: org2.mspId,
          message: 'chaincode response 500, not like this',
        },
      ],
    });
  });

  it('is refused with the status that the chaincode chose, from 400 on', async () => {
    const refused = await refusal(ofSecond.submitTransaction('respond', '409', 'taken'));
    expect(refused.details.map(({ message }) => message)).toEqual(['chaincode response 409, taken']);
  });

  it('is refused where two endorsers do not agree: ABORTED', async () => {
    const refused = await refusal(every.submitTransaction('random', newKey()));
    expect(refused).toMatchObject({ status: 'ABORTED', message: COLLECT_FAILED });
    expect(refused.details.length).toBeGreaterThan(0);
    for (const { address, mspId, message } of refused.details) {
      const blamed = [org2, org3].find((organisation) => organisation.mspId === mspId);
      expect(address).toBe(blamed && firstPeer(blamed).endpoint);
      expect(message).toBe('ProposalResponsePayloads do not match');
    }
  });

  it('is refused a chaincode that is not there: FAILED_PRECONDITION', async () => {
    const refused = await refusal(contractOf('nothing').submitTransaction('put', 'a', '1'));
    expect(refused).toMatchObject({
      status: 'FAILED_PRECONDITION',
      message:
        'no combination of peers can be derived which satisfy the endorsement policy: ' +
        `No metadata was found for chaincode nothing in channel ${MAIN}`,
    });
  });

  it('is refused a chaincode that is not there where it names organisations: UNAVAILABLE', async () => {
    const refused = await refusal(
      contractOf('nothing').submit('put', {
        arguments: ['a', '1'],
        endorsingOrganizations: [org1.mspId, org2.mspId],
      }),
    );
    expect(refused).toMatchObject({
      status: 'UNAVAILABLE',
      message: `failed to find any endorsing peers for org(s): ${org1.mspId}, ${org2.mspId}`,
    });
  });

  it('is refused an organisation that is not there: UNAVAILABLE', async () => {
    const refused = await refusal(
      assets.submit('put', { arguments: ['a', '1'], endorsingOrganizations: [org1.mspId, 'NobodyMSP'] }),
    );
    expect(refused).toMatchObject({
      status: 'UNAVAILABLE',
      message: 'failed to find any endorsing peers for org(s): NobodyMSP',
    });
  });

  it('needs a proposal: INVALID_ARGUMENT', async () => {
    expect(await refusal(rawEndorse(undefined))).toMatchObject({
      status: 'INVALID_ARGUMENT',
      message: 'the proposed transaction must contain a signed proposal',
    });
  });

  it('needs a proposal that can be decoded: INVALID_ARGUMENT', async () => {
    const garbage = new peer.SignedProposal();
    garbage.setProposalBytes(Buffer.from('ffffffff', 'hex'));
    const refused = await refusal(rawEndorse(garbage));
    expect(refused.status).toBe('INVALID_ARGUMENT');
    expect(refused.message).toMatch(/^error unmarshalling Proposal/);
  });

  it('may use the gateway of another organisation, whose peer endorses first', async () => {
    const contract = gatewayOf(org3.identities.client, own).getNetwork(MAIN).getContract(SINGLE);
    const transaction = await contract.newProposal('put', { arguments: [newKey(), '1'] }).endorse();
    expect(endorsersOf(transaction)).toEqual([org1.mspId]);
    expect((await outcome(await transaction.submit())).code).toBe('VALID');
  });
});
