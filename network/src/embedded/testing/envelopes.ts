import { randomBytes } from 'node:crypto';
import { common, orderer } from '@hyperledger/fabric-protos';
import timestamps from 'google-protobuf/google/protobuf/timestamp_pb.js';
import type { NodeSigner } from '../parts.js';
import { readEnvelope, type Envelope } from '../wire/index.js';

type HeaderType = common.HeaderTypeMap[keyof common.HeaderTypeMap];

/** An envelope as an orderer gets it. */
export function sent(envelope: common.Envelope): Envelope {
  return readEnvelope(envelope.serializeBinary());
}

/** A signed envelope around any content, as Fabric's own tools make them. */
export function signedEnvelope(
  signer: NodeSigner,
  channelId: string,
  type: HeaderType,
  content: Uint8Array,
): common.Envelope {
  const channelHeader = new common.ChannelHeader();
  channelHeader.setType(type);
  channelHeader.setChannelId(channelId);
  channelHeader.setTimestamp(timestamps.Timestamp.fromDate(new Date()));
  const signatureHeader = new common.SignatureHeader();
  signatureHeader.setCreator(signer.serialized);
  signatureHeader.setNonce(randomBytes(24));
  const header = new common.Header();
  header.setChannelHeader(channelHeader.serializeBinary());
  header.setSignatureHeader(signatureHeader.serializeBinary());
  const payload = new common.Payload();
  payload.setHeader(header);
  payload.setData(content);
  const envelope = new common.Envelope();
  envelope.setPayload(payload.serializeBinary());
  envelope.setSignature(signer.sign(envelope.getPayload_asU8()));
  return envelope;
}

/** Asks for the blocks from `start` to `stop`, both included. */
export function seekEnvelope(
  signer: NodeSigner,
  channelId: string,
  start: number,
  stop: number,
): common.Envelope {
  const info = new orderer.SeekInfo();
  info.setStart(at(start));
  info.setStop(at(stop));
  return signedEnvelope(signer, channelId, common.HeaderType.DELIVER_SEEK_INFO, info.serializeBinary());
}

function at(number: number): orderer.SeekPosition {
  const specified = new orderer.SeekSpecified();
  specified.setNumber(number);
  const position = new orderer.SeekPosition();
  position.setSpecified(specified);
  return position;
}
