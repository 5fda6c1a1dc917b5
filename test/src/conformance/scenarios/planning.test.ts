import type { ProposalOptions } from '@hyperledger/fabric-gateway';
import { describe, expect, it } from 'vitest';
import { newKey, outcome, steps, submitWith } from '../harness/calls.js';
import { contractOf, network, org1, org2, org3 } from '../harness/clients.js';
import { allOf, outOf } from '../harness/policies.js';
import { refusal } from '../harness/refusals.js';
import { ASSETS, CHOICE, EVERY, OPEN, PAIR, SINGLE, STRICT } from '../harness/standing-chaincodes.js';
import { endorsersOf } from '../harness/transactions.js';

const [first, second, third] = network.organisations.map(({ mspId }) => mspId) as [string, string, string];

/** Who endorses a transaction that its client leaves to the gateway of its own peer; it has to be valid. */
async function plannedFor(
  organisation: typeof org1,
  chaincode: string,
  name: string,
  options: ProposalOptions,
): Promise<string[]> {
  const contract = contractOf(chaincode, organisation.identities.client);
  const transaction = await contract.newProposal(name, options).endorse();
  expect((await outcome(await transaction.submit())).code).toBe('VALID');
  return endorsersOf(transaction);
}

const put = (): ProposalOptions => ({ arguments: [newKey(), '1'] });

describe("the gateway's choice of endorsers", () => {
  it('is the own peer alone, where that is enough', async () => {
    for (const organisation of [org1, org2, org3]) {
      expect(await plannedFor(organisation, SINGLE, 'put', put())).toEqual([organisation.mspId]);
    }
  });

  it('is the own peer and as many others as a majority needs', async () => {
    for (const organisation of [org1, org2, org3]) {
      const chosen = await plannedFor(organisation, ASSETS, 'put', put());
      expect(chosen).toHaveLength(2);
      expect(chosen).toContain(organisation.mspId);
    }
  });

  it('is everybody, where the policy wants everybody', async () => {
    expect(await plannedFor(org2, EVERY, 'put', put())).toEqual([first, second, third].sort());
  });

  it('is one of several combinations that the policy allows', async () => {
    const byFirst = await plannedFor(org1, CHOICE, 'put', put());
    expect([
      [first, second],
      [first, third],
    ]).toContainEqual(byFirst);
    expect(await plannedFor(org3, CHOICE, 'put', put())).toEqual([first, third]);
  });

  it('leaves out peers that are not needed, the own one too', async () => {
    const key = newKey();
    const contract = contractOf(SINGLE);
    await submitWith(contract, 'steps', {
      arguments: [steps(['put', key, '1'], ['setPolicy', key, allOf(second)])],
    });
    expect(await plannedFor(org1, SINGLE, 'put', { arguments: [key, '2'] })).toEqual([second]);
  });

  it('joins the policies of all keys that are written', async () => {
    const [one, two] = [newKey(), newKey()];
    const contract = contractOf(SINGLE);
    const set = (key: string, mspId: string) =>
      submitWith(contract, 'steps', {
        arguments: [steps(['put', key, '1'], ['setPolicy', key, allOf(mspId)])],
      });
    await set(one, second);
    await set(two, third);
    const calls = steps(['put', one, '2'], ['put', two, '2']);
    expect(await plannedFor(org1, SINGLE, 'steps', { arguments: [calls] })).toEqual([second, third].sort());
  });

  it('follows a policy of a key that wants some out of many', async () => {
    const key = newKey();
    await submitWith(contractOf(SINGLE), 'steps', {
      arguments: [steps(['put', key, '1'], ['setPolicy', key, outOf(2, [first, second, third])])],
    });
    const chosen = await plannedFor(org3, SINGLE, 'put', { arguments: [key, '2'] });
    expect(chosen).toHaveLength(2);
    expect(chosen).toContain(third);
  });

  it('joins the policies of all chaincodes that one transaction runs', async () => {
    const calls = steps(['invoke', EVERY, '', 'put', newKey(), '1'], ['put', newKey(), '1']);
    expect(await plannedFor(org1, SINGLE, 'steps', { arguments: [calls] })).toEqual(
      [first, second, third].sort(),
    );
  });

  it('follows the policy of a collection that is written', async () => {
    const chosen = await plannedFor(org1, ASSETS, 'putPrivateValue', { arguments: [STRICT, newKey(), '1'] });
    expect(chosen).toEqual([first, second].sort());
  });

  it('is members alone, where a collection is read', async () => {
    const key = newKey();
    await submitWith(contractOf(ASSETS), 'putPrivateValue', {
      arguments: [PAIR, key, '1'],
      endorsingOrganizations: [first, second],
    });
    const calls = steps(['getPrivate', PAIR, key], ['put', newKey(), '1']);
    expect(await plannedFor(org1, ASSETS, 'steps', { arguments: [calls] })).toEqual([first, second].sort());
  });

  it('is members alone, where the client sent transient data', async () => {
    const options = () => ({ arguments: [OPEN, newKey()], transientData: { value: 'x' } });
    for (const organisation of [org1, org2]) {
      expect(await plannedFor(organisation, ASSETS, 'putPrivate', options())).toEqual([first, second].sort());
    }
  });

  it('sends transient data to nobody who is no member: FAILED_PRECONDITION', async () => {
    const key = newKey();
    const assets = contractOf(ASSETS);
    await submitWith(assets, 'steps', {
      arguments: [steps(['put', key, '1'], ['setPolicy', key, allOf(third)])],
    });
    const options = {
      arguments: [steps(['putPrivate', PAIR, newKey()], ['put', key, '2'])],
      transientData: { value: 'x' },
    };
    const refused = await refusal(assets.submit('steps', options));
    expect(refused).toMatchObject({
      status: 'FAILED_PRECONDITION',
      message:
        'requires endorsement from organisation(s) that are not in the distribution policy of the private data ' +
        `collection(s): [${PAIR}]; retry specifying trusted endorsing organizations to protect transient data`,
    });
    const trusted = { ...options, endorsingOrganizations: [first, third] };
    expect((await submitWith(assets, 'steps', trusted)).code).toBe('VALID');
  });
});

describe('a client that names the endorsing organisations', () => {
  it('gets one endorsement of each', async () => {
    const named = [[third], [first, third], [third, second, first]];
    for (const endorsingOrganizations of named) {
      const transaction = await contractOf(SINGLE)
        .newProposal('put', { ...put(), endorsingOrganizations })
        .endorse();
      expect(endorsersOf(transaction)).toEqual([...endorsingOrganizations].sort());
    }
  });

  it('is not stopped where they are too few: the block says so', async () => {
    const options = { ...put(), endorsingOrganizations: [second] };
    expect((await submitWith(contractOf(EVERY), 'put', options)).code).toBe('ENDORSEMENT_POLICY_FAILURE');
  });

  it('hears from all of them where the chaincode refuses', async () => {
    const refused = await refusal(
      contractOf(SINGLE).submit('fail', { arguments: ['no'], endorsingOrganizations: [second, third] }),
    );
    expect(refused).toMatchObject({
      status: 'ABORTED',
      message: 'failed to collect enough transaction endorsements, see attached details for more info',
    });
    expect(refused.details.map(({ mspId, message }) => [mspId, message]).sort()).toEqual(
      [second, third].map((mspId) => [mspId, 'chaincode response 500, no']).sort(),
    );
  });
});
