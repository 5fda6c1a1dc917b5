import { peer } from '@hyperledger/fabric-protos';
import { describe, expect, it } from 'vitest';
import { evaluate, evaluateJson, newKey, submit } from '../harness/calls.js';
import { contractOf, firstPeer, gatewayOf, MAIN, org1, org2, org3 } from '../harness/clients.js';
import { changedProposal } from '../harness/drafts.js';
import { rawEvaluate } from '../harness/raw-calls.js';
import { refusal } from '../harness/refusals.js';
import { soon } from '../harness/soon.js';
import { ASSETS, SINGLE } from '../harness/standing-chaincodes.js';

const assets = contractOf(ASSETS);
const single = contractOf(SINGLE);
const own = firstPeer(org1);

describe('a client that evaluates', () => {
  it('gets what the chaincode returns', async () => {
    expect(await evaluate(assets, 'echo', 'a', 'b')).toBe('["a","b"]');
  });

  it('leaves nothing on the ledger', async () => {
    const key = newKey();
    await evaluate(assets, 'put', key, 'written');
    expect(await evaluate(assets, 'get', key)).toBe('');
  });

  it('gets an empty answer where the chaincode returns nothing', async () => {
    expect(await assets.evaluateTransaction('put', newKey(), 'x')).toHaveLength(0);
  });

  it('passes arguments and gets results as bytes, whatever they hold', async () => {
    const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
    expect(Buffer.from(await assets.evaluateTransaction('echoBytes', bytes))).toEqual(Buffer.from(bytes));
  });

  it('gets an answer of several megabytes', async () => {
    const size = 3 * 1024 * 1024;
    expect((await assets.evaluateTransaction('fill', String(size))).length).toBe(size);
  });

  it('hands transient data to the chaincode', async () => {
    const transientData = { a: Buffer.from([0, 255]), b: 'text' };
    expect(Buffer.from(await assets.evaluate('transient', { arguments: ['a'], transientData }))).toEqual(
      Buffer.from([0, 255]),
    );
    const names = await assets.evaluate('transientNames', { transientData });
    expect(Buffer.from(names).toString()).toBe('["a","b"]');
  });

  it('is told what the chaincode threw, and by which peer: UNKNOWN', async () => {
    const refused = await refusal(assets.evaluateTransaction('fail', 'no such asset'));
    expect(refused).toEqual({
      name: 'GatewayError',
      status: 'UNKNOWN',
      message: 'evaluate call to endorser returned error: chaincode response 500, no such asset',
      details: [
        { address: own.endpoint, mspId: org1.mspId, message: 'chaincode response 500, no such asset' },
      ],
    });
  });

  it('is refused with the status that the chaincode chose, from 400 on', async () => {
    const refused = await refusal(assets.evaluateTransaction('respond', '404', 'gone'));
    expect(refused.status).toBe('UNKNOWN');
    expect(refused.message).toBe('evaluate call to endorser returned error: chaincode response 404, gone');
  });

  it('gets the payload of a status below 400', async () => {
    expect(await evaluate(assets, 'respond', '399', 'nearly', 'payload')).toBe('payload');
  });

  it('is refused a chaincode that is not there: FAILED_PRECONDITION', async () => {
    const refused = await refusal(contractOf('nothing').evaluateTransaction('get', 'a'));
    expect(refused).toMatchObject({
      status: 'FAILED_PRECONDITION',
      message: `no peers available to evaluate chaincode nothing in channel ${MAIN}`,
      details: [],
    });
  });

  it('is refused a channel that is not there: UNAVAILABLE', async () => {
    const contract = gatewayOf(org1.identities.client).getNetwork('nowhere').getContract(ASSETS);
    const refused = await refusal(contract.evaluateTransaction('get', 'a'));
    expect(refused.status).toBe('UNAVAILABLE');
    expect(refused.message).toBe(
      'failed to get config for channel [nowhere]: could not get last config for channel nowhere',
    );
  });

  it('reaches the organisation that it names', async () => {
    const key = newKey();
    const collection = `_implicit_org_${org2.mspId}`;
    await assets.submit('putPrivateValue', {
      arguments: [collection, key, 'held by the second'],
      endorsingOrganizations: [org2.mspId],
    });
    const held = await assets.evaluate('getPrivate', {
      arguments: [collection, key],
      endorsingOrganizations: [org2.mspId],
    });
    expect(Buffer.from(held).toString()).toBe('held by the second');
  });

  it('is refused an organisation that is not there: FAILED_PRECONDITION', async () => {
    const refused = await refusal(
      assets.evaluate('get', { arguments: ['a'], endorsingOrganizations: ['NobodyMSP'] }),
    );
    expect(refused).toMatchObject({
      status: 'FAILED_PRECONDITION',
      message: `no peers available to evaluate chaincode ${ASSETS} in channel ${MAIN}`,
    });
  });

  it('may use the peer of another organisation', async () => {
    const contract = gatewayOf(org3.identities.client, own).getNetwork(MAIN).getContract(SINGLE);
    const { mspId } = await evaluateJson<{ mspId: string }>(contract, 'context');
    expect(mspId).toBe(org3.mspId);
  });

  it('sees at once what it saw committed, and soon at every peer', async () => {
    const key = newKey();
    await submit(single, 'put', key, 'everywhere');
    expect(await evaluate(single, 'get', key)).toBe('everywhere');
    for (const { identities } of [org2, org3]) {
      await soon(() => evaluate(contractOf(SINGLE, identities.client), 'get', key)).toBe('everywhere');
    }
  });

  it('needs a proposal: INVALID_ARGUMENT', async () => {
    expect(await refusal(rawEvaluate(undefined))).toMatchObject({
      status: 'INVALID_ARGUMENT',
      message: 'failed to unpack transaction proposal: a signed proposal is required',
    });
  });

  it('needs a proposal that can be decoded: INVALID_ARGUMENT', async () => {
    const garbage = new peer.SignedProposal();
    garbage.setProposalBytes(Buffer.from('ffffffff', 'hex'));
    const refused = await refusal(rawEvaluate(garbage));
    expect(refused.status).toBe('INVALID_ARGUMENT');
    expect(refused.message).toMatch(/^failed to unpack transaction proposal: error unmarshalling Proposal/);
  });

  it('may leave the SDK and send the same messages itself', async () => {
    const proposal = await changedProposal(assets, org1.identities.client, () => undefined, 'echo', {
      arguments: ['plain'],
    });
    const result = (await rawEvaluate(proposal)).getResult();
    expect(result?.getStatus()).toBe(200);
    expect(Buffer.from(result?.getPayload_asU8() ?? '').toString()).toBe('["plain"]');
  });
});
