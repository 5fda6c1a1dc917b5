import { common } from '@hyperledger/fabric-protos';
import { ConfigError, configEnvelopeOf, type ChannelConfiguration } from '../configuration/index.js';
import { checkCreator } from '../identity/index.js';
import type { MspManager } from '../parts.js';
import { readChannelHeader, readEnvelope, readPayload, readSignatureHeader } from '../wire/index.js';
import { decodeOr, Invalid } from './verdict.js';

/** Whether an envelope is of type CONFIG. */
export function isConfig(envelopeBytes: Uint8Array): boolean {
  try {
    const { header } = readPayload(readEnvelope(envelopeBytes).payload);
    return header !== undefined && readChannelHeader(header.channelHeader).type === common.HeaderType.CONFIG;
  } catch {
    return false;
  }
}

/**
 * A configuration is valid where an orderer of the channel has signed it, it is alone in its block, and it is what the
 * update in it comes to.
 * @throws Invalid with the code for the block.
 */
export function validateConfig(
  envelopeBytes: Uint8Array,
  context: {
    readonly configuration: ChannelConfiguration;
    readonly msps: MspManager;
    readonly isAlone: boolean;
  },
): void {
  const { configuration, msps, isAlone } = context;
  const { payload, signature } = readEnvelope(envelopeBytes);
  const { header } = readPayload(payload);
  if (header === undefined) throw new Invalid('BAD_COMMON_HEADER', 'the payload has no header');
  const channelId = readChannelHeader(header.channelHeader).channelId;
  const { creator } = readSignatureHeader(header.signatureHeader);
  decodeOr('BAD_CREATOR_SIGNATURE', 'the creator', () => checkCreator(msps, creator, payload, signature));
  if (channelId !== configuration.channelId) {
    throw new Invalid('TARGET_CHAIN_NOT_FOUND', `the configuration is for ${channelId}`);
  }
  if (!isAlone) throw new Invalid('INVALID_CONFIG_TRANSACTION', 'a configuration is alone in its block');
  try {
    configuration.validate(configEnvelopeOf(common.Envelope.deserializeBinary(envelopeBytes)), msps);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new Invalid('INVALID_CONFIG_TRANSACTION', error.message, { cause: error });
  }
}
