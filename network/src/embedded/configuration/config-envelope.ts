import { randomBytes } from 'node:crypto';
import { common } from '@hyperledger/fabric-protos';
import timestamps from 'google-protobuf/google/protobuf/timestamp_pb.js';
import type { NodeSigner } from '../parts.js';
import { ConfigError } from './config-error.js';

const NONCE_BYTES = 24;
const { HeaderType } = common;

/** The update in an envelope of type CONFIG_UPDATE. @throws ConfigError */
export function configUpdateOf(envelope: common.Envelope): common.ConfigUpdateEnvelope {
  return contentOf(envelope, 'CONFIG_UPDATE', (data) => common.ConfigUpdateEnvelope.deserializeBinary(data));
}

/** The configuration in an envelope of type CONFIG. @throws ConfigError */
export function configEnvelopeOf(envelope: common.Envelope): common.ConfigEnvelope {
  return contentOf(envelope, 'CONFIG', (data) => common.ConfigEnvelope.deserializeBinary(data));
}

function contentOf<T>(
  envelope: common.Envelope,
  type: 'CONFIG' | 'CONFIG_UPDATE',
  decode: (data: Uint8Array) => T,
): T {
  const payload = common.Payload.deserializeBinary(envelope.getPayload_asU8());
  const header = payload.getHeader();
  if (header === undefined) throw new ConfigError('envelope must have a Header');
  const found = common.ChannelHeader.deserializeBinary(header.getChannelHeader_asU8()).getType();
  if (found !== HeaderType[type]) throw new ConfigError(`invalid type ${nameOf(found)}, expected ${type}`);
  try {
    return decode(payload.getData_asU8());
  } catch (error) {
    throw ConfigError.in(`error unmarshalling message for type ${type}`, error);
  }
}

function nameOf(type: number): string {
  return Object.entries(HeaderType).find(([, value]) => value === type)?.[0] ?? String(type);
}

/** The envelope of a configuration, by the orderer; Fabric's has no transaction id in it either. */
export function signedConfig(
  channelId: string,
  config: common.ConfigEnvelope,
  signer: NodeSigner,
): common.Envelope {
  const channelHeader = new common.ChannelHeader();
  channelHeader.setType(HeaderType.CONFIG);
  channelHeader.setTimestamp(timestamps.Timestamp.fromDate(new Date()));
  channelHeader.setChannelId(channelId);
  const signatureHeader = new common.SignatureHeader();
  signatureHeader.setCreator(signer.serialized);
  signatureHeader.setNonce(randomBytes(NONCE_BYTES));
  const header = new common.Header();
  header.setChannelHeader(channelHeader.serializeBinary());
  header.setSignatureHeader(signatureHeader.serializeBinary());
  const payload = new common.Payload();
  payload.setHeader(header);
  payload.setData(config.serializeBinary());
  const bytes = payload.serializeBinary();
  const envelope = new common.Envelope();
  envelope.setPayload(bytes);
  envelope.setSignature(signer.sign(bytes));
  return envelope;
}
