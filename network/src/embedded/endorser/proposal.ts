import { hash } from 'node:crypto';
import {
  readChannelHeader,
  readHeader,
  readHeaderExtension,
  readInvocationSpec,
  readProposalMessage,
  readProposalPayload,
  readSignatureHeader,
  writeProposalPayload,
  type ChaincodeId,
  type ChaincodeInput,
  type ChannelHeader,
  type Header,
  type SignatureHeader,
  type SignedProposal,
  type Timestamp,
} from '../wire/index.js';
import { EndorserError } from './endorser-error.js';

/** A proposal taken apart once; every endorser of the process works on the same object. */
export interface Proposal {
  readonly signedProposal: SignedProposal;
  readonly header: Header;
  readonly channelHeader: ChannelHeader;
  readonly signatureHeader: SignatureHeader;
  /** Empty: the proposal is for the peer itself, not for a channel. */
  readonly channelId: string;
  readonly txId: string;
  readonly creator: Uint8Array;
  readonly timestamp: Timestamp | undefined;
  readonly chaincode: string;
  readonly input: ChaincodeInput;
  readonly transient: ReadonlyMap<string, Uint8Array>;
  readonly hasTransient: boolean;
  /** What is wrong with the header's extension, in the endorser's words; a gateway does not look at it. */
  readonly extensionFault: string | undefined;
  /** The marshalled payload without transient data: what goes into the transaction and the hash. */
  readonly payloadWithoutTransient: Uint8Array;
  /** Fabric's proposal hash: both headers and the payload without transient data. */
  readonly hash: Uint8Array;
}

function decode<T>(what: string, read: (bytes: Uint8Array) => T, bytes: Uint8Array): T {
  try {
    return read(bytes);
  } catch (cause) {
    throw new EndorserError('MALFORMED', `error unmarshalling ${what}`, { cause });
  }
}

/** @throws EndorserError (MALFORMED). */
export function readProposal(signedProposal: SignedProposal | undefined): Proposal {
  if (signedProposal === undefined || signedProposal.proposalBytes.length === 0) {
    throw new EndorserError('MALFORMED', 'a signed proposal is required');
  }
  const proposal = decode('Proposal', readProposalMessage, signedProposal.proposalBytes);
  const header = decode('Header', readHeader, proposal.header);
  const channelHeader = decode('ChannelHeader', readChannelHeader, header.channelHeader);
  const signatureHeader = decode('SignatureHeader', readSignatureHeader, header.signatureHeader);
  const named = decode('ChaincodeHeaderExtension', readHeaderExtension, channelHeader.extension);
  const payload = decode('ChaincodeProposalPayload', readProposalPayload, proposal.payload);
  const spec = decode('ChaincodeInvocationSpec', readInvocationSpec, payload.input);
  const { channelId, txId, timestamp } = channelHeader;
  if (spec === undefined) {
    throw new EndorserError('MALFORMED', 'chaincode invocation spec did not contain chaincode spec');
  }
  const chaincode = spec.chaincodeId?.name ?? '';
  if (chaincode === '') {
    throw new EndorserError('MALFORMED', `no chaincode name is provided, channel id [${channelId}]`);
  }
  if (spec.input === undefined) {
    throw new EndorserError('MALFORMED', 'chaincode input did not contain any input');
  }
  return new ReadProposal({
    signedProposal,
    header,
    channelHeader,
    signatureHeader,
    channelId,
    txId,
    creator: signatureHeader.creator,
    timestamp,
    chaincode,
    input: spec.input,
    transient: payload.transient,
    hasTransient: payload.transient.size > 0,
    extensionFault: extensionFault(named, chaincode),
    inputBytes: payload.input,
  });
}

type Parts = Omit<Proposal, 'payloadWithoutTransient' | 'hash'> & { readonly inputBytes: Uint8Array };

/** What only an endorsement needs is made when it is asked for, once. */
class ReadProposal implements Proposal {
  readonly signedProposal: SignedProposal;
  readonly header: Header;
  readonly channelHeader: ChannelHeader;
  readonly signatureHeader: SignatureHeader;
  readonly channelId: string;
  readonly txId: string;
  readonly creator: Uint8Array;
  readonly timestamp: Timestamp | undefined;
  readonly chaincode: string;
  readonly input: ChaincodeInput;
  readonly transient: ReadonlyMap<string, Uint8Array>;
  readonly hasTransient: boolean;
  readonly extensionFault: string | undefined;
  readonly #inputBytes: Uint8Array;
  #payload: Uint8Array | undefined;
  #hash: Uint8Array | undefined;

  constructor(parts: Parts) {
    this.signedProposal = parts.signedProposal;
    this.header = parts.header;
    this.channelHeader = parts.channelHeader;
    this.signatureHeader = parts.signatureHeader;
    this.channelId = parts.channelId;
    this.txId = parts.txId;
    this.creator = parts.creator;
    this.timestamp = parts.timestamp;
    this.chaincode = parts.chaincode;
    this.input = parts.input;
    this.transient = parts.transient;
    this.hasTransient = parts.hasTransient;
    this.extensionFault = parts.extensionFault;
    this.#inputBytes = parts.inputBytes;
  }

  get payloadWithoutTransient(): Uint8Array {
    this.#payload ??= writeProposalPayload(this.#inputBytes);
    return this.#payload;
  }

  get hash(): Uint8Array {
    this.#hash ??= hash(
      'sha256',
      Buffer.concat([this.header.channelHeader, this.header.signatureHeader, this.payloadWithoutTransient]),
      'buffer',
    );
    return this.#hash;
  }
}

function extensionFault(named: ChaincodeId | undefined, chaincode: string): string | undefined {
  if (named === undefined) return 'ChaincodeHeaderExtension.ChaincodeId is nil';
  if (named.name === '') return 'ChaincodeHeaderExtension.ChaincodeId.Name is empty';
  // Fabric runs what the extension names, whatever else the proposal says.
  if (named.name !== chaincode) return 'header extension and invocation spec name different chaincodes';
  return undefined;
}
