import { peer } from '@hyperledger/fabric-protos';
import type { Contract, EndorseError } from '@hyperledger/fabric-gateway';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { applicationPolicy, collectionsOf, type DefinitionToDeploy } from '../../deployment/index.js';
import { callInit } from '../testing/init-proposal.js';
import { CHAINCODE, CHANNEL, definition, TestNetwork, type Org } from '../testing/test-network.js';

const { lifecycle, TxValidationCode } = peer;
const PAIR_CHANNEL = 'pair';

let network: TestNetwork;
beforeAll(async () => {
  network = await TestNetwork.start({ channels: { [PAIR_CHANNEL]: ['HospitalA', 'InsurerA'] } });
});
afterAll(async () => {
  await network.stop();
});

const contractOf = async (org: Org, name: string, channel = CHANNEL): Promise<Contract> =>
  (await network.connect(org)).getNetwork(channel).getContract(name);
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();
const reasonOf = async (result: Promise<unknown>): Promise<string> =>
  result.then(
    () => expect.fail('was not refused'),
    (error: unknown) => (error as EndorseError).details.map(({ message }) => message).join('; '),
  );

/** A definition without collections, by the channel's own rules. */
const plain = (name: string, changes: Partial<DefinitionToDeploy> = {}): DefinitionToDeploy => ({
  name,
  version: '1.0',
  initRequired: false,
  policy: applicationPolicy(),
  collections: collectionsOf([]),
  ...changes,
});

describe('a chaincode’s definition', () => {
  it('is committed once a majority of the organisations has approved it, and not before', async () => {
    const deployed = plain('agreed');
    const [first, second, third] = ['HospitalA', 'HospitalB', 'LabA'] as const;
    const client = await network.admin(first);
    await client.approve(deployed, 1, undefined);
    await (await network.admin(second)).approve(deployed, 1, undefined);
    expect(await client.approvers(deployed, 1)).toEqual([first, second]);
    await expect(client.commit(deployed, 1, [first, second])).rejects.toMatchObject({
      code: 'DEPLOYMENT_REFUSED',
      message: expect.stringContaining('ENDORSEMENT_POLICY_FAILURE') as unknown,
    });
    await expect(client.commit(deployed, 1, [first, second, third])).rejects.toMatchObject({
      message: expect.stringContaining('chaincode definition not agreed to by this org (LabA)') as unknown,
    });
    expect(await client.committed('agreed')).toBeUndefined();
    await (await network.admin(third)).approve(deployed, 1, undefined);
    await client.commit(deployed, 1, [first, second, third]);
    const committed = await client.committed('agreed');
    expect(committed?.getSequence()).toBe(1);
    expect(committed?.getApprovalsMap().get('InsurerA')).toBe(false);
    expect(network.ledger().chaincode('agreed')?.version).toBe('1.0');
  });

  it('says in what an organisation’s approval differs', async () => {
    await (await network.admin('HospitalA')).approve(plain('differs'), 1, undefined);
    const args = new lifecycle.CheckCommitReadinessArgs();
    args.setName('differs');
    args.setSequence(1);
    args.setVersion('2.0');
    const contract = await contractOf('HospitalB', '_lifecycle');
    const answer = lifecycle.CheckCommitReadinessResult.deserializeBinary(
      await contract.evaluate('CheckCommitReadiness', { arguments: [args.serializeBinary()] }),
    );
    expect(answer.getMismatchesMap().get('HospitalA')?.getItemsList()).toEqual(['EndorsementInfo']);
    expect(answer.getMismatchesMap().get('HospitalB')?.getItemsList()).toEqual(['ChaincodeParameters']);
  });

  it('takes the next sequence alone, and never the same twice', async () => {
    const client = await network.admin('HospitalA');
    const refusal = async (sequence: number, changes: Partial<DefinitionToDeploy> = {}): Promise<string> =>
      client.approve({ ...definition(CHAINCODE), ...changes }, sequence, 'x:y').then(
        () => expect.fail('was not refused'),
        (error: unknown) => (error as Error).message,
      );
    expect(await refusal(0)).toContain('currently defined sequence 1 is larger than requested sequence 0');
    expect(await refusal(3)).toContain(
      'requested sequence 3 is larger than the next available sequence number 2',
    );
    expect(await refusal(1, { version: '9' })).toContain(
      `attempted to redefine the current committed sequence (1) for namespace ${CHAINCODE} with different parameters: expected Version '1.0' does not match passed Version '9'`,
    );
    await expect(client.commit(definition(CHAINCODE), 1, ['HospitalA'])).rejects.toMatchObject({
      message: expect.stringContaining(
        'requested sequence is 1, but new definition must be sequence 2',
      ) as unknown,
    });
  });

  it('keeps its collections and their time to live', async () => {
    const client = await network.admin('HospitalA');
    await expect(client.approve(plain(CHAINCODE), 2, undefined)).rejects.toMatchObject({
      message: expect.stringContaining(
        'the proposed collection config does not contain previously defined collections',
      ) as unknown,
    });
    const collections = definition(CHAINCODE).collections.clone();
    collections.getConfigList()[0]?.getStaticCollectionConfig()?.setBlockToLive(5);
    await expect(
      client.approve({ ...definition(CHAINCODE), collections }, 2, undefined),
    ).rejects.toMatchObject({
      message: expect.stringContaining(
        'the BlockToLive in an existing collection [care] modified. Existing value [0]',
      ) as unknown,
    });
  });

  it('is for members of the channel', async () => {
    const client = await network.admin('HospitalA');
    const collections = collectionsOf([{ name: 'c', policy: "OR('HospitalA.member','Stranger.member')" }]);
    await expect(client.approve(plain('strange', { collections }), 1, undefined)).rejects.toMatchObject({
      message: expect.stringContaining(
        "collection-name: c -- collection member 'Stranger' is not part of the channel",
      ) as unknown,
    });
  });
});

