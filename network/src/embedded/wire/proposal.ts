import { fieldsOf, NOTHING, putBytes, readTwo, skip, writer, readText } from './fields.js';

/** protos.SignedProposal. */
export interface SignedProposal {
  readonly proposalBytes: Uint8Array;
  readonly signature: Uint8Array;
}

/** protos.Proposal. */
export interface ProposalMessage {
  /** Marshalled common.Header. */
  readonly header: Uint8Array;
  /** Marshalled protos.ChaincodeProposalPayload. */
  readonly payload: Uint8Array;
}

/** protos.ChaincodeID. */
export interface ChaincodeId {
  readonly name: string;
  readonly version: string;
}

/** protos.ChaincodeProposalPayload. */
export interface ProposalPayload {
  /** Marshalled protos.ChaincodeInvocationSpec. */
  readonly input: Uint8Array;
  readonly transient: ReadonlyMap<string, Uint8Array>;
}

/** protos.ChaincodeSpec. */
export interface ChaincodeSpec {
  readonly chaincodeId: ChaincodeId | undefined;
  readonly input: ChaincodeInput | undefined;
}

/** protos.ChaincodeInput. */
export interface ChaincodeInput {
  /** The whole, marshalled. */
  readonly bytes: Uint8Array;
  readonly args: readonly Uint8Array[];
  readonly isInit: boolean;
  readonly hasDecorations: boolean;
}

export function readSignedProposal(bytes: Uint8Array): SignedProposal {
  const [proposalBytes, signature] = readTwo(bytes);
  return { proposalBytes, signature };
}

export function readProposalMessage(bytes: Uint8Array): ProposalMessage {
  const [header, payload] = readTwo(bytes);
  return { header, payload };
}

/** The chaincode that a protos.ChaincodeHeaderExtension names. */
export function readHeaderExtension(bytes: Uint8Array): ChaincodeId | undefined {
  const reader = fieldsOf(bytes);
  let chaincodeId: ChaincodeId | undefined;
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag === 18) chaincodeId = readChaincodeId(reader.bytes());
    else skip(reader, tag);
  }
  return chaincodeId;
}

export function readChaincodeId(bytes: Uint8Array): ChaincodeId {
  const reader = fieldsOf(bytes);
  let name = '';
  let version = '';
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag === 18) name = readText(reader);
    else if (tag === 26) version = readText(reader);
    else skip(reader, tag);
  }
  return { name, version };
}

const NO_TRANSIENT: ReadonlyMap<string, Uint8Array> = new Map();

export function readProposalPayload(bytes: Uint8Array): ProposalPayload {
  const reader = fieldsOf(bytes);
  let input = NOTHING;
  let transient: Map<string, Uint8Array> | undefined;
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag === 10) input = reader.bytes();
    else if (tag === 18) {
      const [key, value] = readMapEntry(reader.bytes());
      transient ??= new Map();
      transient.set(key, value);
    } else skip(reader, tag);
  }
  return { input, transient: transient ?? NO_TRANSIENT };
}

/** Without transient data, which does not leave the peer. */
export function writeProposalPayload(input: Uint8Array): Uint8Array {
  const to = writer();
  putBytes(to, 1, input);
  return to.finish();
}

function readMapEntry(bytes: Uint8Array): [string, Uint8Array] {
  const reader = fieldsOf(bytes);
  let key = '';
  let value = NOTHING;
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag === 10) key = readText(reader);
    else if (tag === 18) value = reader.bytes();
    else skip(reader, tag);
  }
  return [key, value];
}

/** The specification inside a protos.ChaincodeInvocationSpec. */
export function readInvocationSpec(bytes: Uint8Array): ChaincodeSpec | undefined {
  const reader = fieldsOf(bytes);
  let spec: ChaincodeSpec | undefined;
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag === 10) spec = readChaincodeSpec(reader.bytes());
    else skip(reader, tag);
  }
  return spec;
}

export function readChaincodeSpec(bytes: Uint8Array): ChaincodeSpec {
  const reader = fieldsOf(bytes);
  let chaincodeId: ChaincodeId | undefined;
  let input: ChaincodeInput | undefined;
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag === 18) chaincodeId = readChaincodeId(reader.bytes());
    else if (tag === 26) input = readChaincodeInput(reader.bytes());
    else skip(reader, tag);
  }
  return { chaincodeId, input };
}

export function readChaincodeInput(bytes: Uint8Array): ChaincodeInput {
  const reader = fieldsOf(bytes);
  const args: Uint8Array[] = [];
  let isInit = false;
  let hasDecorations = false;
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag === 10) args.push(reader.bytes());
    else if (tag === 18) {
      readMapEntry(reader.bytes());
      hasDecorations = true;
    } else if (tag === 24) isInit = reader.bool();
    else skip(reader, tag);
  }
  return { bytes, args, isInit, hasDecorations };
}

/** Without decorations. */
export function chaincodeInput(args: readonly Uint8Array[], isInit: boolean): ChaincodeInput {
  const to = writer();
  for (const arg of args) to.uint32(10).bytes(arg);
  if (isInit) to.uint32(24).bool(true);
  return { bytes: to.finish(), args, isInit, hasDecorations: false };
}
