import { fileURLToPath } from 'node:url';
import type { Contract, EndorseError } from '@hyperledger/fabric-gateway';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { applicationPolicy, collectionsOf } from '../../deployment/index.js';
import { loadChaincode } from '../chaincode/index.js';
import { CHANNEL, TestNetwork } from '../testing/test-network.js';

const NAME = 'bench';
const PATH = fileURLToPath(new URL('../../bench/contract/', import.meta.url));

let network: TestNetwork;
let contract: Contract;
beforeAll(async () => {
  network = await TestNetwork.start({ inProcess: [{ name: NAME, version: '1.0', path: PATH }] });
  await network.deploy({
    name: NAME,
    version: '1.0',
    initRequired: false,
    policy: applicationPolicy("AND('HospitalA.peer','InsurerB.peer')"),
    collections: collectionsOf([]),
  });
  contract = (await network.connect('HospitalA')).getNetwork(CHANNEL).getContract(NAME);
});
afterAll(async () => {
  await network.stop();
});

const get = async (key: string): Promise<string> =>
  Buffer.from(await contract.evaluateTransaction('get', key)).toString();

describe('a contract in the ledger’s process', () => {
  it('is endorsed by every peer that the policy wants, each over a stream of its own', async () => {
    expect(Buffer.from(await contract.submitTransaction('getPut', 'a', 'one')).toString()).toBe('0');
    expect(Buffer.from(await contract.submitTransaction('getPut', 'a', 'four')).toString()).toBe('3');
    expect(await get('a')).toBe('four');
  });

  it('runs many transactions at once, and thousands of requests in one', async () => {
    const keys = Array.from({ length: 50 }, (_key, index) => `many${String(index)}`);
    await Promise.all(keys.map((key) => contract.submitTransaction('getPut', key, key)));
    expect(await Promise.all(keys.map(get))).toEqual(keys);
    await contract.submitTransaction('fill', '0', '2000', 'v');
    expect(await get('key1999')).toBe('v');
  });

  it('tells of its errors as a service does', async () => {
    const refused = (await contract
      .submitTransaction('unknown')
      .catch((error: unknown) => error)) as EndorseError;
    expect(refused.details[0]?.message).toContain(
      "You've asked to invoke a function that does not exist: unknown",
    );
  });

  it('is gone with a peer that stops, and back with it', async () => {
    await network.network.peers.stop('peer0.InsurerB');
    await expect(contract.submitTransaction('getPut', 'b', '1')).rejects.toThrow();
    await network.network.peers.start('peer0.InsurerB');
    await contract.submitTransaction('getPut', 'b', '1');
    expect(await get('b')).toBe('1');
  });

  it('leaves unhandled errors of the process to the ledger', async () => {
    const listeners = () => [
      process.rawListeners('unhandledRejection').length,
      process.rawListeners('uncaughtException').length,
    ];
    const before = listeners();
    await loadChaincode({ name: NAME, version: '1.0', path: PATH });
    expect(listeners()).toEqual(before);
  });

  it('that cannot be loaded is told with its folder and the reason', async () => {
    await expect(loadChaincode({ name: 'x', version: '1.0', path: '/nonexistent' })).rejects.toMatchObject({
      code: 'BAD_PACKAGE',
      message:
        "chaincode x cannot be run in the ledger's process from /nonexistent: /nonexistent/package.json does not exist",
    });
  });
});
