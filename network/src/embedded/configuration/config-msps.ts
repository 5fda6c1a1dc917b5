import { msp, type common } from '@hyperledger/fabric-protos';
import { ConfigError } from './config-error.js';

const SECTIONS = ['Application', 'Orderer'] as const;

/** The MSPs of the application's and the orderers' organisations; each once. @throws ConfigError */
export function mspsOf(root: common.ConfigGroup): msp.FabricMSPConfig[] {
  const found = new Map<string, msp.FabricMSPConfig>();
  for (const section of SECTIONS) {
    for (const [, organisation] of organisationsOf(root, section)) {
      const config = mspOf(organisation);
      const known = found.get(config.getName());
      if (known !== undefined && !sameBytes(known, config)) {
        throw new ConfigError(`Attempted to define two different versions of MSP: ${config.getName()}`);
      }
      found.set(config.getName(), config);
    }
  }
  return [...found.values()];
}

export function organisationsOf(
  root: common.ConfigGroup,
  section: (typeof SECTIONS)[number],
): [string, common.ConfigGroup][] {
  return [...(root.getGroupsMap().get(section)?.getGroupsMap().entries() ?? [])];
}

/** @throws ConfigError for an MSP of a type that is not X.509's. */
export function mspOf(organisation: common.ConfigGroup): msp.FabricMSPConfig {
  const bytes = organisation.getValuesMap().get('MSP')?.getValue_asU8() ?? new Uint8Array();
  const config = msp.MSPConfig.deserializeBinary(bytes);
  if (config.getType() !== 0) {
    throw new ConfigError(`Setup error: unsupported msp type ${String(config.getType())}`);
  }
  return msp.FabricMSPConfig.deserializeBinary(config.getConfig_asU8());
}

function sameBytes(one: msp.FabricMSPConfig, other: msp.FabricMSPConfig): boolean {
  return Buffer.from(one.serializeBinary()).equals(other.serializeBinary());
}
