import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { evaluate, evaluateJson, newKey, steps, submit, submitWith } from '../harness/calls.js';
import { ChaincodeProcess } from '../harness/chaincode-process.js';
import { freeAddress } from '../harness/free-ports.js';
import { channelOf, contractOf, deploy, MAIN, network, org1, org2, org3 } from '../harness/clients.js';
import { initialise } from '../harness/init-call.js';
import {
  approve,
  checkReadiness,
  commit,
  committedDefinition,
  committedNames,
  installedPackages,
} from '../harness/lifecycle-calls.js';
import { allOf } from '../harness/policies.js';
import { refusal } from '../harness/refusals.js';
import { ASSETS, PAIR, SINGLE } from '../harness/standing-chaincodes.js';
import { endorsersOf } from '../harness/transactions.js';

const [first, second, third] = network.organisations.map(({ mspId }) => mspId) as [string, string, string];
const chaincode = new ChaincodeProcess();
const ANYBODY = `OR('${first}.peer', '${second}.peer', '${third}.peer')`;

afterAll(() => chaincode.kill());

/** Deploys that chaincode, served by this file's process. */
async function deployed(name: string, more: Partial<Parameters<typeof deploy>[0]> = {}): Promise<void> {
  const address = await freeAddress();
  await deploy({
    name,
    version: '1.0',
    sequence: 1,
    policy: ANYBODY,
    address,
    serve: (id) => chaincode.serve(id, address),
    ...more,
  });
}

describe('a committed definition', () => {
  it('is told by _lifecycle to everybody', async () => {
    for (const { identities } of network.organisations) {
      const definition = await committedDefinition(identities.client, ASSETS);
      expect(definition.getVersion()).toBe('1.0');
      expect(definition.getSequence()).toBe(1);
      expect(definition.getEndorsementPlugin()).toBe('escc');
      expect(definition.getValidationPlugin()).toBe('vscc');
      expect(definition.getInitRequired()).toBe(false);
      const collections = definition.getCollections()?.getConfigList() ?? [];
      expect(collections.map((config) => config.getStaticCollectionConfig()?.getName())).toContain(PAIR);
    }
  });

  it('tells who approved it', async () => {
    const approvals = (await committedDefinition(org1.identities.client, ASSETS)).getApprovalsMap();
    for (const mspId of [first, second, third]) expect(approvals.get(mspId)).toBe(true);
  });

  it('is listed with the others of its channel', async () => {
    expect(await committedNames(org1.identities.client)).toEqual(expect.arrayContaining([ASSETS, SINGLE]));
    expect(await committedNames(org1.identities.client, network.channels.second)).toEqual([SINGLE]);
  });

  it('that is not there: 404', async () => {
    const refused = await refusal(committedDefinition(org1.identities.client, 'nothing'));
    expect(refused.message).toContain('namespace nothing is not defined');
  });
});

describe('an upgrade', () => {
  it('changes the policy from the next block on', async () => {
    const name = 'upgraded';
    await deployed(name);
    const contract = contractOf(name);
    const before = await contract.newProposal('put', { arguments: [newKey(), '1'] }).endorse();
    expect(endorsersOf(before)).toEqual([first]);
    await deployed(name, { version: '2.0', sequence: 2, policy: `AND('${second}.peer', '${third}.peer')` });
    // Endorsed under the old policy, ordered under the new one.
    const status = await (await before.submit()).getStatus();
    expect(status.successful).toBe(false);
    const after = await contract.newProposal('put', { arguments: [newKey(), '1'] }).endorse();
    expect(endorsersOf(after)).toEqual([second, third].sort());
    expect((await (await after.submit()).getStatus()).successful).toBe(true);
  });

  it('keeps the state', async () => {
    const name = 'kept';
    await deployed(name);
    const key = newKey();
    await submit(contractOf(name), 'put', key, 'from before');
    await deployed(name, { version: '2.0', sequence: 2 });
    await expect
      .poll(() => evaluate(contractOf(name), 'get', key).catch(String), { timeout: 10_000 })
      .toBe('from before');
    const definition = await committedDefinition(org1.identities.client, name);
    expect([definition.getVersion(), definition.getSequence()]).toEqual(['2.0', 2]);
  });

  it('may add a collection', async () => {
    const name = 'collecting';
    await deployed(name);
    const collection = {
      name: 'added',
      policy: `OR('${first}.member')`,
      memberOnlyRead: true,
      memberOnlyWrite: true,
      blockToLive: 0,
      requiredPeerCount: 0,
      maxPeerCount: 1,
    };
    await deployed(name, { sequence: 2, collections: [collection] });
    const key = newKey();
    const options = { arguments: ['added', key, 'x'], endorsingOrganizations: [first] };
    expect((await submitWith(contractOf(name), 'putPrivateValue', options)).code).toBe('VALID');
    expect(await evaluate(contractOf(name), 'getPrivate', 'added', key)).toBe('x');
  });

  it('cannot drop a collection', async () => {
    const without = { name: ASSETS, version: '2.0', sequence: 2, policy: allOf(first) };
    const refused = await refusal(approve(org1, without));
    expect(refused.details[0]?.message).toContain(
      'the proposed collection config does not contain previously defined collections',
    );
  });
});

