import {
  fieldsOf,
  NOTHING,
  putBytes,
  putInteger,
  putMessage,
  putText,
  readTwo,
  skip,
  writer,
  readText,
} from './fields.js';
import { readChaincodeId, type ChaincodeId } from './proposal.js';

/** protos.TransactionAction, both fields marshalled. */
export interface TransactionAction {
  readonly header: Uint8Array;
  readonly payload: Uint8Array;
}

/** protos.ChaincodeActionPayload. */
export interface ActionPayload {
  /** Marshalled protos.ChaincodeProposalPayload. */
  readonly proposalPayload: Uint8Array;
  readonly action: EndorsedAction | undefined;
}

/** protos.ChaincodeEndorsedAction. */
export interface EndorsedAction {
  /** Marshalled protos.ProposalResponsePayload. */
  readonly responsePayload: Uint8Array;
  readonly endorsements: readonly Endorsement[];
}

/** protos.Endorsement. */
export interface Endorsement {
  readonly endorser: Uint8Array;
  readonly signature: Uint8Array;
}

/** protos.ProposalResponsePayload. */
export interface ResponsePayload {
  readonly proposalHash: Uint8Array;
  /** Marshalled protos.ChaincodeAction. */
  readonly extension: Uint8Array;
}

/** protos.ChaincodeAction, what the committer looks at. */
export interface ChaincodeAction {
  /** Marshalled rwset.TxReadWriteSet. */
  readonly results: Uint8Array;
  /** Marshalled protos.ChaincodeEvent. */
  readonly events: Uint8Array;
  readonly chaincodeId: ChaincodeId | undefined;
}

/** protos.Response. */
export interface Response {
  readonly status: number;
  readonly message: string;
  readonly payload: Uint8Array;
}

/** The actions of a protos.Transaction. */
export function readTransaction(bytes: Uint8Array): TransactionAction[] {
  const reader = fieldsOf(bytes);
  const actions: TransactionAction[] = [];
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag === 10) actions.push(readTransactionAction(reader.bytes()));
    else skip(reader, tag);
  }
  return actions;
}

function readTransactionAction(bytes: Uint8Array): TransactionAction {
  const [header, payload] = readTwo(bytes);
  return { header, payload };
}

/** With one action. */
export function writeTransaction({ header, payload }: TransactionAction): Uint8Array {
  const to = writer();
  to.uint32(10).fork();
  putBytes(to, 1, header);
  putBytes(to, 2, payload);
  return to.ldelim().finish();
}

export function readActionPayload(bytes: Uint8Array): ActionPayload {
  const reader = fieldsOf(bytes);
  let proposalPayload = NOTHING;
  let action: EndorsedAction | undefined;
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag === 10) proposalPayload = reader.bytes();
    else if (tag === 18) action = readEndorsedAction(reader.bytes());
    else skip(reader, tag);
  }
  return { proposalPayload, action };
}

export function writeActionPayload(proposalPayload: Uint8Array, action: EndorsedAction): Uint8Array {
  const to = writer();
  putBytes(to, 1, proposalPayload);
  to.uint32(18).fork();
  putBytes(to, 1, action.responsePayload);
  for (const { endorser, signature } of action.endorsements) {
    to.uint32(18).fork();
    putBytes(to, 1, endorser);
    putBytes(to, 2, signature);
    to.ldelim();
  }
  return to.ldelim().finish();
}

function readEndorsedAction(bytes: Uint8Array): EndorsedAction {
  const reader = fieldsOf(bytes);
  let responsePayload = NOTHING;
  const endorsements: Endorsement[] = [];
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag === 10) responsePayload = reader.bytes();
    else if (tag === 18) {
      const [endorser, signature] = readTwo(reader.bytes());
      endorsements.push({ endorser, signature });
    } else skip(reader, tag);
  }
  return { responsePayload, endorsements };
}

export function readResponsePayload(bytes: Uint8Array): ResponsePayload {
  const [proposalHash, extension] = readTwo(bytes);
  return { proposalHash, extension };
}

export function writeResponsePayload({ proposalHash, extension }: ResponsePayload): Uint8Array {
  const to = writer();
  putBytes(to, 1, proposalHash);
  putBytes(to, 2, extension);
  return to.finish();
}

export function readChaincodeAction(bytes: Uint8Array): ChaincodeAction {
  const reader = fieldsOf(bytes);
  let results = NOTHING;
  let events = NOTHING;
  let chaincodeId: ChaincodeId | undefined;
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag === 10) results = reader.bytes();
    else if (tag === 18) events = reader.bytes();
    else if (tag === 26) readResponse(reader.bytes());
    else if (tag === 34) chaincodeId = readChaincodeId(reader.bytes());
    else skip(reader, tag);
  }
  return { results, events, chaincodeId };
}

export function writeChaincodeAction(action: {
  readonly results: Uint8Array;
  readonly events: Uint8Array;
  readonly response: Response;
  readonly chaincodeId: ChaincodeId;
}): Uint8Array {
  const to = writer();
  putBytes(to, 1, action.results);
  putBytes(to, 2, action.events);
  putMessage(to, 3, writeResponse(action.response));
  to.uint32(34).fork();
  putText(to, 2, action.chaincodeId.name);
  putText(to, 3, action.chaincodeId.version);
  return to.ldelim().finish();
}

export function readResponse(bytes: Uint8Array): Response {
  const reader = fieldsOf(bytes);
  let status = 0;
  let message = '';
  let payload = NOTHING;
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag === 8) status = reader.int32();
    else if (tag === 18) message = readText(reader);
    else if (tag === 26) payload = reader.bytes();
    else skip(reader, tag);
  }
  return { status, message, payload };
}

export function writeResponse({ status, message, payload }: Response): Uint8Array {
  const to = writer();
  putInteger(to, 1, status);
  putText(to, 2, message);
  putBytes(to, 3, payload);
  return to.finish();
}
