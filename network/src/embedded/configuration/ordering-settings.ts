import { orderer, type common } from '@hyperledger/fabric-protos';
import type { BatchOptions } from '../orderer/index.js';
import { ConfigError } from './config-error.js';
import { parseDuration } from './duration.js';

/** When the orderer cuts blocks, by the group `Orderer`. @throws ConfigError in Fabric's words. */
export function orderingSettings(group: common.ConfigGroup | undefined): Required<BatchOptions> {
  const value = (name: string) => group?.getValuesMap().get(name)?.getValue_asU8() ?? new Uint8Array();
  const size = orderer.BatchSize.deserializeBinary(value('BatchSize'));
  const timeout = orderer.BatchTimeout.deserializeBinary(value('BatchTimeout')).getTimeout();
  const settings = {
    maxMessages: size.getMaxMessageCount(),
    maxBytes: size.getPreferredMaxBytes(),
    absoluteMaxBytes: size.getAbsoluteMaxBytes(),
    timeoutMs: parseDuration(timeout),
  };
  const named = [
    ['max message count', settings.maxMessages],
    ['absolute max bytes', settings.absoluteMaxBytes],
    ['preferred max bytes', settings.maxBytes],
  ] as const;
  const zero = named.find(([, count]) => count === 0);
  if (zero !== undefined) {
    throw new ConfigError(`Attempted to set the batch size ${zero[0]} to an invalid value: 0`);
  }
  if (settings.maxBytes > settings.absoluteMaxBytes) {
    throw new ConfigError(
      `Attempted to set the batch size preferred max bytes (${String(settings.maxBytes)}) greater than the absolute max bytes (${String(settings.absoluteMaxBytes)}).`,
    );
  }
  const { timeoutMs } = settings;
  if (timeoutMs === undefined) {
    throw new ConfigError(
      `Attempted to set the batch timeout to a invalid value: time: invalid duration ${JSON.stringify(timeout)}`,
    );
  }
  if (timeoutMs <= 0) {
    throw new ConfigError(`Attempted to set the batch timeout to a non-positive value: ${timeout}`);
  }
  return { ...settings, timeoutMs };
}
