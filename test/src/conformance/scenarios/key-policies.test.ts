import { describe, expect, it } from 'vitest';
import { evaluate, newKey, steps, submit, submitWith } from '../harness/calls.js';
import { contractOf, network, org1, org2, org3 } from '../harness/clients.js';
import { verdictOn } from '../harness/made-transactions.js';
import { allOf, outOf } from '../harness/policies.js';
import { ASSETS, PAIR, SINGLE } from '../harness/standing-chaincodes.js';
import { endorsersOf } from '../harness/transactions.js';

const [first, second, third] = network.organisations.map(({ mspId }) => mspId) as [string, string, string];
const assets = contractOf(ASSETS);
const single = contractOf(SINGLE);

/** A key of `single` that carries that policy from its first transaction on. */
async function keyWith(policy: string, contract = single): Promise<string> {
  const key = newKey();
  const { code } = await submit(contract, 'steps', steps(['put', key, '1'], ['setPolicy', key, policy]));
  expect(code).toBe('VALID');
  return key;
}

async function writtenBy(key: string, endorsers: string[], contract = single): Promise<string> {
  const options = { arguments: [key, 'by some'], endorsingOrganizations: endorsers };
  return (await submitWith(contract, 'put', options)).code;
}

describe('a key with a policy of its own', () => {
  it('is written by whom that policy names, not by whom the chaincode policy names', async () => {
    const key = await keyWith(allOf(second, third));
    expect(await writtenBy(key, [first])).toBe('ENDORSEMENT_POLICY_FAILURE');
    expect(await writtenBy(key, [second])).toBe('ENDORSEMENT_POLICY_FAILURE');
    expect(await writtenBy(key, [second, third])).toBe('VALID');
  });

  it('may have a policy that is weaker than that of the chaincode', async () => {
    const key = await keyWith(allOf(third), assets);
    expect(await writtenBy(key, [third], assets)).toBe('VALID');
    expect(await writtenBy(key, [first, second], assets)).toBe('ENDORSEMENT_POLICY_FAILURE');
  });

  it('may want some out of many', async () => {
    const key = await keyWith(outOf(2, [first, second, third]));
    expect(await writtenBy(key, [third])).toBe('ENDORSEMENT_POLICY_FAILURE');
    expect(await writtenBy(key, [first, third])).toBe('VALID');
  });

  it('was written under the chaincode policy when it got its own', async () => {
    const key = newKey();
    const calls = steps(['put', key, '1'], ['setPolicy', key, allOf(first)]);
    const options = { arguments: [calls], endorsingOrganizations: [first] };
    expect((await submitWith(assets, 'steps', options)).code).toBe('ENDORSEMENT_POLICY_FAILURE');
  });

  it('is endorsed by the right organisations without the client naming them', async () => {
    const key = await keyWith(allOf(second, third));
    const transaction = await single.newProposal('put', { arguments: [key, 'planned'] }).endorse();
    expect(endorsersOf(transaction)).toEqual([second, third].sort());
    expect((await (await transaction.submit()).getStatus()).successful).toBe(true);
  });

  it('gives its policy back', async () => {
    const policy = allOf(second, third);
    const key = await keyWith(policy);
    expect(await evaluate(single, 'getPolicy', key)).toBe(policy);
    expect(await evaluate(single, 'getPolicy', newKey())).toBe('');
  });

  it('keeps it when its value changes', async () => {
    const key = await keyWith(allOf(second));
    expect(await writtenBy(key, [second])).toBe('VALID');
    expect(await writtenBy(key, [first])).toBe('ENDORSEMENT_POLICY_FAILURE');
  });

  it('loses it when it is deleted', async () => {
    const key = await keyWith(allOf(second));
    const options = { arguments: [key], endorsingOrganizations: [second] };
    expect((await submitWith(single, 'delete', options)).code).toBe('VALID');
    expect(await writtenBy(key, [first])).toBe('VALID');
    expect(await evaluate(single, 'getPolicy', key)).toBe('');
  });

  it('changes its policy under the policy that it has', async () => {
    const key = await keyWith(allOf(second));
    const change = { arguments: [key, allOf(third)] };
    expect((await submitWith(single, 'setPolicy', { ...change, endorsingOrganizations: [third] })).code).toBe(
      'ENDORSEMENT_POLICY_FAILURE',
    );
    expect(
      (await submitWith(single, 'setPolicy', { ...change, endorsingOrganizations: [second] })).code,
    ).toBe('VALID');
    expect(await writtenBy(key, [second])).toBe('ENDORSEMENT_POLICY_FAILURE');
    expect(await writtenBy(key, [third])).toBe('VALID');
  });

  it('falls back to the chaincode policy where it gets an empty one', async () => {
    const key = await keyWith(allOf(second));
    const options = { arguments: [key, ''], endorsingOrganizations: [second] };
    expect((await submitWith(single, 'setPolicy', options)).code).toBe('VALID');
    expect(await writtenBy(key, [first])).toBe('VALID');
  });

  it('makes a transaction that writes other keys too need both policies', async () => {
    const key = await keyWith(allOf(third), assets);
    const calls = { arguments: [steps(['put', key, '2'], ['put', newKey(), '2'])] };
    const by = (endorsingOrganizations: string[]) =>
      submitWith(assets, 'steps', { ...calls, endorsingOrganizations });
    expect((await by([third])).code).toBe('ENDORSEMENT_POLICY_FAILURE');
    expect((await by([first, second])).code).toBe('ENDORSEMENT_POLICY_FAILURE');
    expect((await by([first, third])).code).toBe('VALID');
  });

  it('may be read without its policy', async () => {
    const key = await keyWith(allOf(second, third));
    const done = await submitWith(single, 'steps', {
      arguments: [steps(['get', key], ['put', newKey(), '1'])],
      endorsingOrganizations: [first],
    });
    expect(done.code).toBe('VALID');
  });

  it('that is not there gets no policy: nothing changes', async () => {
    const key = newKey();
    expect((await submit(single, 'setPolicy', key, allOf(second))).code).toBe('VALID');
    expect(await evaluate(single, 'getPolicy', key)).toBe('');
    expect(await writtenBy(key, [first])).toBe('VALID');
  });

  it('is held to its policy in transactions that no chaincode made', async () => {
    const key = await keyWith(allOf(second));
    const made = (endorser: typeof org1) => ({
      chaincode: SINGLE,
      sets: [{ chaincode: SINGLE, writes: [{ key, value: 'made up' }] }],
      endorsers: [endorser.identities.endorser],
    });
    expect(await verdictOn(made(org1))).toBe('ENDORSEMENT_POLICY_FAILURE');
    expect(await verdictOn(made(org2))).toBe('VALID');
  });

  it('cannot have its policy set by a transaction that its policy refuses', async () => {
    const key = await keyWith(allOf(second));
    const verdict = await verdictOn({
      chaincode: SINGLE,
      sets: [{ chaincode: SINGLE, policies: [{ key, policy: Buffer.from(allOf(third), 'base64') }] }],
      endorsers: [org3.identities.endorser],
    });
    expect(verdict).toBe('ENDORSEMENT_POLICY_FAILURE');
    expect(await evaluate(single, 'getPolicy', key)).toBe(allOf(second));
  });
});

