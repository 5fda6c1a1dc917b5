import type { Contract, EndorseError } from '@hyperledger/fabric-gateway';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { applicationPolicy, collectionsOf, deploy } from '../../deployment/index.js';
import { CHANNEL, TestNetwork } from '../testing/test-network.js';

const NAME = 'dialler';

let network: TestNetwork;
let contract: Contract;
beforeAll(async () => {
  network = await TestNetwork.start();
  const peers = [{ name: 'peer0', client: await network.admin('LabA') }];
  const others = (['HospitalA', 'HospitalB'] as const).map(async (name) => ({
    name,
    mspId: name,
    peers: [{ name: 'peer0', client: await network.admin(name) }],
  }));
  const definition = {
    name: NAME,
    version: '1.0',
    initRequired: false,
    policy: applicationPolicy("OR('LabA.peer')"),
    collections: collectionsOf([]),
  };
  const deployers = [{ name: 'LabA', mspId: 'LabA', peers }, ...(await Promise.all(others))];
  await deploy({ definition, deployers }, () => undefined);
  contract = (await network.connect('LabA')).getNetwork(CHANNEL).getContract(NAME);
});
afterAll(async () => {
  await network.stop();
});

const reasonOf = async (result: Promise<unknown>): Promise<string> =>
  result.then(
    () => expect.fail('was not refused'),
    (error: unknown) => (error as EndorseError).message,
  );
/** A chaincode that dials in says when it has begun, not when it is registered. */
const registered = async (): Promise<void> => {
  await expect
    .poll(() =>
      contract.evaluateTransaction('get', 'a').then(
        () => true,
        () => false,
      ),
    )
    .toBe(true);
};

describe('a chaincode that dials its peer', () => {
  it('is not there before, is called while it is there, and is missed afterwards', async () => {
    const missing = 'required chaincodes are not installed on sufficient peers';
    expect(await reasonOf(contract.submitTransaction('put', 'a', '1'))).toContain(missing);
    const stop = await network.dialIn('LabA', `${NAME}:1.0`);
    await registered();
    await contract.submitTransaction('put', 'a', '1');
    expect(Buffer.from(await contract.evaluateTransaction('get', 'a')).toString()).toBe('1');
    await stop();
    await expect.poll(() => reasonOf(contract.submitTransaction('put', 'a', '2'))).toContain(missing);
  });

  it('comes back under the same id', async () => {
    const stop = await network.dialIn('LabA', `${NAME}:1.0`);
    await registered();
    expect(Buffer.from(await contract.evaluateTransaction('get', 'a')).toString()).toBe('1');
    await stop();
  });
});
