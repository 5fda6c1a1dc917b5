import { common, msp } from '@hyperledger/fabric-protos';
import { organisationGroup } from './channel-config.js';

/**
 * The update that gives an organisation's MSP on a channel these revocation lists and leaves all else as it is. It names
 * what it rests on with the versions in force, and the MSP with the next one; the organisation's admin may do that alone.
 * @param lists PEM, each with the authority's key id: one without it shuts the whole organisation out.
 * @returns undefined where the channel has them already.
 */
export function revocationUpdate(
  channel: string,
  config: common.Config,
  organisation: string,
  lists: readonly Uint8Array[],
): common.ConfigUpdate | undefined {
  const value = organisationGroup(config, organisation).getValuesMap().get('MSP');
  if (value === undefined) throw new Error(`${organisation} has no MSP on ${channel}`);
  if (sameLists(listsOf(value), lists)) return undefined;
  const update = new common.ConfigUpdate();
  update.setChannelId(channel);
  update.setReadSet(pathTo(config, organisation));
  const written = pathTo(config, organisation);
  const changed = new common.ConfigValue();
  changed.setVersion(value.getVersion() + 1);
  changed.setModPolicy(value.getModPolicy());
  changed.setValue(withLists(value, lists));
  written
    .getGroupsMap()
    .get('Application')
    ?.getGroupsMap()
    .get(organisation)
    ?.getValuesMap()
    .set('MSP', changed);
  update.setWriteSet(written);
  return update;
}

/** Whether the channel has exactly these lists of an organisation. */
export function hasRevocations(
  config: common.Config,
  organisation: string,
  lists: readonly Uint8Array[],
): boolean {
  return sameLists(publishedLists(config, organisation), lists);
}

/** The lists by which a channel goes; none where the organisation has none. */
export function publishedLists(config: common.Config, organisation: string): Uint8Array[] {
  const value = organisationGroup(config, organisation).getValuesMap().get('MSP');
  return value === undefined ? [] : listsOf(value);
}

/** The groups from the channel's to the organisation's, with their versions and nothing in them. */
function pathTo(config: common.Config, organisation: string): common.ConfigGroup {
  const root = config.getChannelGroup() ?? new common.ConfigGroup();
  const application = root.getGroupsMap().get('Application') ?? new common.ConfigGroup();
  const own = bare(organisationGroup(config, organisation));
  const above = bare(application);
  above.getGroupsMap().set(organisation, own);
  const top = bare(root);
  top.getGroupsMap().set('Application', above);
  return top;
}

function bare(group: common.ConfigGroup): common.ConfigGroup {
  const copy = new common.ConfigGroup();
  copy.setVersion(group.getVersion());
  return copy;
}

function definitionOf(value: common.ConfigValue): { config: msp.MSPConfig; fabric: msp.FabricMSPConfig } {
  const config = msp.MSPConfig.deserializeBinary(value.getValue_asU8());
  return { config, fabric: msp.FabricMSPConfig.deserializeBinary(config.getConfig_asU8()) };
}

function listsOf(value: common.ConfigValue): Uint8Array[] {
  return definitionOf(value).fabric.getRevocationListList_asU8();
}

function withLists(value: common.ConfigValue, lists: readonly Uint8Array[]): Uint8Array {
  const { config, fabric } = definitionOf(value);
  fabric.setRevocationListList([...lists]);
  config.setConfig(fabric.serializeBinary());
  return config.serializeBinary();
}

function sameLists(a: readonly Uint8Array[], b: readonly Uint8Array[]): boolean {
  return (
    a.length === b.length &&
    a.every((list, index) => Buffer.compare(list, b[index] ?? new Uint8Array()) === 0)
  );
}
