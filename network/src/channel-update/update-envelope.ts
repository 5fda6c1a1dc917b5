import { randomBytes } from 'node:crypto';
import { common } from '@hyperledger/fabric-protos';
import timestamps from 'google-protobuf/google/protobuf/timestamp_pb.js';
import type { NodeSigner } from '../embedded/parts.js';

const NONCE_BYTES = 24;

/** A configuration update with the signatures that it has got so far. */
export interface SignedUpdate {
  readonly channel: string;
  readonly update: common.ConfigUpdate;
  readonly envelope: common.ConfigUpdateEnvelope;
}

export function unsigned(update: common.ConfigUpdate): SignedUpdate {
  const envelope = new common.ConfigUpdateEnvelope();
  envelope.setConfigUpdate(update.serializeBinary());
  return { channel: update.getChannelId(), update, envelope };
}

/** The same with one more signature; of one who has signed already a new one takes the place of the old. */
export function signedBy(signer: NodeSigner, { channel, update, envelope }: SignedUpdate): SignedUpdate {
  const bytes = envelope.getConfigUpdate_asU8();
  const header = signatureHeader(signer).serializeBinary();
  const signature = new common.ConfigSignature();
  signature.setSignatureHeader(header);
  signature.setSignature(signer.sign(Buffer.concat([header, bytes])));
  const others = envelope
    .getSignaturesList()
    .filter((other) => !Buffer.from(signer.serialized).equals(creatorOf(other)));
  const signed = new common.ConfigUpdateEnvelope();
  signed.setConfigUpdate(bytes);
  signed.setSignaturesList([...others, signature]);
  return { channel, update, envelope: signed };
}

/** Who signed, as serialized identities. */
export function signersOf({ envelope }: SignedUpdate): Uint8Array[] {
  return envelope.getSignaturesList().map(creatorOf);
}

function creatorOf(signature: common.ConfigSignature): Uint8Array {
  return common.SignatureHeader.deserializeBinary(signature.getSignatureHeader_asU8()).getCreator_asU8();
}

/** As it goes to the orderers, or, without a sender, into the file that `peer channel signconfigtx` reads. */
export function updateEnvelope({ channel, envelope }: SignedUpdate, sender?: NodeSigner): common.Envelope {
  const channelHeader = new common.ChannelHeader();
  channelHeader.setType(common.HeaderType.CONFIG_UPDATE);
  channelHeader.setChannelId(channel);
  channelHeader.setTimestamp(timestamps.Timestamp.fromDate(new Date()));
  const header = new common.Header();
  header.setChannelHeader(channelHeader.serializeBinary());
  if (sender !== undefined) header.setSignatureHeader(signatureHeader(sender).serializeBinary());
  const payload = new common.Payload();
  payload.setHeader(header);
  payload.setData(envelope.serializeBinary());
  const sent = new common.Envelope();
  sent.setPayload(payload.serializeBinary());
  if (sender !== undefined) sent.setSignature(sender.sign(sent.getPayload_asU8()));
  return sent;
}

function signatureHeader(signer: NodeSigner): common.SignatureHeader {
  const header = new common.SignatureHeader();
  header.setCreator(signer.serialized);
  header.setNonce(randomBytes(NONCE_BYTES));
  return header;
}