describe('a chaincode that has to be initialised', () => {
  const name = 'initialised';
  const contract = contractOf(name);

  beforeAll(() => deployed(name, { initRequired: true }));

  it('refuses everything before', async () => {
    const refused = await refusal(contract.evaluateTransaction('echo'));
    expect(JSON.stringify(refused.details)).toContain(
      `chaincode '${name}' has not been initialized for this version, must call as init first`,
    );
  });

  it('is initialised once', async () => {
    const key = newKey();
    expect(await initialise(name, 'put', key, 'at the beginning')).toBe('VALID');
    expect(await evaluate(contract, 'get', key)).toBe('at the beginning');
    const again = await refusal(initialise(name, 'put', key, 'again'));
    expect(JSON.stringify(again.details)).toContain(
      `chaincode '${name}' is already initialized but called as init`,
    );
  });

  it('and others may not be called as if', async () => {
    const refused = await refusal(initialise(SINGLE, 'put', newKey(), '1'));
    expect(JSON.stringify(refused.details)).toContain(
      `chaincode '${SINGLE}' does not require initialization but called as init`,
    );
  });
});

describe('approvals', () => {
  const definition = (name: string, sequence = 1) => ({
    name,
    version: '1.0',
    sequence,
    policy: allOf(first),
  });

  it('make a definition ready to commit, organisation by organisation', async () => {
    const made = definition(`ready-${newKey()}`);
    expect(await checkReadiness(org1, made)).toEqual({ [first]: false, [second]: false, [third]: false });
    await approve(org1, made);
    expect(await checkReadiness(org2, made)).toEqual({ [first]: true, [second]: false, [third]: false });
    await approve(org2, made);
    expect(await checkReadiness(org3, made)).toEqual({ [first]: true, [second]: true, [third]: false });
  });

  it('count for exactly what was approved', async () => {
    const made = definition(`exactly-${newKey()}`);
    await approve(org1, made);
    const other = { ...made, version: '1.1' };
    expect(await checkReadiness(org1, other)).toMatchObject({ [first]: false });
  });

  it('of a majority make a commit valid, of fewer they do not', async () => {
    const made = definition(`majority-${newKey()}`);
    await approve(org1, made);
    const early = await refusal(commit(org1, made, [org1, org2]));
    expect(early.status).toBe('ABORTED');
    expect(JSON.stringify(early.details)).toContain('chaincode definition not agreed to by this org');
    await approve(org2, made);
    expect(await commit(org1, made, [org1, org2])).toBe('VALID');
    expect((await committedDefinition(org3.identities.client, made.name)).getSequence()).toBe(1);
  });

  it('have to be endorsed by a majority when they are committed', async () => {
    const made = definition(`endorsed-${newKey()}`);
    await approve(org1, made);
    expect(await commit(org1, made, [org1])).toBe('ENDORSEMENT_POLICY_FAILURE');
  });

  it('go one sequence after the other', async () => {
    const made = definition(`sequence-${newKey()}`, 2);
    const refused = await refusal(approve(org1, made));
    expect(JSON.stringify(refused.details)).toContain(
      'requested sequence 2 is larger than the next available sequence number 1',
    );
  });

  it('are for admins', async () => {
    const made = definition(`admins-${newKey()}`);
    const refused = await refusal(approve(org1, made, org1.identities.client));
    expect(refused.details[0]?.message).toContain('Failed to authorize invocation due to failed ACL check: ');
  });
});

describe('installed packages', () => {
  it('are listed for admins, with the chaincodes that use them', async () => {
    const packages = await installedPackages(org1.identities.admin);
    const references = packages.flatMap((one) => {
      const names: string[] = [];
      one.getReferencesMap().forEach((found) => {
        for (const reference of found.getChaincodesList()) names.push(reference.getName());
      });
      return names;
    });
    expect(references).toEqual(expect.arrayContaining([ASSETS, SINGLE]));
    for (const one of packages) expect(one.getPackageId()).toMatch(/^[^:]+:[0-9a-f]{64}$/);
  });

  it('are not for others', async () => {
    const refused = await refusal(installedPackages(org1.identities.client));
    expect(refused.message).toMatch(/Failed to authorize invocation due to failed ACL check/);
  });
});

describe('chaincodes of another channel', () => {
  it('are not there', async () => {
    const onSecond = channelOf(org1.identities.client, network.channels.second).getContract(ASSETS);
    const refused = await refusal(onSecond.evaluateTransaction('echo'));
    expect(refused).toMatchObject({
      status: 'FAILED_PRECONDITION',
      message: `no peers available to evaluate chaincode ${ASSETS} in channel ${network.channels.second}`,
    });
    expect(await evaluateJson(contractOf(ASSETS), 'steps', steps(['echo', MAIN]))).toEqual([MAIN]);
  });
});
