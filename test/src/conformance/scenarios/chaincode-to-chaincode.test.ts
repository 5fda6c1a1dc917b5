import { describe, expect, it } from 'vitest';
import { evaluate, evaluateJson, newKey, steps, submit, submitWith } from '../harness/calls.js';
import { channelOf, contractOf, MAIN, network, org1, org2, org3 } from '../harness/clients.js';
import { refusal } from '../harness/refusals.js';
import { ASSETS, CHOICE, EVERY, SINGLE } from '../harness/standing-chaincodes.js';

const { client } = org1.identities;
const single = contractOf(SINGLE);
const choice = contractOf(CHOICE);
const SECOND = network.channels.second;

interface Called {
  status: number;
  message?: string;
  payload: string;
}
const call = (chaincode: string, channel: string, ...args: string[]): Promise<Called> =>
  evaluateJson(single, 'invoke', chaincode, channel, ...args);

/** What the calling chaincode threw. */
async function thrown(chaincode: string, channel: string, ...args: string[]): Promise<string> {
  const { message } = await refusal(single.evaluateTransaction('invoke', chaincode, channel, ...args));
  return message.replaceAll(/[0-9a-f]{64}/g, '<id>');
}

describe('a chaincode that calls another', () => {
  it('gets its answer', async () => {
    expect(await call(CHOICE, '', 'echo', 'a')).toMatchObject({ status: 200, payload: '["a"]' });
    expect(await call(CHOICE, MAIN, 'echo', 'b')).toMatchObject({ status: 200, payload: '["b"]' });
  });

  it('gets its refusal as an answer, and may go on', async () => {
    const refused = await call(CHOICE, '', 'fail', 'not now');
    expect(refused).toMatchObject({ status: 500, message: 'not now' });
    const key = newKey();
    const calls = steps(['invoke', CHOICE, '', 'fail', 'never mind'], ['put', key, 'went on']);
    await submitWith(single, 'steps', {
      arguments: [calls],
      endorsingOrganizations: [org1.mspId, org2.mspId],
    });
    expect(await evaluate(single, 'get', key)).toBe('went on');
  });

  it('has it write to its own state, in the same transaction', async () => {
    const key = newKey();
    const calls = steps(['invoke', CHOICE, '', 'put', key, 'there'], ['put', key, 'here']);
    expect((await submit(single, 'steps', calls)).code).toBe('VALID');
    expect(await evaluate(choice, 'get', key)).toBe('there');
    expect(await evaluate(single, 'get', key)).toBe('here');
    const [there] = await evaluateJson<{ txId: string }[]>(choice, 'history', key);
    const [here] = await evaluateJson<{ txId: string }[]>(single, 'history', key);
    expect(there?.txId).toBe(here?.txId);
  });

  it('does not see what it has written', async () => {
    const key = newKey();
    const calls = steps(['invoke', CHOICE, '', 'put', key, 'x'], ['invoke', CHOICE, '', 'get', key]);
    expect(await evaluateJson(single, 'steps', calls)).toMatchObject({ status: 200, payload: '' });
  });

  it('keeps what it wrote before it refused', async () => {
    const key = newKey();
    const failing = JSON.stringify([
      ['put', key, 'half done'],
      ['fail', 'x'],
    ]);
    const { code, result } = await submit(single, 'invoke', CHOICE, '', 'steps', failing);
    expect(JSON.parse(result)).toMatchObject({ status: 500 });
    expect(code).toBe('VALID');
    expect(await evaluate(choice, 'get', key)).toBe('half done');
  });

  it('passes on transaction id, channel and creator', async () => {
    const proposal = single.newProposal('invoke', { arguments: [CHOICE, '', 'context'] });
    const called = JSON.parse(Buffer.from(await proposal.evaluate()).toString()) as Called;
    expect(JSON.parse(called.payload)).toMatchObject({
      txId: proposal.getTransactionId(),
      channel: MAIN,
      mspId: org1.mspId,
      certificate: client.certificate,
    });
  });

  it('passes on transient data', async () => {
    const answer = await single.evaluate('invoke', {
      arguments: [CHOICE, '', 'transient', 'name'],
      transientData: { name: 'handed on' },
    });
    expect(JSON.parse(Buffer.from(answer).toString())).toMatchObject({ payload: 'handed on' });
  });

  it('may call through several', async () => {
    const answer = await call(CHOICE, '', 'invoke', ASSETS, '', 'echo', 'deep');
    expect(JSON.parse(answer.payload)).toMatchObject({ status: 200, payload: '["deep"]' });
  });

  it('makes the transaction need the policy of the called one, where that writes', async () => {
    const options = {
      arguments: [EVERY, '', 'put', newKey(), '1'],
      endorsingOrganizations: [org1.mspId],
    };
    expect((await submitWith(single, 'invoke', options)).code).toBe('ENDORSEMENT_POLICY_FAILURE');
  });

  it('does not, where that only reads', async () => {
    const options = { arguments: [EVERY, '', 'get', newKey()], endorsingOrganizations: [org1.mspId] };
    expect((await submitWith(single, 'invoke', options)).code).toBe('VALID');
  });

  it('cannot call what is not there', async () => {
    expect(await thrown('nothing', '', 'get', 'a')).toMatch(
      /INVOKE_CHAINCODE failed: transaction ID: <id>: .*nothing/,
    );
  });

  it('cannot call itself: one transaction is under way on a stream', async () => {
    expect(await thrown(SINGLE, '', 'echo')).toBe(
      'evaluate call to endorser returned error: chaincode response 500, INVOKE_CHAINCODE failed: ' +
        `transaction ID: <id>: execute failed: error sending: txid: <id>(${MAIN}) exists`,
    );
  });
});

