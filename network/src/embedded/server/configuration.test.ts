import { common, orderer, peer } from '@hyperledger/fabric-protos';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { organisationGroup } from '../channel/config-groups.js';
import { nodeSigner } from '../identity/index.js';
import type { CommittedBlock, NodeSigner } from '../parts.js';
import { makeOrganisation } from '../testing/certificates.js';
import { configUpdate, type UpdatePlan } from '../testing/config-updates.js';
import { CHAINCODE, CHANNEL, ORGANISATIONS, TestNetwork, type Org } from '../testing/test-network.js';

let network: TestNetwork;
let client: orderer.AtomicBroadcastClient;
const admins: NodeSigner[] = [];

beforeAll(async () => {
  network = await TestNetwork.start();
  client = new orderer.AtomicBroadcastClient(network.ordererEndpoint, network.tlsCredentials);
  for (const name of ORGANISATIONS) {
    const { dir } = await network.organisations[name].issue('configurer', { ou: ['admin'] });
    admins.push(nodeSigner({ mspId: name, dir, endpoint: '' }));
  }
});
afterAll(async () => {
  client.close();
  await network.stop();
});

/** Sends an update by every organisation's admin to the orderer, and waits for its block. */
async function apply(change: UpdatePlan['change']): Promise<CommittedBlock> {
  const { configBlock } = network.ledger();
  const next = network.nextBlock();
  const stream = client.broadcast();
  stream.end(configUpdate({ channelId: CHANNEL, configBlock, change, signers: admins }));
  const answers = (await stream.toArray()) as orderer.BroadcastResponse[];
  expect(answers.map((answer) => answer.toObject())).toEqual([{ status: common.Status.SUCCESS, info: '' }]);
  return next;
}

function application(root: common.ConfigGroup): common.ConfigGroup {
  return root.getGroupsMap().get('Application') ?? new common.ConfigGroup();
}

describe('an updated configuration', () => {
  it('is what clients are told, and lets an added organisation’s clients work', async () => {
    const added = await makeOrganisation(network.dir, 'NewLab');
    const identity = await added.issue('somebody', { ou: ['client'] });
    const gateway = await network.connect('NewLab' as Org, { identity, at: 'HospitalA' });
    const contract = gateway.getNetwork(CHANNEL).getContract(CHAINCODE);
    await expect(contract.evaluateTransaction('get', 'k')).rejects.toThrow('creator is malformed');
    const group = organisationGroup({ name: 'NewLab', mspId: 'NewLab', dir: added.dir }, false);
    const { number } = await apply((root) => application(root).getGroupsMap().set('NewLab', group));
    await contract.submitTransaction('put', 'k', 'by the new lab');
    expect(Buffer.from(await contract.evaluateTransaction('get', 'k')).toString()).toBe('by the new lab');
    const system = gateway.getNetwork(CHANNEL).getContract('cscc');
    const block = common.Block.deserializeBinary(await system.evaluateTransaction('GetConfigBlock', CHANNEL));
    expect(block.getHeader()?.getNumber()).toBe(number);
    await network.restart();
    expect(Buffer.from(await contract.evaluateTransaction('get', 'k')).toString()).toBe('by the new lab');
  });

  it('ends the streams of those who may not read any more', async () => {
    const reader = await network.connect('LabA');
    const channel = reader.getNetwork(CHANNEL);
    const start = BigInt(network.ledger().height);
    const [blocks, filtered] = await Promise.all([
      channel.getBlockEvents({ startBlock: start }),
      channel.getFilteredBlockEvents({ startBlock: start }),
    ]);
    const ended = (async () => {
      for await (const _block of blocks) throw new Error(`a block came: ${String(_block)}`);
      return 'ended';
    })().catch((error: unknown) => String(error));
    const list = new peer.ACLs();
    const admin = new peer.APIResource();
    admin.setPolicyRef('Admins');
    list.getAclsMap().set('event/Block', admin);
    const value = new common.ConfigValue();
    value.setValue(list.serializeBinary());
    value.setModPolicy('Admins');
    const { number } = await apply((root) => application(root).getValuesMap().set('ACLs', value));
    expect(await ended).toBe('Error: Unexpected status response: 403');
    for await (const block of filtered) {
      expect(block.getNumber()).toBe(number);
      const [only] = block.getFilteredTransactionsList();
      expect([only?.getType(), only?.getTxid()]).toEqual([common.HeaderType.CONFIG, '']);
      break;
    }
    filtered.close();
  });
});
