import { rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { common, msp, orderer, peer } from '@hyperledger/fabric-protos';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkAccess, type Access } from '../access/index.js';
import { organisationGroup } from '../channel/config-groups.js';
import { rebuildState } from '../channel/index.js';
import { checkLedger } from '../check/index.js';
import { nodeSigner } from '../identity/index.js';
import { OrdererError } from '../orderer/index.js';
import { parsePolicy } from '../policy/index.js';
import type { CommittedBlock, NodeSigner } from '../parts.js';
import { restoreSnapshot, takeSnapshot } from '../snapshot/index.js';
import { makeOrganisation } from '../testing/certificates.js';
import { configUpdate, type UpdatePlan } from '../testing/config-updates.js';
import { TestChannel } from '../testing/test-channel.js';
import { sent } from '../testing/envelopes.js';

const { TxValidationCode: Code } = peer;
let channel: TestChannel;
/** Admins of A to D and of the orderer's organisation. */
let admins: Record<string, NodeSigner>;

beforeEach(async () => {
  channel = await TestChannel.make();
  admins = {};
  for (const [name, organisation] of Object.entries(channel.organisations)) {
    const { dir } = await organisation.issue('admin', { ou: ['admin'] });
    admins[name] = nodeSigner({ mspId: name, dir, endpoint: '' });
  }
});
afterEach(() => channel.remove());

const signers = (...names: string[]) => names.map((name) => admins[name] ?? channel.clients.A);
const update = (change: UpdatePlan['change'], by: readonly NodeSigner[], more: Partial<UpdatePlan> = {}) =>
  configUpdate({ channelId: 'care', configBlock: channel.ledger.configBlock, change, signers: by, ...more });

/** Orders an update and waits for its block. */
async function apply(change: UpdatePlan['change'], by: readonly NodeSigner[]): Promise<CommittedBlock> {
  const next = nextBlock();
  await channel.orderer.broadcast(sent(update(change, by)));
  return next;
}
function nextBlock(): Promise<CommittedBlock> {
  return new Promise((resolve) => {
    const stop = channel.ledger.onCommit((block) => {
      stop();
      resolve(block);
    });
  });
}
/** Status and words of the refusal; 'taken' where there is none. */
async function refusal(envelope: common.Envelope): Promise<string> {
  try {
    await channel.orderer.broadcast(sent(envelope));
    return 'taken';
  } catch (error) {
    if (!(error instanceof OrdererError)) throw error;
    return `${error.code}: ${error.message}`;
  }
}

const group = (root: common.ConfigGroup, ...path: string[]) => {
  let found = root;
  for (const name of path) found = found.getGroupsMap().get(name) ?? new common.ConfigGroup();
  return found;
};
const value = (bytes: Uint8Array) => {
  const entry = new common.ConfigValue();
  entry.setValue(bytes);
  entry.setModPolicy('Admins');
  return entry;
};
const anchors = (mspId: string) => (root: common.ConfigGroup) => {
  const content = new peer.AnchorPeers();
  const anchor = new peer.AnchorPeer();
  anchor.setHost('peer0.example');
  anchor.setPort(7051);
  content.addAnchorPeers(anchor);
  group(root, 'Application', mspId).getValuesMap().set('AnchorPeers', value(content.serializeBinary()));
};
const batchSize = (count: number) => (root: common.ConfigGroup) => {
  const size = new orderer.BatchSize();
  size.setMaxMessageCount(count);
  size.setPreferredMaxBytes(500_000);
  size.setAbsoluteMaxBytes(600_000);
  group(root, 'Orderer').getValuesMap().get('BatchSize')?.setValue(size.serializeBinary());
};
const changeMsp =
  (name: string, change: (config: msp.FabricMSPConfig) => void) => (root: common.ConfigGroup) => {
    const entry = group(root, 'Application', name).getValuesMap().get('MSP');
    const wrapped = msp.MSPConfig.deserializeBinary(entry?.getValue_asU8() ?? new Uint8Array());
    const config = msp.FabricMSPConfig.deserializeBinary(wrapped.getConfig_asU8());
    change(config);
    wrapped.setConfig(config.serializeBinary());
    entry?.setValue(wrapped.serializeBinary());
  };
