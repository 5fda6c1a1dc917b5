import { common, orderer } from '@hyperledger/fabric-protos';
import { beforeAll, describe, expect, it } from 'vitest';
import { consensusType } from '../embedded/channel/consensus-type.js';
import { createIssuer } from '../pki/index.js';
import { consenterUpdate } from './consenter-update.js';

let certificates: string[];
beforeAll(async () => {
  const made = [0, 1, 2, 3].map((index) =>
    createIssuer({ commonName: `o${index}`, organisation: 'orderer' }),
  );
  certificates = (await Promise.all(made)).map(({ certificate }) => certificate.toString('pem'));
});

const node = (index: number, certificate = index) => ({
  host: 'localhost',
  port: 7050 + index,
  tlsCertificate: certificates[certificate] ?? '',
});

/** A channel of three orderers whose consensus has been changed four times. */
function config(): common.Config {
  const value = new common.ConfigValue();
  value.setVersion(4);
  value.setModPolicy('Admins');
  const consenters = [node(0), node(1), node(2)];
  value.setValue(consensusType({ type: 'etcdraft', consenters }).serializeBinary());
  const orderers = new common.ConfigGroup();
  orderers.setVersion(2);
  orderers.getValuesMap().set('ConsensusType', value);
  const root = new common.ConfigGroup();
  root.getGroupsMap().set('Orderer', orderers);
  const whole = new common.Config();
  whole.setChannelGroup(root);
  return whole;
}

describe('an update of the orderers’ certificates', () => {
  it('changes one node and leaves the others and all else as they are', () => {
    const update = consenterUpdate('care', config(), [node(0), node(1, 3), node(2)]);
    const group = update?.getWriteSet()?.getGroupsMap().get('Orderer');
    expect(group?.getVersion()).toBe(2);
    const value = group?.getValuesMap().get('ConsensusType');
    expect(value?.getVersion()).toBe(5);
    expect(value?.getModPolicy()).toBe('Admins');
    const type = orderer.ConsensusType.deserializeBinary(value?.getValue_asU8() ?? new Uint8Array());
    const metadata = orderer.etcdraft.ConfigMetadata.deserializeBinary(type.getMetadata_asU8());
    const known = metadata
      .getConsentersList()
      .map((one) => Buffer.from(one.getServerTlsCert_asU8()).toString());
    expect(known).toEqual([certificates[0], certificates[3], certificates[2]]);
    expect(metadata.getOptions()?.getElectionTick()).toBe(10);
  });

  it('is one at a time, and none where the channel has them all', () => {
    const both = [node(0, 3), node(1, 3), node(2)];
    const update = consenterUpdate('care', config(), both);
    const value = update?.getWriteSet()?.getGroupsMap().get('Orderer')?.getValuesMap().get('ConsensusType');
    const type = orderer.ConsensusType.deserializeBinary(value?.getValue_asU8() ?? new Uint8Array());
    const metadata = orderer.etcdraft.ConfigMetadata.deserializeBinary(type.getMetadata_asU8());
    const changed = metadata
      .getConsentersList()
      .filter((one) => Buffer.from(one.getClientTlsCert_asU8()).toString() === certificates[3]);
    expect(changed).toHaveLength(1);
    expect(consenterUpdate('care', config(), [node(0), node(1), node(2)])).toBeUndefined();
  });

  it('is refused for a node that the channel does not have', () => {
    expect(() => consenterUpdate('care', config(), [node(3)])).toThrow('no orderer at localhost:7053');
  });
});