describe('a chaincode that calls one on another channel', () => {
  it('reads there', async () => {
    const key = newKey();
    const second = channelOf(client, SECOND).getContract(SINGLE);
    await submit(second, 'put', key, 'on the second');
    expect(await call(SINGLE, SECOND, 'get', key)).toMatchObject({ status: 200, payload: 'on the second' });
  });

  it('writes nothing there', async () => {
    const key = newKey();
    const second = channelOf(client, SECOND).getContract(SINGLE);
    expect((await submit(single, 'invoke', SINGLE, SECOND, 'put', key, 'lost')).code).toBe('VALID');
    expect(await evaluate(second, 'get', key)).toBe('');
    expect(await evaluate(single, 'get', key)).toBe('');
  });

  it('tells the called one the channel that it runs on', async () => {
    const { payload } = await call(SINGLE, SECOND, 'context');
    expect(JSON.parse(payload)).toMatchObject({ channel: SECOND });
  });

  it('cannot call on a channel that is not there', async () => {
    expect(await thrown(SINGLE, 'nowhere', 'echo')).toContain(
      'INVOKE_CHAINCODE failed: transaction ID: <id>: ',
    );
  });

  it('cannot do so for a creator who may not write there', async () => {
    const contract = contractOf(SINGLE, org3.identities.client);
    const refused = await refusal(
      contract.evaluate('invoke', {
        arguments: [SINGLE, SECOND, 'echo'],
        endorsingOrganizations: [org1.mspId],
      }),
    );
    expect(refused.message).toContain(
      `Failed evaluating policy on signed data during check policy on channel [${SECOND}] with policy ` +
        '[/Channel/Application/Writers]',
    );
  });
});

describe('system chaincodes', () => {
  it('do not answer to chaincode: qscc', async () => {
    expect(await call('qscc', '', 'GetChainInfo', MAIN)).toMatchObject({
      status: 500,
      message:
        'Rejecting invoke of QSCC from another chaincode because of potential for deadlocks, original ' +
        `invocation for '${SINGLE}'`,
    });
  });

  it('do not answer to chaincode: cscc', async () => {
    expect(await call('cscc', '', 'GetConfigBlock', MAIN)).toMatchObject({
      status: 500,
      message: `Rejecting invoke of CSCC from another chaincode, original invocation for '${SINGLE}'`,
    });
  });
});
