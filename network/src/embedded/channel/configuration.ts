import { common, msp } from '@hyperledger/fabric-protos';
import { CodedError } from '../../coded-error.js';
import type { ChannelPolicies } from '../parts.js';
import { ConfiguredPolicies } from './channel-policies.js';

/** What a configuration block says that this ledger goes by. */
export interface Configuration {
  readonly mspIds: readonly string[];
  readonly policies: ChannelPolicies;
}

/** @throws CodedError CONFIG_BLOCK where the block is no configuration. */
export function readConfiguration(block: common.Block): Configuration {
  const root = configOf(block)?.getChannelGroup();
  if (root === undefined) {
    throw new CodedError(
      'CONFIG_BLOCK',
      `block ${String(block.getHeader()?.getNumber() ?? '')} has no configuration`,
    );
  }
  const organisations = root.getGroupsMap().get('Application')?.getGroupsMap().entries() ?? [];
  return {
    mspIds: [...organisations].map(([, group]) => mspIdOf(group)),
    policies: new ConfiguredPolicies(root),
  };
}

function configOf(block: common.Block): common.Config | undefined {
  try {
    const [envelope = new Uint8Array()] = block.getData()?.getDataList_asU8() ?? [];
    const payload = common.Payload.deserializeBinary(
      common.Envelope.deserializeBinary(envelope).getPayload_asU8(),
    );
    return common.ConfigEnvelope.deserializeBinary(payload.getData_asU8()).getConfig();
  } catch {
    return undefined;
  }
}

function mspIdOf(group: common.ConfigGroup): string {
  const value = group.getValuesMap().get('MSP')?.getValue_asU8() ?? new Uint8Array();
  const config = msp.MSPConfig.deserializeBinary(value);
  return msp.FabricMSPConfig.deserializeBinary(config.getConfig_asU8()).getName();
}
