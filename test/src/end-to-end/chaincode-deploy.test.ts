import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Contract, GatewayError } from '@hyperledger/fabric-gateway';
import { loadTopology } from '@medaccord/network/topology';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { callInit } from '../../../network/src/embedded/testing/init-proposal.js';
import { ChaincodeProcess } from '../conformance/harness/chaincode-process.js';
import { freeAddress } from '../conformance/harness/free-ports.js';
import {
  freePortOffset,
  medaccord,
  medaccordJson,
  NetworkUser,
  wipeConsortium,
} from '../consortium/index.js';

const FILE = 'config/examples/network-only.yaml';
const CHANNEL = 'mychannel';
const NAME = 'assets';
const PEERS = ['peer0.org1', 'peer1.org1', 'peer0.org2', 'peer0.org3'];
const ORGANISATIONS = ['org1', 'org2', 'org3'];
const COLLECTIONS = [
  {
    name: 'pair',
    policy: "OR('Org1MSP.member', 'Org2MSP.member')",
    requiredPeerCount: 0,
    maxPeerCount: 1,
    blockToLive: 0,
    memberOnlyRead: true,
    memberOnlyWrite: true,
    endorsementPolicy: { signaturePolicy: "AND('Org1MSP.peer', 'Org2MSP.peer')" },
  },
];

interface Deployed {
  readonly sequence: number;
  readonly installed: readonly string[];
  readonly approved: readonly string[];
  readonly committed: boolean;
  readonly chaincodeId: string;
}
interface Listed {
  readonly chaincodes: readonly Record<string, unknown>[];
}

/** Every peer that was asked says so. */
const says =
  (text: string) =>
  ({ details }: GatewayError): boolean =>
    details.length > 0 && details.every(({ message }) => message.includes(text));