describe('an upgrade', () => {
  it('by a higher sequence puts another policy and version in force', async () => {
    await network.deploy(
      plain('upgraded', { policy: applicationPolicy("AND('HospitalA.peer','LabA.peer')") }),
    );
    const contract = await contractOf('HospitalA', 'upgraded');
    await contract.submitTransaction('put', 'key', 'one');
    await network.deploy(plain('upgraded', { version: '1.1', policy: applicationPolicy("OR('LabA.peer')") }));
    expect(network.ledger().chaincode('upgraded')).toMatchObject({ version: '1.1', sequence: 2 });
    expect(text(await contract.evaluateTransaction('get', 'key'))).toBe('one');
    const commit = await contract.submitAsync('put', {
      arguments: ['key', 'two'],
      endorsingOrganizations: ['LabA'],
    });
    expect((await commit.getStatus()).successful).toBe(true);
  });

  it('makes what was endorsed before it conflict', async () => {
    await network.deploy(plain('overtaken'));
    const contract = await contractOf('HospitalA', 'overtaken');
    const before = await contract.newProposal('put', { arguments: ['key', 'late'] }).endorse();
    await network.deploy(plain('overtaken', { version: '1.1' }));
    const status = await (await before.submit()).getStatus();
    expect(status.code).toBe(TxValidationCode.MVCC_READ_CONFLICT);
  });

  it('holds over a restart', async () => {
    await network.restart();
    expect(network.ledger().chaincode('upgraded')?.sequence).toBe(2);
    const contract = await contractOf('HospitalA', 'upgraded');
    expect(text(await contract.evaluateTransaction('get', 'key'))).toBe('two');
  });
});

describe('a chaincode that requires Init', () => {
  it('takes nothing else first, and Init once for each version', async () => {
    await network.deploy(plain('initial', { initRequired: true }));
    const contract = await contractOf('HospitalA', 'initial');
    expect(await reasonOf(contract.submitTransaction('put', 'a', '1'))).toContain(
      "invalid invocation: chaincode 'initial' has not been initialized for this version, must call as init first",
    );
    const gateway = await network.connect('HospitalA');
    const init = (name: string) => callInit(gateway, CHANNEL, name, ['put', 'started', 'yes']);
    expect((await init('initial')).successful).toBe(true);
    expect(text(await contract.evaluateTransaction('get', 'started'))).toBe('yes');
    await expect(init('initial')).rejects.toThrow(/failed to endorse/);
    await expect(init(CHAINCODE)).rejects.toThrow(/failed to endorse/);
  });
});

