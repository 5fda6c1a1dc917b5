import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { common } from '@hyperledger/fabric-protos';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { computeUpdate } from './compute-update.js';

const group = (version: number, modPolicy = 'Admins'): common.ConfigGroup => {
  const made = new common.ConfigGroup();
  made.setVersion(version);
  made.setModPolicy(modPolicy);
  return made;
};
const value = (text: string, version = 0): common.ConfigValue => {
  const made = new common.ConfigValue();
  made.setVersion(version);
  made.setModPolicy('Admins');
  made.setValue(Buffer.from(text));
  return made;
};
const policy = (text: string, version = 0): common.ConfigPolicy => {
  const inner = new common.Policy();
  inner.setType(1);
  inner.setValue(Buffer.from(text));
  const made = new common.ConfigPolicy();
  made.setVersion(version);
  made.setModPolicy('Admins');
  made.setPolicy(inner);
  return made;
};

function configuration(): common.Config {
  const root = group(1);
  root.getValuesMap().set('Hashing', value('SHA256', 3));
  root.getPoliciesMap().set('Readers', policy('any', 2));
  const application = group(4);
  application.getPoliciesMap().set('Writers', policy('any', 5));
  for (const name of ['a', 'b', 'c']) {
    const own = group(1);
    own.getValuesMap().set('MSP', value(`msp of ${name}`, 6));
    own.getPoliciesMap().set('Admins', policy(`admins of ${name}`, 7));
    application.getGroupsMap().set(name, own);
  }
  root.getGroupsMap().set('Application', application);
  const orderer = group(8);
  orderer.getValuesMap().set('BatchSize', value('10', 9));
  orderer.getValuesMap().set('BatchTimeout', value('2s', 10));
  root.getGroupsMap().set('Orderer', orderer);
  const config = new common.Config();
  config.setChannelGroup(root);
  return config;
}

const below = (root: common.ConfigGroup, ...names: string[]): common.ConfigGroup =>
  names.reduce((found, name) => found.getGroupsMap().get(name) ?? group(0), root);

type Change = (root: common.ConfigGroup) => void;
const CHANGES: Readonly<Record<string, Change>> = {
  'a value': (root) => below(root, 'Orderer').getValuesMap().set('BatchSize', value('50')),
  'two values in different groups': (root) => {
    below(root, 'Orderer').getValuesMap().set('BatchTimeout', value('1s'));
    below(root, 'Application', 'b').getValuesMap().set('MSP', value('another'));
  },
  'a policy': (root) => below(root, 'Application').getPoliciesMap().set('Writers', policy('majority')),
  'a new organisation': (root) => {
    const own = group(0);
    own.getValuesMap().set('MSP', value('msp of d'));
    own.getPoliciesMap().set('Admins', policy('admins of d'));
    own.getGroupsMap().set('within', group(0));
    below(root, 'Application').getGroupsMap().set('d', own);
  },
  'an organisation less': (root) => below(root, 'Application').getGroupsMap().del('b'),
  'a value less, and another changed beside it': (root) => {
    below(root, 'Orderer').getValuesMap().del('BatchSize');
    below(root, 'Orderer').getValuesMap().set('BatchTimeout', value('1s'));
  },
  'a new policy of an organisation that changes besides': (root) => {
    below(root, 'Application', 'a').getPoliciesMap().set('Readers', policy('readers'));
    below(root, 'Application', 'a').getValuesMap().set('MSP', value('renewed'));
  },
  "a group's own policy": (root) => below(root, 'Application').setModPolicy('/Channel/Admins'),
};

describe('an update between two configurations', () => {
  it('is none where nothing changes, whatever versions the wanted one says', () => {
    const sameText: Change = (root) => below(root, 'Orderer').getValuesMap().set('BatchSize', value('10', 0));
    expect(computeUpdate('care', configuration(), () => undefined)).toBeUndefined();
    expect(computeUpdate('care', configuration(), sameText)).toBeUndefined();
  });

  it('names what it changes with the next version, what it rests on with the one in force, and no more', () => {
    const update = computeUpdate('care', configuration(), CHANGES['a value'] as Change);
    expect(update?.getChannelId()).toBe('care');
    const written = update?.getWriteSet() ?? group(0);
    expect(written.getVersion()).toBe(1);
    expect([...written.getGroupsMap().keys()]).toEqual(['Orderer']);
    expect(below(written, 'Orderer').getVersion()).toBe(8);
    expect([...below(written, 'Orderer').getValuesMap().keys()]).toEqual(['BatchSize']);
    expect(below(written, 'Orderer').getValuesMap().get('BatchSize')?.getVersion()).toBe(10);
    const read = below(update?.getReadSet() ?? group(0), 'Orderer');
    expect([read.getVersion(), read.getValuesMap().getLength()]).toEqual([8, 0]);
  });

  it('writes a group whose members change with all that stays in it', () => {
    const update = computeUpdate('care', configuration(), CHANGES['an organisation less'] as Change);
    const written = below(update?.getWriteSet() ?? group(0), 'Application');
    expect([written.getVersion(), written.getModPolicy()]).toEqual([5, 'Admins']);
    expect([...written.getGroupsMap().keys()].sort()).toEqual(['a', 'c']);
    expect(below(written, 'a').getVersion()).toBe(1);
    expect(written.getPoliciesMap().get('Writers')?.getVersion()).toBe(5);
  });
});

/** Fabric's own program, in FABRIC_BIN or else in PATH. */
const configtxlator = [process.env['FABRIC_BIN'] ?? '', ...(process.env['PATH'] ?? '').split(delimiter)]
  .filter((folder) => folder !== '')
  .map((folder) => join(folder, 'configtxlator'))
  .find((file) => existsSync(file));

describe.skipIf(configtxlator === undefined)("Fabric's configtxlator", () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'compute-update-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each(Object.keys(CHANGES))('computes the same update for %s', (name) => {
    const original = configuration();
    const updated = original.cloneMessage();
    CHANGES[name]?.(updated.getChannelGroup() ?? group(0));
    const file = (of: string): string => join(folder, of);
    writeFileSync(file('original'), original.serializeBinary());
    writeFileSync(file('updated'), updated.serializeBinary());
    execFileSync(configtxlator ?? '', [
      ...['compute_update', '--channel_id', 'care', '--original', file('original')],
      ...['--updated', file('updated'), '--output', file('update')],
    ]);
    const theirs = common.ConfigUpdate.deserializeBinary(readFileSync(file('update')));
    const ours = computeUpdate('care', original, CHANGES[name] as Change);
    // Written by the same library, with maps in the order of their keys.
    expect(Buffer.from(ours?.serializeBinary() ?? [])).toEqual(Buffer.from(theirs.serializeBinary()));
  });
});
