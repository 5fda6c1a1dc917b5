import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { evaluate, evaluateJson, newKey, submit, textOf } from '../harness/calls.js';
import { freeAddress } from '../harness/free-ports.js';
import { channelOf, contractOf, deploy, org1, org2 } from '../harness/clients.js';
import { ContractProcess } from '../harness/contract-process.js';
import { refusal } from '../harness/refusals.js';
import { takeUntil } from '../harness/streams.js';

const NAME = 'contracts';
const contracts = new ContractProcess();
const channel = channelOf(org1.identities.client);
const counter = channel.getContract(NAME, 'counter');
const greeting = channel.getContract(NAME, 'greeting');

beforeAll(async () => {
  const address = await freeAddress();
  await deploy({
    name: NAME,
    version: '1.0',
    sequence: 1,
    address,
    serve: (packageId) => contracts.serve(packageId, address),
  });
});
afterAll(() => contracts.kill());

describe('a chaincode of the contract API, run by fabric-chaincode-node', () => {
  it('is called by contract and function', async () => {
    const name = newKey();
    expect(await submit(counter, 'add', name, '2')).toMatchObject({ code: 'VALID', result: '2' });
    expect(await submit(counter, 'add', name, '-5')).toMatchObject({ code: 'VALID', result: '-3' });
    expect(await evaluate(counter, 'read', name)).toBe('-3');
    expect(await evaluate(greeting, 'hello', 'world')).toBe('hello world');
  });

  it('has a contract that is meant where none is named', async () => {
    expect(await evaluate(contractOf(NAME), 'read', newKey())).toBe('0');
  });

  it('is told who calls', async () => {
    const ofSecond = channelOf(org2.identities.client).getContract(NAME, 'counter');
    expect(await evaluate(ofSecond, 'whoAmI')).toBe(org2.mspId);
  });

  it('tells what it threw', async () => {
    const refused = await refusal(counter.submitTransaction('add', newKey(), 'many'));
    expect(refused.details[0]?.message).toBe('chaincode response 500, many is no whole number');
  });

  it('may refuse before a transaction', async () => {
    const refused = await refusal(greeting.evaluateTransaction('hello', 'nobody'));
    expect(refused.message).toMatch(/chaincode response 500, there is nobody$/);
  });

  it('refuses a function, and a contract, that it does not have', async () => {
    for (const contract of [counter, channel.getContract(NAME, 'nothing')]) {
      expect((await refusal(contract.evaluateTransaction('nothing'))).status).toBe('UNKNOWN');
    }
  });

  it('describes itself', async () => {
    const system = channel.getContract(NAME, 'org.hyperledger.fabric');
    const metadata = await evaluateJson<{ contracts: Record<string, { transactions: { name: string }[] }> }>(
      system,
      'GetMetadata',
    );
    expect(metadata.contracts['counter']?.transactions.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['add', 'read', 'whoAmI']),
    );
  });

  it('sets events', async () => {
    const name = newKey();
    const { block, txId } = await submit(counter, 'add', name, '1');
    const events = await channel.getChaincodeEvents(NAME, { startBlock: block });
    const seen = await takeUntil(events, ({ transactionId }) => transactionId === txId);
    expect(textOf(seen.at(-1)?.payload ?? new Uint8Array())).toBe(`${name} 1`);
  });
});
