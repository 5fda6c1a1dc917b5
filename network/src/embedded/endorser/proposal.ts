import { hash } from 'node:crypto';
import { common, peer } from '@hyperledger/fabric-protos';
import { EndorserError } from './endorser-error.js';

/** A proposal taken apart once; every endorser of the process works on the same object. */
export interface Proposal {
  readonly signedProposal: peer.SignedProposal;
  readonly header: common.Header;
  readonly channelHeader: common.ChannelHeader;
  readonly signatureHeader: common.SignatureHeader;
  /** Empty: the proposal is for the peer itself, not for a channel. */
  readonly channelId: string;
  readonly txId: string;
  readonly chaincode: string;
  readonly input: peer.ChaincodeInput;
  readonly hasTransient: boolean;
  /** What is wrong with the header's extension, in the endorser's words; a gateway does not look at it. */
  readonly extensionFault: string | undefined;
  /** The marshalled payload without transient data: what goes into the transaction and the hash. */
  readonly payloadWithoutTransient: Uint8Array;
  /** Fabric's proposal hash: both headers and the payload without transient data. */
  readonly hash: Uint8Array;
}

function decode<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw new EndorserError('MALFORMED', `error unmarshalling ${what}`, { cause });
  }
}

/** @throws EndorserError (MALFORMED). */
export function readProposal(signedProposal: peer.SignedProposal | undefined): Proposal {
  const bytes = signedProposal?.getProposalBytes_asU8();
  if (signedProposal === undefined || bytes === undefined || bytes.length === 0) {
    throw new EndorserError('MALFORMED', 'a signed proposal is required');
  }
  const proposal = decode('Proposal', () => peer.Proposal.deserializeBinary(bytes));
  const header = decode('Header', () => common.Header.deserializeBinary(proposal.getHeader_asU8()));
  const channelHeaderBytes = header.getChannelHeader_asU8();
  const signatureHeaderBytes = header.getSignatureHeader_asU8();
  const channelHeader = decode('ChannelHeader', () =>
    common.ChannelHeader.deserializeBinary(channelHeaderBytes),
  );
  const signatureHeader = decode('SignatureHeader', () =>
    common.SignatureHeader.deserializeBinary(signatureHeaderBytes),
  );
  const extension = decode('ChaincodeHeaderExtension', () =>
    peer.ChaincodeHeaderExtension.deserializeBinary(channelHeader.getExtension_asU8()),
  );
  const payload = decode('ChaincodeProposalPayload', () =>
    peer.ChaincodeProposalPayload.deserializeBinary(proposal.getPayload_asU8()),
  );
  const spec = decode('ChaincodeInvocationSpec', () =>
    peer.ChaincodeInvocationSpec.deserializeBinary(payload.getInput_asU8()),
  ).getChaincodeSpec();
  const chaincode = spec?.getChaincodeId()?.getName() ?? '';
  const input = spec?.getInput();
  const channelId = channelHeader.getChannelId();
  if (spec === undefined) {
    throw new EndorserError('MALFORMED', 'chaincode invocation spec did not contain chaincode spec');
  }
  if (chaincode === '') {
    throw new EndorserError('MALFORMED', `no chaincode name is provided, channel id [${channelId}]`);
  }
  if (input === undefined) throw new EndorserError('MALFORMED', 'chaincode input did not contain any input');

  return new ReadProposal({
    signedProposal,
    header,
    channelHeader,
    signatureHeader,
    channelId,
    txId: channelHeader.getTxId(),
    chaincode,
    input,
    hasTransient: payload.getTransientmapMap().getLength() > 0,
    extensionFault: extensionFault(extension.getChaincodeId(), chaincode),
    inputBytes: payload.getInput_asU8(),
  });
}

type Parts = Omit<Proposal, 'payloadWithoutTransient' | 'hash'> & { readonly inputBytes: Uint8Array };

/** What only an endorsement needs is made when it is asked for, once. */
class ReadProposal implements Proposal {
  readonly signedProposal: peer.SignedProposal;
  readonly header: common.Header;
  readonly channelHeader: common.ChannelHeader;
  readonly signatureHeader: common.SignatureHeader;
  readonly channelId: string;
  readonly txId: string;
  readonly chaincode: string;
  readonly input: peer.ChaincodeInput;
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
    this.chaincode = parts.chaincode;
    this.input = parts.input;
    this.hasTransient = parts.hasTransient;
    this.extensionFault = parts.extensionFault;
    this.#inputBytes = parts.inputBytes;
  }

  get payloadWithoutTransient(): Uint8Array {
    if (this.#payload === undefined) {
      const stripped = new peer.ChaincodeProposalPayload();
      stripped.setInput(this.#inputBytes);
      this.#payload = stripped.serializeBinary();
    }
    return this.#payload;
  }

  get hash(): Uint8Array {
    this.#hash ??= hash(
      'sha256',
      Buffer.concat([
        this.header.getChannelHeader_asU8(),
        this.header.getSignatureHeader_asU8(),
        this.payloadWithoutTransient,
      ]),
      'buffer',
    );
    return this.#hash;
  }
}

function extensionFault(named: peer.ChaincodeID | undefined, chaincode: string): string | undefined {
  if (named === undefined) return 'ChaincodeHeaderExtension.ChaincodeId is nil';
  if (named.getName() === '') return 'ChaincodeHeaderExtension.ChaincodeId.Name is empty';
  // Fabric runs what the extension names, whatever else the proposal says.
  if (named.getName() !== chaincode) return 'header extension and invocation spec name different chaincodes';
  return undefined;
}
