import { hash } from 'node:crypto';
import { common, peer } from '@hyperledger/fabric-protos';
import { checkCreator, checkSignatureHeader, checkTransactionId, transactionId } from '../identity/index.js';
import type { MspManager } from '../parts.js';
import { decodeReadWriteSet, type NamespaceSet } from './read-write-set.js';
import { decodeOr, Invalid } from './verdict.js';

/** An endorser transaction, taken out of its envelope. */
export interface EndorserTransaction {
  readonly txId: string;
  readonly timestamp: Date;
  /** As the proposal named it. */
  readonly chaincode: string;
  readonly event: peer.ChaincodeEvent | undefined;
  readonly proposalResponsePayload: Uint8Array;
  readonly endorsements: readonly peer.Endorsement[];
  readonly readWriteSet: readonly NamespaceSet[];
}

interface Action {
  readonly payload: peer.ProposalResponsePayload;
  readonly action: peer.ChaincodeEndorsedAction;
}

interface Opened {
  readonly payload: common.Payload;
  readonly channelHeader: common.ChannelHeader;
  readonly signatureHeader: common.SignatureHeader;
}

/** The transaction id in an envelope; '' where it cannot be read. */
export function txIdOf(envelopeBytes: Uint8Array): string {
  try {
    const { channelHeader, signatureHeader } = open(common.Envelope.deserializeBinary(envelopeBytes));
    if (channelHeader.getTxId() !== '' || channelHeader.getType() !== common.HeaderType.CONFIG) {
      return channelHeader.getTxId();
    }
    // An orderer gives a configuration none.
    return transactionId(signatureHeader.getNonce_asU8(), signatureHeader.getCreator_asU8());
  } catch {
    return '';
  }
}

/** The channel an envelope is for; '' where it cannot be read. */
export function channelIdOf(envelopeBytes: Uint8Array): string {
  try {
    return open(common.Envelope.deserializeBinary(envelopeBytes)).channelHeader.getChannelId();
  } catch {
    return '';
  }
}

function open(envelope: common.Envelope): Opened {
  const payload = decodeOr('BAD_PAYLOAD', 'the payload', () =>
    common.Payload.deserializeBinary(envelope.getPayload_asU8()),
  );
  return decodeOr('BAD_COMMON_HEADER', 'the header', () => {
    const header = payload.getHeader();
    if (header === undefined) throw new Invalid('BAD_COMMON_HEADER', 'the payload has no header');
    return {
      payload,
      channelHeader: common.ChannelHeader.deserializeBinary(header.getChannelHeader_asU8()),
      signatureHeader: common.SignatureHeader.deserializeBinary(header.getSignatureHeader_asU8()),
    };
  });
}

const KNOWN_TYPES: readonly number[] = [
  common.HeaderType.ENDORSER_TRANSACTION,
  common.HeaderType.CONFIG_UPDATE,
  common.HeaderType.CONFIG,
];

function checkHeaders({ channelHeader, signatureHeader }: Opened): void {
  decodeOr('BAD_COMMON_HEADER', 'the header', () => {
    if (!KNOWN_TYPES.includes(channelHeader.getType())) throw new Error('unknown header type');
    if (channelHeader.getEpoch() !== 0) throw new Error('the epoch is not 0');
    checkSignatureHeader(signatureHeader);
  });
}

function proposalHash(channelHeader: Uint8Array, signatureHeader: Uint8Array, payload: Uint8Array): Buffer {
  return hash('sha256', Buffer.concat([channelHeader, signatureHeader, payload]), 'buffer');
}

/** The one action of the transaction, bound to its proposal by the hash that the endorsers signed. */
function readAction(opened: Opened): Action {
  return decodeOr('INVALID_ENDORSER_TRANSACTION', 'the transaction', () => {
    const actions = peer.Transaction.deserializeBinary(opened.payload.getData_asU8()).getActionsList();
    const [only] = actions;
    if (only === undefined || actions.length !== 1) throw new Error('a transaction has one action');
    const header = common.SignatureHeader.deserializeBinary(only.getHeader_asU8());
    checkSignatureHeader(header);
    const actionPayload = peer.ChaincodeActionPayload.deserializeBinary(only.getPayload_asU8());
    const action = actionPayload.getAction();
    if (action === undefined) throw new Error('the action has no content');
    const payload = peer.ProposalResponsePayload.deserializeBinary(action.getProposalResponsePayload_asU8());
    const expected = proposalHash(
      opened.payload.getHeader()?.getChannelHeader_asU8() ?? new Uint8Array(),
      only.getHeader_asU8(),
      actionPayload.getChaincodeProposalPayload_asU8(),
    );
    if (!expected.equals(payload.getProposalHash_asU8())) throw new Error('the proposal hash does not fit');
    return { payload, action };
  });
}

