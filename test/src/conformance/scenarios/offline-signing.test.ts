import { createHash } from 'node:crypto';
import { hash } from '@hyperledger/fabric-gateway';
import { describe, expect, it } from 'vitest';
import { codeName, evaluate, newKey, textOf } from '../harness/calls.js';
import { contractOf, firstPeer, gatewayOf, MAIN, org1, signAs } from '../harness/clients.js';
import { refusal } from '../harness/refusals.js';
import { ASSETS, SINGLE } from '../harness/standing-chaincodes.js';

const { client, otherClient } = org1.identities;

/** A gateway that has no key: whatever is to be signed goes out as bytes and comes back with a signature. */
const keyless = gatewayOf(client, firstPeer(org1), { signer: undefined, hash: hash.none });
const contract = keyless.getNetwork(MAIN).getContract(ASSETS);

describe('a gateway without a key', () => {
  it('evaluates a proposal that was signed elsewhere', async () => {
    const unsigned = contract.newProposal('echo', { arguments: ['signed elsewhere'] });
    const signature = await signAs(client, unsigned.getDigest());
    const signed = keyless.newSignedProposal(unsigned.getBytes(), signature);
    expect(textOf(await signed.evaluate())).toBe('["signed elsewhere"]');
  });

  it('endorses, submits and asks for the status, each signed elsewhere', async () => {
    const key = newKey();
    const unsignedProposal = contract.newProposal('put', { arguments: [key, 'offline'] });
    const proposal = keyless.newSignedProposal(
      unsignedProposal.getBytes(),
      await signAs(client, unsignedProposal.getDigest()),
    );
    const unsignedTransaction = await proposal.endorse();
    const transaction = keyless.newSignedTransaction(
      unsignedTransaction.getBytes(),
      await signAs(client, unsignedTransaction.getDigest()),
    );
    const unsignedCommit = await transaction.submit();
    const commit = keyless.newSignedCommit(
      unsignedCommit.getBytes(),
      await signAs(client, unsignedCommit.getDigest()),
    );
    const status = await commit.getStatus();
    expect(codeName(status.code)).toBe('VALID');
    expect(status.transactionId).toBe(unsignedProposal.getTransactionId());
    expect(await evaluate(contractOf(ASSETS), 'get', key)).toBe('offline');
  });

  it('may hand the bytes of each step to another process', async () => {
    const gateway = gatewayOf(client);
    const made = gateway
      .getNetwork(MAIN)
      .getContract(SINGLE)
      .newProposal('put', { arguments: [newKey(), '1'] });
    const proposal = gateway.newProposal(made.getBytes());
    expect(proposal.getTransactionId()).toBe(made.getTransactionId());
    const transaction = gateway.newTransaction((await proposal.endorse()).getBytes());
    expect(transaction.getTransactionId()).toBe(made.getTransactionId());
    const commit = gateway.newCommit((await transaction.submit()).getBytes());
    expect(codeName((await commit.getStatus()).code)).toBe('VALID');
  });

  it('is refused a proposal under the signature of another', async () => {
    const unsigned = contract.newProposal('echo');
    const signed = keyless.newSignedProposal(
      unsigned.getBytes(),
      await signAs(otherClient, unsigned.getDigest()),
    );
    const refused = await refusal(signed.evaluate());
    expect(refused).toMatchObject({
      status: 'FAILED_PRECONDITION',
      message:
        'evaluate call to endorser returned error: error validating proposal: ' +
        `access denied: channel [${MAIN}] creator org [${org1.mspId}]`,
    });
  });

  it('is refused a proposal under a signature of other bytes', async () => {
    const unsigned = contract.newProposal('put', { arguments: [newKey(), '1'] });
    const other = contract.newProposal('put', { arguments: [newKey(), '1'] });
    const signed = keyless.newSignedProposal(unsigned.getBytes(), await signAs(client, other.getDigest()));
    expect((await refusal(signed.endorse())).status).toBe('ABORTED');
  });

  it('is refused a status under the signature of another: PERMISSION_DENIED', async () => {
    const submitted = await contractOf(SINGLE).submitAsync('put', { arguments: [newKey(), '1'] });
    await submitted.getStatus();
    const commit = keyless.newSignedCommit(
      submitted.getBytes(),
      await signAs(otherClient, submitted.getDigest()),
    );
    expect((await refusal(commit.getStatus())).status).toBe('PERMISSION_DENIED');
  });

  it('gives what to sign as digest where the connection hashes', async () => {
    const gateway = gatewayOf(client);
    const proposal = gateway.getNetwork(MAIN).getContract(SINGLE).newProposal('echo');
    const unhashed = gatewayOf(client, firstPeer(org1), { hash: hash.none }).newProposal(proposal.getBytes());
    expect(Buffer.from(proposal.getDigest())).toEqual(
      createHash('sha256').update(unhashed.getDigest()).digest(),
    );
  });
});
