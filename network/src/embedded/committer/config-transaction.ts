import { common } from '@hyperledger/fabric-protos';
import { ConfigError, configEnvelopeOf, type ChannelConfiguration } from '../configuration/index.js';
import { checkCreator } from '../identity/index.js';
import type { MspManager } from '../parts.js';
import { decodeOr, Invalid } from './verdict.js';

/** Whether an envelope is of type CONFIG. */
export function isConfig(envelopeBytes: Uint8Array): boolean {
  try {
    return (
      headersOf(common.Envelope.deserializeBinary(envelopeBytes)).channel.getType() ===
      common.HeaderType.CONFIG
    );
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
  const envelope = common.Envelope.deserializeBinary(envelopeBytes);
  const { channel, creator } = headersOf(envelope);
  decodeOr('BAD_CREATOR_SIGNATURE', 'the creator', () =>
    checkCreator(msps, creator, envelope.getPayload_asU8(), envelope.getSignature_asU8()),
  );
  if (channel.getChannelId() !== configuration.channelId) {
    throw new Invalid('TARGET_CHAIN_NOT_FOUND', `the configuration is for ${channel.getChannelId()}`);
  }
  if (!isAlone) throw new Invalid('INVALID_CONFIG_TRANSACTION', 'a configuration is alone in its block');
  try {
    configuration.validate(configEnvelopeOf(envelope), msps);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new Invalid('INVALID_CONFIG_TRANSACTION', error.message, { cause: error });
  }
}

function headersOf(envelope: common.Envelope) {
  const header =
    common.Payload.deserializeBinary(envelope.getPayload_asU8()).getHeader() ?? new common.Header();
  return {
    channel: common.ChannelHeader.deserializeBinary(header.getChannelHeader_asU8()),
    creator: common.SignatureHeader.deserializeBinary(header.getSignatureHeader_asU8()).getCreator_asU8(),
  };
}
