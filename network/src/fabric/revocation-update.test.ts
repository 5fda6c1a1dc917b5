import { common, msp } from '@hyperledger/fabric-protos';
import { describe, expect, it } from 'vitest';
import { hasRevocations, revocationUpdate } from './revocation-update.js';

const list = (text: string): Uint8Array => Buffer.from(text);

/** A channel on which `a` has these lists and its MSP has been changed twice. */
function configWith(lists: readonly Uint8Array[]): common.Config {
  const fabric = new msp.FabricMSPConfig();
  fabric.setName('AMSP');
  fabric.setRootCertsList([list('root')]);
  fabric.setRevocationListList([...lists]);
  const definition = new msp.MSPConfig();
  definition.setConfig(fabric.serializeBinary());
  const value = new common.ConfigValue();
  value.setVersion(2);
  value.setModPolicy('Admins');
  value.setValue(definition.serializeBinary());
  const own = new common.ConfigGroup();
  own.setVersion(1);
  own.setModPolicy('Admins');
  own.getValuesMap().set('MSP', value);
  const application = new common.ConfigGroup();
  application.setVersion(4);
  application.getGroupsMap().set('a', own);
  application.getGroupsMap().set('b', new common.ConfigGroup());
  const root = new common.ConfigGroup();
  root.getGroupsMap().set('Application', application);
  const config = new common.Config();
  config.setChannelGroup(root);
  return config;
}

const ownGroup = (set: common.ConfigGroup | undefined): common.ConfigGroup | undefined =>
  set?.getGroupsMap().get('Application')?.getGroupsMap().get('a');

describe("an update of an organisation's revocation lists", () => {
  it('changes nothing but the lists, and takes the next version of the MSP alone', () => {
    const update = revocationUpdate('care', configWith([list('old')]), 'a', [list('new')]);
    const value = ownGroup(update?.getWriteSet())?.getValuesMap().get('MSP');
    expect(value?.getVersion()).toBe(3);
    expect(value?.getModPolicy()).toBe('Admins');
    const definition = msp.MSPConfig.deserializeBinary(value?.getValue_asU8() ?? new Uint8Array());
    const fabric = msp.FabricMSPConfig.deserializeBinary(definition.getConfig_asU8());
    expect(fabric.getRevocationListList_asU8().map((bytes) => Buffer.from(bytes).toString())).toEqual([
      'new',
    ]);
    expect(fabric.getName()).toBe('AMSP');
    expect(fabric.getRootCertsList_asU8()).toHaveLength(1);
  });

  it('rests on the groups in force, and names no other organisation', () => {
    const update = revocationUpdate('care', configWith([]), 'a', [list('new')]);
    expect(update?.getChannelId()).toBe('care');
    for (const set of [update?.getReadSet(), update?.getWriteSet()]) {
      const application = set?.getGroupsMap().get('Application');
      expect(application?.getVersion()).toBe(4);
      expect(application?.getGroupsMap().getLength()).toBe(1);
      expect(ownGroup(set)?.getVersion()).toBe(1);
    }
    expect(ownGroup(update?.getReadSet())?.getValuesMap().getLength()).toBe(0);
  });

  it('is none where the channel has those lists already', () => {
    const config = configWith([list('one')]);
    expect(revocationUpdate('care', config, 'a', [list('one')])).toBeUndefined();
    expect(hasRevocations(config, 'a', [list('one')])).toBe(true);
    expect(hasRevocations(config, 'a', [])).toBe(false);
    expect(revocationUpdate('care', config, 'a', [])).toBeDefined();
  });

  it('is refused for who is no member', () => {
    expect(() => revocationUpdate('care', configWith([]), 'stranger', [])).toThrow('no member');
  });
});
