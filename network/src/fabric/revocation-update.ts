import { msp, type common } from '@hyperledger/fabric-protos';
import { computeUpdate, organisationGroup } from '../channel-update/index.js';

/**
 * The update that gives an organisation's MSP on a channel these revocation lists and leaves all else as it is. The
 * organisation's admin may do that alone.
 * @param lists PEM, each with the authority's key id: one without it shuts the whole organisation out.
 * @returns undefined where the channel has them already.
 */
export function revocationUpdate(
  channel: string,
  config: common.Config,
  organisation: string,
  lists: readonly Uint8Array[],
): common.ConfigUpdate | undefined {
  if (hasRevocations(config, organisation, lists)) return undefined;
  return computeUpdate(channel, config, (root) => {
    const value = organisationGroup(root, organisation).getValuesMap().get('MSP');
    if (value === undefined) throw new Error(`${organisation} has no MSP on ${channel}`);
    value.setValue(withLists(value, lists));
  });
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
  const value = organisationGroup(config.getChannelGroup(), organisation).getValuesMap().get('MSP');
  return value === undefined ? [] : listsOf(value);
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
