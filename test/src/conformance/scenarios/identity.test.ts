import { peer } from '@hyperledger/fabric-protos';
import { describe, expect, it } from 'vitest';
import { evaluateJson, newKey, submit } from '../harness/calls.js';
import {
  contractOf,
  firstPeer,
  gatewayOf,
  MAIN,
  network,
  org1,
  org2,
  org3,
  serialized,
} from '../harness/clients.js';
import { changedProposal, transactionIdOf, type ProposalDraft } from '../harness/drafts.js';
import { highS } from '../harness/high-s.js';
import { rawEndorse, rawEvaluate } from '../harness/raw-calls.js';
import { refusal, type Refusal } from '../harness/refusals.js';
import { SINGLE } from '../harness/standing-chaincodes.js';
import type { NetworkIdentity } from '../network.js';

/** All of them are at the peer of the second organisation, which has one. */
const { client, otherClient, admin, endorser, expired, revoked, unclassified, foreign } = org2.identities;
const single = contractOf(SINGLE, client);
const own = firstPeer(org2);
const MSP_IDS = new Set(network.organisations.map(({ mspId }) => mspId));

const DENIED = `error validating proposal: access denied: channel [${MAIN}] creator org [${org2.mspId}]`;
const MALFORMED = `error validating proposal: access denied: channel [${MAIN}] creator org unknown, creator is malformed`;
const NO_WRITER =
  `Failed evaluating policy on signed data during check policy on channel [${MAIN}] with policy ` +
  '[/Channel/Application/Writers]: [implicit policy evaluation failed - 0 sub-policies were satisfied, but ' +
  "this policy requires 1 of the 'Writers' sub-policies to be satisfied]";

/** A refusal by the gateway's own peer, which no other peer would answer otherwise. */
function refusedEvaluate(message: string): Refusal {
  return {
    name: expect.any(String) as string,
    status: 'FAILED_PRECONDITION',
    message: `evaluate call to endorser returned error: ${message}`,
    details: expect.anything() as Refusal['details'],
  };
}

function refusedEndorse(message: string) {
  return {
    status: 'ABORTED',
    message: 'failed to endorse transaction, see attached details for more info',
    details: [{ address: own.endpoint, mspId: org2.mspId, message }],
  };
}

async function expectRefused(identity: NetworkIdentity, message: string): Promise<void> {
  const contract = gatewayOf(identity, own).getNetwork(MAIN).getContract(SINGLE);
  expect(await refusal(contract.evaluateTransaction('echo'))).toEqual(refusedEvaluate(message));
  expect(await refusal(contract.submitTransaction('put', newKey(), '1'))).toMatchObject(
    refusedEndorse(message),
  );
}

/** As `expectRefused`, for a proposal of the client that was changed before it was signed. */
async function expectChangeRefused(change: (draft: ProposalDraft) => void, message: string | RegExp) {
  const proposal = await changedProposal(single, client, change);
  const evaluated = await refusal(rawEvaluate(proposal, own));
  expect(evaluated.status).toBe('FAILED_PRECONDITION');
  expect(evaluated.message).toMatch(message);
  expect((await refusal(rawEndorse(proposal, own))).status).toBe('ABORTED');
}

describe('an identity', () => {
  it('is told to the chaincode as certificate and MSP id', async () => {
    for (const identity of [client, otherClient, admin, org1.identities.client]) {
      const context = await evaluateJson<{ mspId: string; certificate: string }>(
        contractOf(SINGLE, identity),
        'context',
      );
      expect(context).toMatchObject({ mspId: identity.mspId, certificate: identity.certificate });
    }
  });

  it('may submit as client and as admin', async () => {
    for (const identity of [client, admin]) {
      expect((await submit(contractOf(SINGLE, identity), 'put', newKey(), '1')).code).toBe('VALID');
    }
  });

  it('may not propose as peer: only clients and admins are writers', async () => {
    await expectRefused(endorser, NO_WRITER);
  });

  it('is refused where its certificate comes from an unknown authority', async () => {
    await expectRefused(foreign, MALFORMED);
  });

  it("is refused where its certificate comes from another organisation's authority", async () => {
    await expectRefused({ ...org1.identities.client, mspId: org2.mspId }, MALFORMED);
  });

  it('is refused where its MSP is not of the channel', async () => {
    await expectRefused({ ...client, mspId: 'NobodyMSP' }, MALFORMED);
  });

  it('is refused where its certificate is none', async () => {
    const proposal = await changedProposal(single, client, ({ channelHeader, signatureHeader }) => {
      signatureHeader.setCreator(serialized({ ...client, certificate: 'no certificate' }));
      channelHeader.setTxId(transactionIdOf(signatureHeader));
    });
    expect(await refusal(rawEvaluate(proposal, own))).toMatchObject(refusedEvaluate(MALFORMED));
  });

  it('is refused where it is revoked', async () => {
    await expectRefused(revoked, DENIED);
  });

  it('is refused where it has no node OU', async () => {
    await expectRefused(unclassified, DENIED);
  });

  it('is refused by every peer where it has expired: UNAVAILABLE', async () => {
    const contract = gatewayOf(expired, own).getNetwork(MAIN).getContract(SINGLE);
    const refused = await refusal(contract.evaluateTransaction('echo'));
    expect(refused).toMatchObject({
      status: 'UNAVAILABLE',
      message: 'failed to evaluate transaction, see attached details for more info',
    });
    expect(refused.details[0]).toEqual({
      address: own.endpoint,
      mspId: org2.mspId,
      message: 'proposal client identity expired',
    });
    expect(refused.details.slice(1).map(({ message }) => message)).toContain(
      'rpc error: code = Unknown desc = proposal client identity expired',
    );
    expect(new Set(refused.details.map(({ mspId }) => mspId))).toEqual(MSP_IDS);
    const endorsed = await refusal(contract.submitTransaction('put', newKey(), '1'));
    expect(endorsed.status).toBe('ABORTED');
    expect(endorsed.details[0]?.message).toBe('proposal client identity expired');
  });

  it('is refused on a channel that its organisation is no member of', async () => {
    const { second } = network.channels;
    const contract = gatewayOf(org3.identities.client, own).getNetwork(second).getContract(SINGLE);
    expect(await refusal(contract.evaluateTransaction('echo'))).toMatchObject({
      status: 'FAILED_PRECONDITION',
      message:
        'evaluate call to endorser returned error: error validating proposal: ' +
        `access denied: channel [${second}] creator org unknown, creator is malformed`,
    });
  });
});

