import { readEnvelope, type Envelope } from './envelope.js';
import { fieldsOf, putMessage, skip, writer, readText } from './fields.js';
import { readSignedProposal, type SignedProposal } from './proposal.js';
import { writeResponse, type Response } from './transaction.js';

/** gateway.EvaluateRequest and gateway.EndorseRequest, which have the same fields. */
export interface ProposalRequest {
  readonly proposedTransaction: SignedProposal | undefined;
  /** MSP ids: of whom alone the peers are to be asked. */
  readonly organizations: readonly string[];
}

/** gateway.SubmitRequest. */
export interface SubmitRequest {
  readonly channelId: string;
  readonly preparedTransaction: Envelope | undefined;
}

export function readProposalRequest(bytes: Uint8Array): ProposalRequest {
  const reader = fieldsOf(bytes);
  let proposedTransaction: SignedProposal | undefined;
  const organizations: string[] = [];
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag === 26) proposedTransaction = readSignedProposal(reader.bytes());
    else if (tag === 34) organizations.push(readText(reader));
    else skip(reader, tag);
  }
  return { proposedTransaction, organizations };
}

export function readSubmitRequest(bytes: Uint8Array): SubmitRequest {
  const reader = fieldsOf(bytes);
  let channelId = '';
  let preparedTransaction: Envelope | undefined;
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag === 18) channelId = readText(reader);
    else if (tag === 26) preparedTransaction = readEnvelope(reader.bytes());
    else skip(reader, tag);
  }
  return { channelId, preparedTransaction };
}

/** gateway.EvaluateResponse. */
export function writeEvaluateResponse(result: Response): Uint8Array {
  const to = writer();
  putMessage(to, 1, writeResponse(result));
  return to.finish();
}

/** gateway.EndorseResponse. @param preparedTransaction marshalled common.Envelope */
export function writeEndorseResponse(preparedTransaction: Uint8Array): Uint8Array {
  const to = writer();
  putMessage(to, 1, preparedTransaction);
  return to.finish();
}
