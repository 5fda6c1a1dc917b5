import { randomBytes } from 'node:crypto';
import { common } from '@hyperledger/fabric-protos';
import timestamps from 'google-protobuf/google/protobuf/timestamp_pb.js';
import { newBlock, setMetadata, wrapMetadata } from '../blocks/index.js';
import { transactionId } from '../identity/index.js';
import type { ChannelConfig } from './channel-config.js';
import { channelGroup } from './config-groups.js';

const NONCE_BYTES = 24;

/** Block 0 of a channel: an unsigned configuration, as configtxgen makes it. */
export function genesisBlock(channel: ChannelConfig): common.Block {
  const nonce = randomBytes(NONCE_BYTES);
  const channelHeader = new common.ChannelHeader();
  channelHeader.setType(common.HeaderType.CONFIG);
  channelHeader.setVersion(1);
  channelHeader.setTimestamp(timestamps.Timestamp.fromDate(new Date()));
  channelHeader.setChannelId(channel.channelId);
  channelHeader.setTxId(transactionId(nonce, new Uint8Array()));
  const signatureHeader = new common.SignatureHeader();
  signatureHeader.setNonce(nonce);
  const header = new common.Header();
  header.setChannelHeader(channelHeader.serializeBinary());
  header.setSignatureHeader(signatureHeader.serializeBinary());

  const config = new common.Config();
  config.setChannelGroup(channelGroup(channel));
  const configEnvelope = new common.ConfigEnvelope();
  configEnvelope.setConfig(config);
  const payload = new common.Payload();
  payload.setHeader(header);
  payload.setData(configEnvelope.serializeBinary());
  const envelope = new common.Envelope();
  envelope.setPayload(payload.serializeBinary());

  const block = newBlock(0, new Uint8Array(), [envelope.serializeBinary()]);
  const lastConfig = new common.LastConfig();
  setMetadata(block, 'LAST_CONFIG', wrapMetadata(lastConfig.serializeBinary()));
  const ordererMetadata = new common.OrdererBlockMetadata();
  ordererMetadata.setLastConfig(lastConfig);
  setMetadata(block, 'SIGNATURES', wrapMetadata(ordererMetadata.serializeBinary()));
  return block;
}