describe('a proposal', () => {
  it('is refused under the signature of another', async () => {
    const proposal = await changedProposal(single, otherClient, () => undefined, 'echo');
    expect(await refusal(rawEvaluate(proposal, own))).toEqual(refusedEvaluate(DENIED));
    expect(await refusal(rawEndorse(proposal, own))).toMatchObject({ status: 'ABORTED' });
  });

  it('is refused where it was changed after signing', async () => {
    const proposal = await changedProposal(single, client, () => undefined);
    const later = await changedProposal(single, client, () => undefined);
    proposal.setProposalBytes(later.getProposalBytes_asU8());
    expect(await refusal(rawEvaluate(proposal, own))).toEqual(refusedEvaluate(DENIED));
  });

  it('is refused without a signature', async () => {
    const proposal = await changedProposal(single, client, () => undefined);
    proposal.setSignature(new Uint8Array());
    expect(await refusal(rawEvaluate(proposal, own))).toEqual(
      refusedEvaluate('error validating proposal: empty signature bytes'),
    );
  });

  it('is refused where the signature has a high S, which is the same signature in another form', async () => {
    const proposal = await changedProposal(single, client, () => undefined);
    proposal.setSignature(highS(proposal.getSignature_asU8()));
    expect(await refusal(rawEvaluate(proposal, own))).toEqual(refusedEvaluate(DENIED));
  });

  it('is refused where the transaction id is not the hash of nonce and creator', async () => {
    const made = '0'.repeat(64);
    await expectChangeRefused(
      ({ channelHeader }) => {
        channelHeader.setTxId(made);
      },
      new RegExp(
        `error validating proposal: incorrectly computed txid '${made}' -- expected '[0-9a-f]{64}'$`,
      ),
    );
  });

  it('is refused without a nonce', async () => {
    await expectChangeRefused(
      ({ signatureHeader }) => signatureHeader.setNonce(new Uint8Array()),
      /error validating proposal: nonce is empty$/,
    );
  });

  it('is refused without a creator', async () => {
    await expectChangeRefused(
      ({ signatureHeader }) => signatureHeader.setCreator(new Uint8Array()),
      /error validating proposal: creator is empty$/,
    );
  });

  it('is refused where its type is no endorser transaction', async () => {
    await expectChangeRefused(
      ({ channelHeader }) => channelHeader.setType(2),
      /error validating proposal: invalid header type CONFIG_UPDATE$/,
    );
  });

  it('is refused where its epoch is not 0', async () => {
    await expectChangeRefused(
      ({ channelHeader }) => channelHeader.setEpoch(1),
      /error validating proposal: epoch is non-zero$/,
    );
  });

  it('is refused where its header names no chaincode', async () => {
    await expectChangeRefused(({ channelHeader }) => {
      channelHeader.setExtension$(new peer.ChaincodeHeaderExtension().serializeBinary());
    }, /ChaincodeHeaderExtension\.ChaincodeId is nil$/);
  });

  it.each([-16, 16])('is refused by every peer where it is dated %d minutes off', async (minutes) => {
    const proposal = await changedProposal(single, client, ({ channelHeader }) => {
      move(channelHeader, minutes);
    });
    const refused = await refusal(rawEvaluate(proposal, own));
    expect(refused).toMatchObject({
      status: 'UNAVAILABLE',
      message: 'failed to evaluate transaction, see attached details for more info',
    });
    expect((await refusal(rawEndorse(proposal, own))).status).toBe('ABORTED');
  });

  it.each([-14, 14])('is taken where it is dated %d minutes off', async (minutes) => {
    const proposal = await changedProposal(single, client, ({ channelHeader }) => {
      move(channelHeader, minutes);
    });
    expect((await rawEvaluate(proposal, own)).getResult()?.getStatus()).toBe(200);
  });

  it('is refused once its transaction is on the ledger', async () => {
    const proposal = single.newProposal('put', { arguments: [newKey(), '1'] });
    const transaction = await proposal.endorse();
    await (await transaction.submit()).getStatus();
    const creator = Buffer.from(serialized(client)).toString('hex');
    const message = `duplicate transaction found [${proposal.getTransactionId()}]. Creator [${creator}]`;
    expect(await refusal(proposal.endorse())).toMatchObject(refusedEndorse(message));
    expect(await refusal(proposal.evaluate())).toEqual(refusedEvaluate(message));
  });

  it('may be endorsed again before that, with the same result', async () => {
    const proposal = single.newProposal('put', { arguments: [newKey(), '1'] });
    await proposal.endorse();
    const transaction = await proposal.endorse();
    expect((await (await transaction.submit()).getStatus()).successful).toBe(true);
  });
});

function move(header: ProposalDraft['channelHeader'], minutes: number): void {
  const timestamp = header.getTimestamp();
  timestamp?.setSeconds(timestamp.getSeconds() + minutes * 60);
  header.setTimestamp(timestamp);
}