function readEvent(bytes: Uint8Array, chaincode: string): peer.ChaincodeEvent | undefined {
  if (bytes.length === 0) return undefined;
  return decodeOr('INVALID_OTHER_REASON', 'the chaincode event', () => {
    const event = peer.ChaincodeEvent.deserializeBinary(bytes);
    if (event.getChaincodeId() !== chaincode) throw new Error('the event names another chaincode');
    return event;
  });
}

function readContent(opened: Opened, { payload, action }: Action): EndorserTransaction {
  const { channelHeader } = opened;
  const extension = decodeOr('BAD_HEADER_EXTENSION', 'the header extension', () =>
    peer.ChaincodeHeaderExtension.deserializeBinary(channelHeader.getExtension_asU8()),
  );
  const result = decodeOr('BAD_RESPONSE_PAYLOAD', 'the chaincode action', () =>
    peer.ChaincodeAction.deserializeBinary(payload.getExtension_asU8()),
  );
  const readWriteSet = decodeOr('BAD_RWSET', 'the read-write set', () =>
    decodeReadWriteSet(result.getResults_asU8()),
  );
  const named = extension.getChaincodeId();
  const executed = result.getChaincodeId();
  if (named === undefined || executed === undefined) {
    throw new Invalid('INVALID_OTHER_REASON', 'no chaincode id');
  }
  const chaincode = named.getName();
  if (chaincode === '' || chaincode !== executed.getName() || executed.getVersion() === '') {
    throw new Invalid('INVALID_CHAINCODE', 'proposal and result name different chaincodes, or none');
  }
  const event = readEvent(result.getEvents_asU8(), chaincode);
  const namespaces = new Set(readWriteSet.map((set) => set.namespace));
  if (namespaces.size !== readWriteSet.length) {
    throw new Invalid('ILLEGAL_WRITESET', 'a namespace appears twice');
  }
  return {
    txId: channelHeader.getTxId(),
    timestamp: channelHeader.getTimestamp()?.toDate() ?? new Date(0),
    chaincode,
    event,
    proposalResponsePayload: action.getProposalResponsePayload_asU8(),
    endorsements: action.getEndorsementsList(),
    readWriteSet,
  };
}

/** Reads a transaction that a block already calls valid. @returns undefined for a config transaction. */
export function readTransaction(envelopeBytes: Uint8Array): EndorserTransaction | undefined {
  const opened = open(common.Envelope.deserializeBinary(envelopeBytes));
  if (opened.channelHeader.getType() !== common.HeaderType.ENDORSER_TRANSACTION) return undefined;
  return readContent(opened, readAction(opened));
}

export interface EnvelopeContext {
  readonly channelId: string;
  readonly msps: MspManager;
  isCommitted(txId: string): boolean;
}

/**
 * Checks form, creator, transaction id and the binding of proposal and result, in Fabric's order.
 * @throws Invalid with the code for the block.
 */
export function validateEnvelope(envelopeBytes: Uint8Array, context: EnvelopeContext): EndorserTransaction {
  if (envelopeBytes.length === 0) throw new Invalid('NIL_ENVELOPE', 'the block has an empty place');
  const envelope = decodeOr('INVALID_OTHER_REASON', 'the envelope', () =>
    common.Envelope.deserializeBinary(envelopeBytes),
  );
  const opened = open(envelope);
  checkHeaders(opened);
  const { channelHeader, signatureHeader } = opened;
  decodeOr('BAD_CREATOR_SIGNATURE', 'the creator', () =>
    checkCreator(
      context.msps,
      signatureHeader.getCreator_asU8(),
      envelope.getPayload_asU8(),
      envelope.getSignature_asU8(),
    ),
  );
  if (channelHeader.getType() !== common.HeaderType.ENDORSER_TRANSACTION) {
    throw new Invalid('UNSUPPORTED_TX_PAYLOAD', 'only endorser transactions are supported');
  }
  decodeOr('BAD_PROPOSAL_TXID', 'the transaction id', () =>
    checkTransactionId(channelHeader.getTxId(), signatureHeader),
  );
  const action = readAction(opened);
  if (channelHeader.getChannelId() !== context.channelId) {
    throw new Invalid('TARGET_CHAIN_NOT_FOUND', `the transaction is for ${channelHeader.getChannelId()}`);
  }
  if (context.isCommitted(channelHeader.getTxId())) {
    throw new Invalid('DUPLICATE_TXID', 'a transaction with this id was committed before');
  }
  return readContent(opened, action);
}