const put = (key: string, options: Parameters<TestChannel['transaction']>[0] | object = {}) =>
  channel.transaction({ sets: [{ writes: { [key]: 'v' } }], ...options });
const codesOf = ({ transactions }: CommittedBlock) => transactions.map(({ code }) => code);

describe('an update of the configuration', () => {
  it('is alone in its block, which the next blocks name as the last configuration', async () => {
    const before = channel.ledger.height;
    const blocks: CommittedBlock[] = [];
    const stop = channel.ledger.onCommit((block) => blocks.push(block));
    const waiting = put('a');
    await channel.orderer.broadcast(sent(waiting.envelope));
    await channel.orderer.broadcast(sent(update(anchors('A'), signers('A'))));
    await channel.commit(put('b'));
    stop();
    expect(blocks.map(codesOf)).toEqual([[Code.VALID], [Code.VALID], [Code.VALID]]);
    expect(channel.ledger.configBlock.getHeader()?.getNumber()).toBe(before + 1);
    const tree = channel.ledger.configBlock.serializeBinary();
    expect(Buffer.from(tree).toString('latin1')).toContain('peer0.example');
  });

  it('counts for what follows: the size of blocks, policies, and what peers read', async () => {
    await apply(batchSize(3), signers('Orderer'));
    const many = Array.from({ length: 6 }, (_, index) => put(`k${String(index)}`));
    const sizes: number[] = [];
    const stop = channel.ledger.onCommit(({ transactions }) => sizes.push(transactions.length));
    await channel.commit(...many);
    stop();
    expect(sizes).toEqual([3, 3]);
    const large = put('large', { sets: [{ writes: { large: 'x'.repeat(700_000) } }] });
    expect(await refusal(large.envelope)).toContain('exceeds maximum allowed 600000 bytes');
    const onlyB = (root: common.ConfigGroup) => {
      const policy = group(root, 'Application', 'A').getPoliciesMap().get('Writers')?.getPolicy();
      policy?.setValue(parsePolicy("OR('B.member')").serializeBinary());
    };
    await apply(onlyB, signers('A'));
    expect(
      channel.ledger.policies.isSatisfiedBy('/Channel/Application/A/Writers', identity(channel.clients.A)),
    ).toBe(false);
  });

  it('says who may have what: an access list names other policies for resources', async () => {
    const list = (policy: string) => (root: common.ConfigGroup) => {
      const content = new peer.ACLs();
      const resource = new peer.APIResource();
      resource.setPolicyRef(policy);
      content.getAclsMap().set('event/Block', resource);
      group(root, 'Application').getValuesMap().set('ACLs', value(content.serializeBinary()));
    };
    const client = identity(channel.clients.A);
    const may = (resource: Access) => () => checkAccess(channel.ledger, resource, client);
    expect(may('event/Block')).not.toThrow();
    await apply(list('Admins'), signers('A', 'B', 'C'));
    expect(may('event/Block')).toThrow(
      'failed evaluating policy on signed data during check policy [/Channel/Application/Admins]: ' +
        '[implicit policy evaluation failed - 0 sub-policies were satisfied',
    );
    expect(may('event/FilteredBlock')).not.toThrow();
    await apply(list('/Channel/Application/A/Readers'), signers('A', 'B', 'C'));
    expect(may('event/Block')).not.toThrow();
    await apply(list('Nobody'), signers('A', 'B', 'C'));
    expect(may('event/Block')).toThrow('policy /Channel/Application/Nobody not found');
  });

  it('lets an organisation in, and out again', async () => {
    const added = await makeOrganisation(channel.dir, 'E');
    const { dir } = await added.issue('client', { ou: ['client'] });
    const creator = nodeSigner({ mspId: 'E', dir, endpoint: '' });
    expect(await refusal(put('x', { creator }).envelope)).toContain('FORBIDDEN');
    const join = (root: common.ConfigGroup) =>
      group(root, 'Application')
        .getGroupsMap()
        .set('E', organisationGroup({ name: 'E', mspId: 'E', dir: added.dir }, false));
    expect(codesOf(await apply(join, signers('A', 'B', 'C')))).toEqual([Code.VALID]);
    expect(channel.ledger.mspIds).toEqual(['A', 'B', 'C', 'D', 'E']);
    expect(codesOf(await channel.commit(put('x', { creator })))).toEqual([Code.VALID]);
    await apply((root) => group(root, 'Application').getGroupsMap().del('E'), signers('A', 'B', 'C'));
    expect(channel.ledger.mspIds).toEqual(['A', 'B', 'C', 'D']);
    expect(await refusal(put('x', { creator }).envelope)).toContain('FORBIDDEN');
  });

  it('revokes whom a list in an MSP names', async () => {
    const { A } = channel.organisations;
    if (A === undefined) throw new Error('no organisation');
    const leaver = await A.issue('leaver', { ou: ['client'] });
    const creator = nodeSigner({ mspId: 'A', dir: leaver.dir, endpoint: '' });
    expect(codesOf(await channel.commit(put('x', { creator })))).toEqual([Code.VALID]);
    await A.revoke(leaver.serialNumber);
    const list = await readFile(join(A.dir, 'crls', 'crl.pem'));
    // In the configuration alone.
    rmSync(join(A.dir, 'crls', 'crl.pem'));
    await apply(
      changeMsp('A', (config) => config.setRevocationListList([list])),
      signers('A'),
    );
    expect(await refusal(put('x', { creator }).envelope)).toContain('FORBIDDEN');
    expect(await refusal(put('x').envelope)).toBe('taken');
  });

  it('stays after a restart, and in a ledger that is checked, rebuilt or begun from a snapshot', async () => {
    await apply(batchSize(2), signers('Orderer'));
    await apply(anchors('B'), signers('B'));
    await channel.commit(put('a'));
    const { configBlock, height } = channel.ledger;
    await channel.stop();
    const out = join(channel.dir, 'snapshot');
    const { options } = channel;
    const { manifest } = await takeSnapshot(
      { dir: options.dir, channelId: 'care', signer: options.ordererSigner },
      () => out,
    );
    expect(manifest.lastConfigBlock).toBe(configBlock.getHeader()?.getNumber());
    expect(await checkLedger(options)).toMatchObject({ blocks: height, faults: [] });
    await rebuildState(options);
    await channel.open();
    expect(channel.ledger.configBlock.serializeBinary()).toEqual(configBlock.serializeBinary());
    await channel.stop();
    const copy = channel.beside('copy');
    restoreSnapshot(out, copy.options);
    await copy.open();
    expect(copy.ledger.configBlock.serializeBinary()).toEqual(configBlock.serializeBinary());
    await copy.commit(put('b'));
    await copy.stop();
    expect(await checkLedger(copy.options)).toMatchObject({ faults: [] });
  });
});

