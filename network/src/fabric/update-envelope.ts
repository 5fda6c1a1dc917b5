import { randomBytes } from 'node:crypto';
import { common } from '@hyperledger/fabric-protos';
import timestamps from 'google-protobuf/google/protobuf/timestamp_pb.js';
import type { NodeSigner } from '../embedded/parts.js';

const NONCE_BYTES = 24;

/** A configuration update as its one signer sends it to the orderers. */
export function updateEnvelope(update: common.ConfigUpdate, signer: NodeSigner): common.Envelope {
  const bytes = update.serializeBinary();
  const header = signatureHeader(signer).serializeBinary();
  const signature = new common.ConfigSignature();
  signature.setSignatureHeader(header);
  signature.setSignature(signer.sign(Buffer.concat([header, bytes])));
  const signed = new common.ConfigUpdateEnvelope();
  signed.setConfigUpdate(bytes);
  signed.setSignaturesList([signature]);
  const payload = new common.Payload();
  payload.setHeader(payloadHeader(update.getChannelId(), signer));
  payload.setData(signed.serializeBinary());
  const envelope = new common.Envelope();
  envelope.setPayload(payload.serializeBinary());
  envelope.setSignature(signer.sign(envelope.getPayload_asU8()));
  return envelope;
}

function payloadHeader(channel: string, signer: NodeSigner): common.Header {
  const channelHeader = new common.ChannelHeader();
  channelHeader.setType(common.HeaderType.CONFIG_UPDATE);
  channelHeader.setChannelId(channel);
  channelHeader.setTimestamp(timestamps.Timestamp.fromDate(new Date()));
  const header = new common.Header();
  header.setChannelHeader(channelHeader.serializeBinary());
  header.setSignatureHeader(signatureHeader(signer).serializeBinary());
  return header;
}

function signatureHeader(signer: NodeSigner): common.SignatureHeader {
  const header = new common.SignatureHeader();
  header.setCreator(signer.serialized);
  header.setNonce(randomBytes(NONCE_BYTES));
  return header;
}
