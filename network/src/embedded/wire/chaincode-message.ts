import { peer } from '@hyperledger/fabric-protos';
import { fieldsOf, NOTHING, putBytes, putInteger, putText, readText, skip, writer } from './fields.js';
import type { SignedProposal } from './proposal.js';

/** protos.ChaincodeMessage. */
export interface ChaincodeMessage {
  readonly type: number;
  readonly payload: Uint8Array;
  readonly txId: string;
  readonly channelId: string;
  /** What a peer sends with a transaction; of what a chaincode sends it is not looked at. */
  readonly proposal?: SignedProposal | undefined;
  /** What a chaincode sends with its answer. */
  readonly event?: peer.ChaincodeEvent | undefined;
}

/** protos.GetState. */
export interface GetState {
  readonly key: string;
  readonly collection: string;
}

/** protos.PutState. */
export interface PutState extends GetState {
  readonly value: Uint8Array;
}

export function readChaincodeMessage(bytes: Uint8Array): ChaincodeMessage {
  const reader = fieldsOf(bytes);
  let type = 0;
  let payload = NOTHING;
  let txId = '';
  let channelId = '';
  let event: peer.ChaincodeEvent | undefined;
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag === 8) type = reader.int32();
    else if (tag === 26) payload = reader.bytes();
    else if (tag === 34) txId = readText(reader);
    else if (tag === 50) event = peer.ChaincodeEvent.deserializeBinary(reader.bytes());
    else if (tag === 58) channelId = readText(reader);
    else skip(reader, tag);
  }
  return { type, payload, txId, channelId, event };
}

/** As a peer sends it: without an event. */
export function writeChaincodeMessage({
  type,
  payload,
  txId,
  channelId,
  proposal,
}: ChaincodeMessage): Uint8Array {
  const to = writer();
  putInteger(to, 1, type);
  putBytes(to, 3, payload);
  putText(to, 4, txId);
  if (proposal !== undefined) {
    to.uint32(42).fork();
    putBytes(to, 1, proposal.proposalBytes);
    putBytes(to, 2, proposal.signature);
    to.ldelim();
  }
  putText(to, 7, channelId);
  return to.finish();
}

export function readGetState(bytes: Uint8Array): GetState {
  const reader = fieldsOf(bytes);
  let key = '';
  let collection = '';
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag === 10) key = readText(reader);
    else if (tag === 18) collection = readText(reader);
    else skip(reader, tag);
  }
  return { key, collection };
}

export function readPutState(bytes: Uint8Array): PutState {
  const reader = fieldsOf(bytes);
  let key = '';
  let value = NOTHING;
  let collection = '';
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag === 10) key = readText(reader);
    else if (tag === 18) value = reader.bytes();
    else if (tag === 26) collection = readText(reader);
    else skip(reader, tag);
  }
  return { key, value, collection };
}
