import type { GatewayError } from '@hyperledger/fabric-gateway';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { CHAINCODE, CHANNEL, TestNetwork, type Org } from '../testing/test-network.js';

let network: TestNetwork;
beforeAll(async () => {
  network = await TestNetwork.start({ peers: { HospitalA: 2 } });
});
afterAll(async () => {
  await network.stop();
});
afterEach(async () => {
  for (const { name } of network.network.peers.list()) await network.network.peers.start(name);
});

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();
const contract = async (org: Org, peer = 0) =>
  (await network.connect(org, { peer })).getNetwork(CHANNEL).getContract(CHAINCODE);
const refusal = async (result: Promise<unknown>): Promise<GatewayError> =>
  result.then(
    () => expect.fail('was not refused'),
    (error: unknown) => error as GatewayError,
  );
const stop = (name: string) => network.network.peers.stop(name);
const start = (name: string) => network.network.peers.start(name);

describe('the peers', () => {
  it('are listed with what they have joined', () => {
    const peers = network.network.peers.list();
    expect(peers.map(({ name }) => name)).toEqual([
      'peer0.HospitalA',
      'peer1.HospitalA',
      'peer0.HospitalB',
      'peer0.LabA',
      'peer0.InsurerA',
      'peer0.InsurerB',
    ]);
    expect(peers[1]).toEqual({
      name: 'peer1.HospitalA',
      mspId: 'HospitalA',
      endpoint: network.endpoint('HospitalA', 1),
      running: true,
      channels: [CHANNEL],
    });
  });

  it('are stopped and started once each, and unknown ones are named', async () => {
    expect(await stop('peer0.LabA')).toMatchObject({ changed: true, peer: { running: false } });
    expect(await stop('peer0.LabA')).toMatchObject({ changed: false, peer: { running: false } });
    const [first, second] = await Promise.all([start('peer0.LabA'), start('peer0.LabA')]);
    expect([first.changed, second.changed]).toEqual([true, false]);
    await expect(stop('peer9.LabA')).rejects.toMatchObject({
      code: 'PEER_UNKNOWN',
      hint: expect.stringContaining('peer0.HospitalA, peer1.HospitalA'),
    });
  });
});

describe('a stopped peer', () => {
  it('answers nothing: its port is closed and its streams end; started again, it does', async () => {
    const gateway = await network.connect('HospitalA', { peer: 1 });
    const channel = gateway.getNetwork(CHANNEL);
    const there = channel.getContract(CHAINCODE);
    await there.submitTransaction('put', 'before', '1');
    const events = await channel.getChaincodeEvents(CHAINCODE);
    const ended = events[Symbol.asyncIterator]().next();
    const rejected = expect(ended).rejects.toThrow();
    await stop('peer1.HospitalA');
    await rejected;
    expect(await refusal(there.evaluateTransaction('get', 'before'))).toMatchObject({ code: 14 });

    await start('peer1.HospitalA');
    expect(text(await (await contract('HospitalA', 1)).evaluateTransaction('get', 'before'))).toBe('1');
  });

  it('is replaced by its organisation’s other peer, in endorsing and in evaluating', async () => {
    await stop('peer0.HospitalA');
    const elsewhere = await contract('LabA');
    const transaction = await elsewhere
      .newProposal('put', { arguments: ['replaced', '1'], endorsingOrganizations: ['HospitalA', 'LabA'] })
      .endorse();
    expect((await (await transaction.submit()).getStatus()).successful).toBe(true);
    const there = await contract('HospitalA', 1);
    expect(text(await there.evaluateTransaction('get', 'replaced'))).toBe('1');
  });

  it('leaves the policy to the other organisations, as long as they suffice', async () => {
    await stop('peer0.LabA');
    const there = await contract('HospitalA');
    await there.submitTransaction('put', 'two of three', '1');
    const named = there.submit('put', {
      arguments: ['a', 'b'],
      endorsingOrganizations: ['LabA', 'HospitalA'],
    });
    const refused = await refusal(named);
    expect(refused).toMatchObject({ code: 14 });
    expect(refused.message).toContain('failed to find any endorsing peers for org(s): LabA');

    await stop('peer0.HospitalB');
    const tooFew = await refusal(there.submitTransaction('put', 'one of three', '1'));
    expect(tooFew).toMatchObject({ code: 9 });
    expect(tooFew.message).toContain('no peer combination can satisfy the endorsement policy');
    expect(text(await there.evaluateTransaction('get', 'two of three'))).toBe('1');
    await start('peer0.HospitalB');
    await there.submitTransaction('put', 'two again', '1');
  });

  it('runs again after the ledger was started again', async () => {
    await stop('peer0.LabA');
    await network.restart();
    expect(network.network.peers.list().every(({ running }) => running)).toBe(true);
  });
});

describe('a chaincode that an organisation has not installed', () => {
  it('is endorsed by those who have, and not evaluated where only the own organisation may be asked', async () => {
    const other = 'elsewhere';
    await network.deployTo(other, ['HospitalB', 'LabA', 'InsurerB']);
    const gateway = await network.connect('HospitalA');
    const there = gateway.getNetwork(CHANNEL).getContract(other);
    await there.submitTransaction('put', 'key', 'value');
    expect(text(await there.evaluateTransaction('get', 'key'))).toBe('value');
    const own = await refusal(
      there.evaluate('get', { arguments: ['key'], endorsingOrganizations: ['HospitalA'] }),
    );
    expect(own).toMatchObject({ code: 9 });
    expect(own.message).toContain(`no peers available to evaluate chaincode ${other} in channel ${CHANNEL}`);
    const secret = await refusal(
      there.submit('put', { arguments: ['key', 'x'], transientData: { value: 'secret' } }),
    );
    expect(secret.message).toContain("no endorsers found in the gateway's organization");
  });
});
