import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { evaluate, newKey, submit } from '../harness/calls.js';
import { ChaincodeProcess } from '../harness/chaincode-process.js';
import { freeAddress } from '../harness/free-ports.js';
import { contractOf, deploy, firstPeer, network, org2 } from '../harness/clients.js';
import { refusal } from '../harness/refusals.js';
import { about, answer, RogueChaincode } from '../harness/rogue-chaincode.js';
import { SINGLE } from '../harness/standing-chaincodes.js';

const FRAGILE = 'fragile';
const ROGUE = 'rogue';
const policy = `OR(${network.organisations.map(({ mspId }) => `'${mspId}.peer'`).join(', ')})`;
const SIMULATION = /^error in simulation: failed to execute transaction [0-9a-f]{64}: /;

/** What the peer of the second organisation, which has one, said of a refused evaluate. */
async function toldByPeer(call: Promise<unknown>): Promise<{ status: string; message: string }> {
  const { status, details, message } = await refusal(call);
  expect(details.map(({ address }) => address)).toEqual([firstPeer(org2).endpoint]);
  return { status, message: details[0]?.message ?? message };
}
const AT_SECOND = { endorsingOrganizations: [org2.mspId] };

describe('a chaincode process', () => {
  const chaincode = new ChaincodeProcess();
  const contract = contractOf(FRAGILE);
  let id = '';
  let address = '';

  beforeAll(async () => {
    address = await freeAddress();
    await deploy({
      name: FRAGILE,
      version: '1.0',
      sequence: 1,
      policy,
      address,
      serve: async (packageId) => {
        id = packageId;
        await chaincode.serve(packageId, address);
      },
    });
  });
  afterAll(() => chaincode.kill());

  it('that dies in a transaction fails it: chaincode stream terminated', async () => {
    const { status, message } = await toldByPeer(contract.evaluate('exit', AT_SECOND));
    expect(status).toBe('ABORTED');
    expect(message).toMatch(SIMULATION);
    expect(message).toMatch(/error sending: chaincode stream terminated$/);
  });

  it('that is not there is reported, while others go on', async () => {
    const { status, message } = await toldByPeer(contract.evaluate('echo', AT_SECOND));
    expect(status).toBe('ABORTED');
    expect(message).toMatch(/could not launch chaincode/);
    expect(await evaluate(contractOf(SINGLE), 'echo', 'still here')).toBe('["still here"]');
    // A peer dials for ten seconds before it gives up.
  }, 40_000);

  it('is used again when it is back', async () => {
    await chaincode.kill();
    await chaincode.serve(id, address);
    await expect
      .poll(() => evaluate(contract, 'echo', 'back').catch(String), { timeout: 10_000 })
      .toBe('["back"]');
    const key = newKey();
    expect((await submit(contract, 'put', key, '1')).code).toBe('VALID');
  });

  it('that hangs keeps its own transaction waiting, and no other', async () => {
    const hanging = refusal(contract.evaluate('hang', AT_SECOND));
    expect(await evaluate(contract, 'echo', 'meanwhile')).toBe('["meanwhile"]');
    await chaincode.kill();
    expect((await hanging).status).toBe('ABORTED');
    await chaincode.serve(id, address);
    await expect.poll(() => evaluate(contract, 'echo').catch(String), { timeout: 10_000 }).toBe('[]');
  });

  it('that hangs past the execute timeout is given up, and serves the next transaction', async () => {
    const began = Date.now();
    const hanging = toldByPeer(contract.evaluate('hang', AT_SECOND));
    expect(await evaluate(contract, 'echo', 'meanwhile')).toBe('["meanwhile"]');
    const { status, message } = await hanging;
    expect(status).toBe('ABORTED');
    expect(message).toMatch(SIMULATION);
    expect(message).toMatch(/error sending: timeout expired while executing transaction$/);
    expect(Date.now() - began).toBeGreaterThanOrEqual(1_000);
    expect(await evaluate(contract, 'echo', 'afterwards')).toBe('["afterwards"]');
    expect((await submit(contract, 'put', newKey(), '1')).code).toBe('VALID');
    // Where a network has Fabric's default, half a minute.
  }, 60_000);

  it('runs many transactions at once', async () => {
    const all = await Promise.all(
      Array.from({ length: 60 }, (_, i) => evaluate(contract, 'echo', String(i))),
    );
    expect(all).toEqual(all.map((_, i) => `["${String(i)}"]`));
  });
});

describe('a chaincode that does not keep to the protocol', () => {
  const rogue = new RogueChaincode();
  const contract = contractOf(ROGUE);

  beforeAll(async () => {
    const address = await freeAddress();
    await deploy({
      name: ROGUE,
      version: '1.0',
      sequence: 1,
      policy,
      address,
      serve: (packageId) => rogue.serve(packageId, address),
    });
  });
  afterAll(() => {
    rogue.close();
  });

  const evaluateIt = (): Promise<Uint8Array> => contract.evaluate('anything', AT_SECOND);
  const recovers = async (): Promise<void> => {
    rogue.behaviour = answer(200, 'well-behaved');
    await expect
      .poll(async () => Buffer.from(await evaluateIt().catch(String)).toString(), { timeout: 10_000 })
      .toBe('well-behaved');
  };

  it('answers a transaction with an error message', async () => {
    rogue.behaviour = (stream, transaction) => {
      stream.write(about(transaction, 'ERROR', Buffer.from('out of order')));
    };
    const { status, message } = await toldByPeer(evaluateIt());
    expect(status).toBe('ABORTED');
    expect(message).toBe('error in simulation: transaction returned with failure: out of order');
    await recovers();
  });

  it('answers a transaction with garbage', async () => {
    rogue.behaviour = (stream, transaction) => {
      stream.write(about(transaction, 'COMPLETED', Buffer.from('ffffffff', 'hex')));
    };
    const { status, message } = await toldByPeer(evaluateIt());
    expect(status).toBe('ABORTED');
    expect(message).toMatch(/failed to unmarshal response for transaction [0-9a-f]{64}/);
    await recovers();
  });

  it('sends what no chaincode sends: the stream is ended', async () => {
    rogue.behaviour = (stream, transaction) => {
      stream.write(about(transaction, 'READY'));
    };
    const { status, message } = await toldByPeer(evaluateIt());
    expect(status).toBe('ABORTED');
    expect(message).toMatch(/error sending: chaincode stream terminated$/);
    await recovers();
  });

  it('asks for the state of a transaction that is not under way', async () => {
    rogue.behaviour = (stream, transaction) => {
      const other = about(transaction, 'GET_STATE');
      other.setTxid('made up');
      stream.write(other);
      answer(200, 'none the worse')(stream, transaction);
    };
    expect(Buffer.from(await evaluateIt()).toString()).toBe('none the worse');
  });

  it('answers twice', async () => {
    rogue.behaviour = (stream, transaction) => {
      answer(200, 'first')(stream, transaction);
      answer(200, 'second')(stream, transaction);
    };
    expect(Buffer.from(await evaluateIt()).toString()).toBe('first');
    await recovers();
  });

  it('has an answer of many megabytes', async () => {
    const text = 'x'.repeat(8 * 1024 * 1024);
    rogue.behaviour = answer(200, text);
    expect(await evaluateIt()).toHaveLength(text.length);
    await recovers();
  });
});