describe('what a peer has installed', () => {
  it('is its admins’ to see and to change', async () => {
    const member = await contractOf('HospitalA', '_lifecycle');
    const query = new lifecycle.QueryInstalledChaincodesArgs().serializeBinary();
    const ask = async (contract: Contract, org: Org): Promise<Uint8Array> =>
      contract.evaluate('QueryInstalledChaincodes', { arguments: [query], endorsingOrganizations: [org] });
    expect(await reasonOf(ask(member, 'HospitalA'))).toContain(
      "Failed to authorize invocation due to failed ACL check: Failed verifying that proposal's creator satisfies local MSP principal",
    );
    expect(await reasonOf(ask(member, 'LabA'))).toContain('expected MSP ID LabA, received HospitalA');
    const admin = await network.admin('HospitalA');
    expect((await admin.installed()).some((id) => id.startsWith(`${CHAINCODE}_1.0:`))).toBe(true);
  });

  it('is told with the definitions that it runs', async () => {
    const gateway = await network.adminGateway('HospitalA');
    const contract = gateway.getNetwork(CHANNEL).getContract('_lifecycle');
    const [id = ''] = await (await network.admin('HospitalA')).installed();
    const args = new lifecycle.QueryInstalledChaincodeArgs();
    args.setPackageId(id);
    const answer = lifecycle.QueryInstalledChaincodeResult.deserializeBinary(
      await contract.evaluate('QueryInstalledChaincode', {
        arguments: [args.serializeBinary()],
        endorsingOrganizations: ['HospitalA'],
      }),
    );
    expect(answer.getPackageId()).toBe(id);
    const running = answer.getReferencesMap().get(CHANNEL)?.getChaincodesList() ?? [];
    expect(running.map((chaincode) => id.startsWith(`${chaincode.getName()}_`))).toEqual([true]);
  });

  it('cannot be twice, nor anything that is no package', async () => {
    const admin = await network.admin('LabA');
    await expect(admin.install(Buffer.from('nothing'))).rejects.toMatchObject({
      message: expect.stringContaining(
        'could not parse as a chaincode install package: error reading as gzip',
      ) as unknown,
    });
    const bytes = network.packageOf('twice').bytes;
    await admin.install(bytes);
    await expect(admin.install(bytes)).rejects.toMatchObject({
      message: expect.stringContaining('chaincode already successfully installed (package ID') as unknown,
    });
  });
});

describe('chaincode of another channel', () => {
  it('is read; what it writes is dropped', async () => {
    const there = await contractOf('HospitalA', CHAINCODE, PAIR_CHANNEL);
    await there.submitTransaction('put', 'shared', 'over there');
    const here = await contractOf('HospitalA', CHAINCODE);
    const read = async (...call: string[]) =>
      JSON.parse(text(await here.evaluateTransaction('invokeAt', PAIR_CHANNEL, CHAINCODE, ...call))) as {
        status: number;
        payload: string;
      };
    expect(await read('get', 'shared')).toMatchObject({ status: 200, payload: 'over there' });
    await network.deploy(plain('caller', { policy: applicationPolicy("OR('HospitalA.peer')") }));
    const caller = await contractOf('HospitalA', 'caller');
    const written = text(
      await caller.submitTransaction('invokeAt', PAIR_CHANNEL, CHAINCODE, 'put', 'shared', 'changed'),
    );
    expect(JSON.parse(written)).toMatchObject({ status: 200 });
    expect(await read('get', 'shared')).toMatchObject({ payload: 'over there' });
  });

  it('is refused to whoever may not write there', async () => {
    const here = await contractOf('LabA', CHAINCODE);
    const reason = await reasonOf(
      here.evaluate('invokeAt', {
        arguments: [PAIR_CHANNEL, CHAINCODE, 'get', 'shared'],
        endorsingOrganizations: ['HospitalA'],
      }),
    );
    expect(reason).toContain('INVOKE_CHAINCODE failed');
  });
});

describe('cscc', () => {
  it('tells the peer’s channels and their configuration', async () => {
    const contract = await contractOf('InsurerA', 'cscc');
    const ask = (...call: [string, ...string[]]) =>
      contract.evaluate(call[0], { arguments: call.slice(1), endorsingOrganizations: ['InsurerA'] });
    const channels = peer.ChannelQueryResponse.deserializeBinary(await ask('GetChannels')).getChannelsList();
    expect(channels.map((channel) => channel.getChannelId()).sort()).toEqual([CHANNEL, PAIR_CHANNEL]);
    expect(await ask('GetConfigBlock', CHANNEL)).toEqual(
      Uint8Array.from(network.ledger().block(0)?.block.serializeBinary() ?? []),
    );
    expect(await reasonOf(ask('JoinChain', 'x'))).toContain('Requested function JoinChain not found.');
  });
});