describe('the orderer refuses an update', () => {
  const refused = (change: UpdatePlan['change'], by: string[], more: Partial<UpdatePlan> = {}) =>
    refusal(update(change, signers(...by), more));

  it('that its policies do not allow, whoever else signs it', async () => {
    expect(await refused(anchors('A'), ['B', 'C', 'D'])).toBe(
      "BAD_REQUEST: error applying config update to existing channel 'care': error authorizing update: " +
        'error validating DeltaSet: policy for [Group]  /Channel/Application/A not satisfied: ' +
        'signature set did not satisfy policy',
    );
    expect(await refused(batchSize(1), ['A', 'B', 'C', 'D'])).toContain(
      'policy for [Value]  /Channel/Orderer',
    );
    const lifecycle = (root: common.ConfigGroup) => {
      const policy = group(root, 'Application').getPoliciesMap().get('Endorsement')?.getPolicy();
      const rule = new common.ImplicitMetaPolicy();
      rule.setSubPolicy('Endorsement');
      policy?.setValue(rule.serializeBinary());
    };
    expect(await refused(lifecycle, ['A', 'B'])).toContain(
      '2 sub-policies were satisfied, but this policy requires 3',
    );
    expect(await refused(lifecycle, ['A', 'B', 'C'])).toBe('taken');
  });

  it('with versions that are not the next ones, of another channel, or that changes nothing', async () => {
    const stale = update(batchSize(3), signers('Orderer'));
    await apply(batchSize(4), signers('Orderer'));
    expect(await refusal(stale)).toContain(
      'attempt to set key [Value]  /Channel/Orderer/BatchSize to version 1, but key is at version 1',
    );
    expect(await refused(() => undefined, ['A'])).toContain('delta set was empty');
    const other = (change: common.ConfigUpdate) => change.setChannelId('other');
    expect(await refused(anchors('A'), ['A'], { tamper: other })).toContain(
      "ConfigUpdate for channel 'other' but envelope for channel 'care'",
    );
    const newer = (change: common.ConfigUpdate) => change.getReadSet()?.setVersion(7);
    expect(await refused(anchors('A'), ['A'], { tamper: newer })).toContain(
      'proposed update requires that key [Group]  /Channel be at version 7, but it is currently at version 0',
    );
  });

  it('that leaves a channel without what it needs, or with what nobody can use', async () => {
    expect(await refused(batchSize(0), ['Orderer'])).toContain('max message count to an invalid value: 0');
    const timeout = (root: common.ConfigGroup) => {
      const content = new orderer.BatchTimeout();
      content.setTimeout('soon');
      group(root, 'Orderer').getValuesMap().get('BatchTimeout')?.setValue(content.serializeBinary());
    };
    expect(await refused(timeout, ['Orderer'])).toContain('batch timeout to a invalid value');
    const rename = changeMsp('A', (config) => config.setName('Z'));
    expect(await refused(rename, ['A'])).toContain('org A attempted to change MSP ID from A to Z');
    const noRoots = changeMsp('A', (config) => config.setRootCertsList([]));
    expect(await refused(noRoots, ['A'])).toContain('expected at least one CA certificate');
    const unknown = (root: common.ConfigGroup) =>
      group(root, 'Application', 'A')
        .getValuesMap()
        .set('Colour', value(Buffer.from('red')));
    expect(await refused(unknown, ['A'])).toContain('Unexpected key Colour');
    const consensus = (root: common.ConfigGroup) =>
      group(root, 'Orderer').getValuesMap().get('ConsensusType')?.setValue(Buffer.from(''));
    expect(await refused(consensus, ['Orderer'])).toContain('keeps /Channel/Orderer/ConsensusType as it is');
    const broken = (root: common.ConfigGroup) =>
      group(root, 'Application', 'A').getPoliciesMap().get('Readers')?.getPolicy()?.setType(9);
    expect(await refused(broken, ['A'])).toContain('has unknown policy type: 9');
  });

  it('from somebody who may not write to the channel, or who has not signed it', async () => {
    const stranger = { ...channel.clients.A, serialized: Buffer.from('stranger') };
    expect(await refusal(update(anchors('A'), [stranger, ...signers('A')]))).toContain(
      'FORBIDDEN: config update for existing channel did not pass initial checks',
    );
  });
});

describe('a peer', () => {
  it('finds a configuration invalid that is not what its update comes to, or is not alone', async () => {
    const good = await apply(anchors('A'), signers('A'));
    const bytes = good.block.getData()?.getDataList_asU8()[0] ?? new Uint8Array();
    const replayed = await channel.commitBytes([bytes]);
    expect(codesOf(replayed)).toEqual([Code.INVALID_CONFIG_TRANSACTION]);
    const both = await channel.commitBytes([bytes, put('a').envelope.serializeBinary()]);
    expect(codesOf(both)).toEqual([Code.INVALID_CONFIG_TRANSACTION, Code.VALID]);
    expect(channel.ledger.configBlock.getHeader()?.getNumber()).toBe(good.number);
  });
});

function identity({ serialized }: NodeSigner) {
  return channel.options.msps.deserialize(serialized);
}
