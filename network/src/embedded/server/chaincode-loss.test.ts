import type { Contract, EndorseError } from '@hyperledger/fabric-gateway';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CHAINCODE, CHANNEL, TestNetwork } from '../testing/test-network.js';

let network: TestNetwork;
let contract: Contract;

beforeAll(async () => {
  network = await TestNetwork.start({ executeTimeoutMs: 1_500 });
  contract = (await network.connect('HospitalA')).getNetwork(CHANNEL).getContract(CHAINCODE);
});
afterAll(async () => {
  await network.stop();
});

const refusal = async (result: Promise<unknown>): Promise<EndorseError> =>
  result.then(
    () => expect.fail('was not refused'),
    (error: unknown) => error as EndorseError,
  );

describe('a chaincode service', () => {
  it('that takes too long is given up, and goes on with other transactions', async () => {
    const error = await refusal(contract.submitTransaction('hang'));
    expect(error.details[0]?.message).toMatch(
      /^error in simulation: failed to execute transaction [0-9a-f]{64}: error sending: timeout expired while executing transaction$/,
    );
    await contract.submitTransaction('put', 'after', 'timeout');
  });

  it('that dies fails what was under way, and is used again when it is back', async () => {
    const hanging = network.chaincode.hanging();
    const lost = refusal(contract.submitTransaction('hang'));
    await hanging;
    await network.chaincode.kill();
    expect((await lost).details[0]?.message).toMatch(/error sending: chaincode stream terminated$/);
    await network.chaincode.serve();
    await contract.submitTransaction('put', 'after', 'death');
    expect(Buffer.from(await contract.evaluateTransaction('get', 'after')).toString()).toBe('death');
  });
});