/** A network that runs, its chaincode in a process of its own, and an application: each knows the others' addresses. */
describe('medaccord chaincode deploy', () => {
  const home = join(inject('consortia'), 'deployed');
  const first = new ChaincodeProcess();
  const second = new ChaincodeProcess();
  let folder: string;
  let user: NetworkUser;
  let contract: Contract;
  let chaincodeId: string;
  let upgradedId: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'medaccord-deploy-'));
    const offset = await freePortOffset(loadTopology(FILE));
    const options = ['--topology', FILE, '--port-offset', String(offset)];
    await medaccordJson('up', '--detach', ...options, '--home', home);
    await connect();
  });
  afterAll(async () => {
    user?.close();
    await Promise.all([first.kill(), second.kill()]);
    await wipeConsortium(home);
    await rm(folder, { recursive: true, force: true });
  });

  const connect = async (): Promise<void> => {
    user = await NetworkUser.connect(home, 'org1');
    contract = user.gateway.getNetwork(CHANNEL).getContract(NAME);
  };
  const deploy = (...options: string[]): Promise<Deployed> =>
    medaccordJson<Deployed>('chaincode', 'deploy', '--name', NAME, ...options, '--home', home);
  const refused = (...options: string[]) =>
    medaccord('chaincode', 'deploy', '--name', NAME, ...options, '--home', home);
  const list = async () => (await medaccordJson<Listed>('chaincode', 'list', '--home', home)).chaincodes;
  const read = async (...call: [string, ...string[]]): Promise<string> =>
    Buffer.from(await contract.evaluateTransaction(...call)).toString();

  let address: string;
  let collections: string;

  it('is refused where nothing answers at the address, and leaves nothing behind', async () => {
    address = await freeAddress();
    const { code, stderr } = await refused('--address', address);
    expect(code).toBe(1);
    expect(stderr).toContain(address);
    expect(await list()).toEqual([]);
    const { stdout } = await medaccord('chaincode', 'list', '--home', home);
    expect(stdout).toBe('No chaincode is committed.\n');
  });

  it('installs on every peer, has every organisation approve, and commits', async () => {
    await first.serve(`${NAME}:1.0`, address);
    const done = await deploy('--address', address);
    expect(done).toMatchObject({ sequence: 1, committed: true });
    expect([...done.installed].sort()).toEqual([...PEERS].sort());
    expect([...done.approved].sort()).toEqual(ORGANISATIONS);
    expect(done.chaincodeId).toMatch(/^assets_1\.0:[0-9a-f]{64}$/);
    chaincodeId = done.chaincodeId;
    await contract.submitTransaction('put', 'kept', 'from 1.0');
    expect(await read('get', 'kept')).toBe('from 1.0');
  });

  it('does nothing where all of it is done', async () => {
    expect(await deploy('--address', address)).toEqual({
      name: NAME,
      version: '1.0',
      channel: CHANNEL,
      chaincodeId,
      sequence: 1,
      installed: [],
      approved: [],
      committed: false,
    });
  });

  it('is refused a sequence that does not follow, or says something else', async () => {
    const skipped = await refused('--address', address, '--sequence', '3');
    expect(skipped).toMatchObject({ code: 1 });
    expect(skipped.stderr).toContain('assets is committed at sequence 1: the next sequence is 2, not 3');
    const other = await refused('--address', address, '--sequence', '1', '--version', '2.0');
    expect(other).toMatchObject({ code: 1 });
    expect(other.stderr).toContain('assets is committed at sequence 1 with another version');
  });

  it('is refused a policy or collections that it cannot read, with the place', async () => {
    const policy = await refused('--address', address, '--policy', "OR('Org1MSP.peer'");
    expect(policy).toMatchObject({ code: 2 });
    const file = join(folder, 'broken.json');
    await writeFile(file, JSON.stringify([{ ...COLLECTIONS[0], blockToLive: -1 }]));
    const broken = await refused('--address', address, '--collections', file);
    expect(broken).toMatchObject({ code: 2 });
    expect(broken.stderr).toContain('blockToLive');
    expect(await list()).toEqual([expect.objectContaining({ version: '1.0', sequence: 1 })]);
  });

  it('upgrades by the next sequence: other code, policy and collections, and Init has to come first', async () => {
    collections = join(folder, 'collections.json');
    await writeFile(collections, JSON.stringify(COLLECTIONS));
    const newAddress = await freeAddress();
    await second.serve(`${NAME}:1.1`, newAddress);
    const done = await deploy(
      ...['--address', newAddress, '--version', '1.1', '--sequence', '2', '--init-required'],
      ...['--policy', "AND('Org1MSP.peer', 'Org2MSP.peer', 'Org3MSP.peer')", '--collections', collections],
    );
    expect(done).toMatchObject({ sequence: 2, committed: true });
    expect([...done.installed].sort()).toEqual([...PEERS].sort());
    upgradedId = done.chaincodeId;
    // Nothing asks the old one any more.
    await first.kill();
    await expect(contract.submitTransaction('put', 'new', '1')).rejects.toSatisfy(
      says("chaincode 'assets' has not been initialized for this version, must call as init first"),
    );
    expect(await callInit(user.gateway, CHANNEL, NAME, ['put', 'initialised', 'by 1.1'])).toMatchObject({
      successful: true,
    });
    expect(await read('get', 'initialised')).toBe('by 1.1');
    expect(await read('get', 'kept')).toBe('from 1.0');
  });

  it('puts the new policy in force', async () => {
    const two = contract.submit('put', {
      arguments: ['policy', 'of two'],
      endorsingOrganizations: ['Org1MSP', 'Org2MSP'],
    });
    await expect(two).rejects.toThrow('ENDORSEMENT_POLICY_FAILURE');
    await contract.submitTransaction('put', 'policy', 'of three');
    expect(await read('get', 'policy')).toBe('of three');
  });

  it('puts the new collections in force', async () => {
    await contract.submit('putPrivate', {
      arguments: ['pair', 'between'],
      transientData: { value: 'the two of us' },
    });
    expect(await read('getPrivate', 'pair', 'between')).toBe('the two of us');
    const third = await NetworkUser.connect(home, 'org3');
    try {
      const outside = third.gateway.getNetwork(CHANNEL).getContract(NAME);
      const refusal = outside.evaluate('getPrivate', {
        arguments: ['pair', 'between'],
        endorsingOrganizations: ['Org3MSP'],
      });
      await expect(refusal).rejects.toSatisfy(says('tx creator does not have read access permission'));
    } finally {
      third.close();
    }
  });

  it('waits for the others where some organisations alone approve', async () => {
    const forOne = ['--no-check', '--address', address, '--version', '1.2', '--collections', collections];
    const { code, stderr } = await refused(...forOne, '--org', 'org1');
    expect(code).toBe(1);
    expect(stderr).toContain('was not committed at sequence 3; approved by Org1MSP');
    expect(await list()).toEqual([expect.objectContaining({ version: '1.1', sequence: 2 })]);
  });

  it('is shown by chaincode list, and for one channel alone', async () => {
    const [only, ...more] = await list();
    expect(more).toEqual([]);
    expect(only).toEqual({
      channel: CHANNEL,
      name: NAME,
      version: '1.1',
      sequence: 2,
      initRequired: true,
      collections: ['pair'],
      approvedBy: ORGANISATIONS,
      packages: ORGANISATIONS.map((organisation) => ({ organisation, packageId: upgradedId })),
    });
    const { stdout } = await medaccord('chaincode', 'list', '--home', home);
    const [head = '', , row = ''] = stdout.split('\n');
    expect(head.split(/\s{2,}/)).toEqual([
      'Channel',
      'Chaincode',
      'Version',
      'Sequence',
      'Approved by',
      'Package',
    ]);
    expect(row.split(/\s{2,}/)).toEqual([CHANNEL, NAME, '1.1', '2', ORGANISATIONS.join(', '), upgradedId]);
    const other = ['chaincode', 'list', '--channel', 'between-two', '--home', home];
    expect(await medaccordJson<Listed>(...other)).toEqual({ chaincodes: [] });
  });

  it('stays deployed when the network stops and goes on', async () => {
    user.close();
    expect(await medaccord('down', '--home', home)).toMatchObject({ code: 0 });
    await medaccordJson('up', '--detach', '--home', home);
    await connect();
    expect(await list()).toEqual([expect.objectContaining({ version: '1.1', sequence: 2 })]);
    await contract.submitTransaction('put', 'after', 'the restart');
    expect(await read('get', 'after')).toBe('the restart');
  });
});