describe('a private key with a policy of its own', () => {
  async function privateKeyWith(policy: string): Promise<string> {
    const key = newKey();
    const calls = steps(['putPrivateValue', PAIR, key, '1'], ['setPrivatePolicy', PAIR, key, policy]);
    const options = { arguments: [calls], endorsingOrganizations: [first] };
    expect((await submitWith(assets, 'steps', options)).code).toBe('VALID');
    return key;
  }
  const writePrivate = async (key: string, endorsingOrganizations: string[]): Promise<string> =>
    (await submitWith(assets, 'putPrivateValue', { arguments: [PAIR, key, '2'], endorsingOrganizations }))
      .code;

  it('is written by whom that policy names, not by whom the collection names', async () => {
    const key = await privateKeyWith(allOf(second));
    expect(await writePrivate(key, [first])).toBe('ENDORSEMENT_POLICY_FAILURE');
    expect(await writePrivate(key, [second])).toBe('VALID');
    expect(await evaluate(assets, 'getPrivate', PAIR, key)).toBe('2');
  });

  it('gives its policy back', async () => {
    const key = await privateKeyWith(allOf(first, second));
    expect(await evaluate(assets, 'getPrivatePolicy', PAIR, key)).toBe(allOf(first, second));
  });

  it('keeps its value when its policy changes', async () => {
    const key = await privateKeyWith(allOf(second));
    const options = { arguments: [PAIR, key, allOf(first)], endorsingOrganizations: [second] };
    expect((await submitWith(assets, 'setPrivatePolicy', options)).code).toBe('VALID');
    expect(await evaluate(assets, 'getPrivate', PAIR, key)).toBe('1');
    expect(await evaluate(contractOf(ASSETS, org2.identities.client), 'getPrivate', PAIR, key)).toBe('1');
    expect(await writePrivate(key, [second])).toBe('ENDORSEMENT_POLICY_FAILURE');
    expect(await writePrivate(key, [first])).toBe('VALID');
  });
});
