import { hash } from 'node:crypto';
import { common, peer } from '@hyperledger/fabric-protos';
import { checkCreator, checkSignatureHeader, checkTransactionId, transactionId } from '../identity/index.js';
import type { MspManager } from '../parts.js';
import {
  readActionPayload,
  readChaincodeAction,
  readChannelHeader,
  readEnvelope,
  readHeaderExtension,
  readPayload,
  readResponsePayload,
  readSignatureHeader,
  readTransaction as readActions,
  toDate,
  type ChannelHeader,
  type EndorsedAction,
  type Endorsement,
  type Header,
  type ResponsePayload,
  type SignatureHeader,
} from '../wire/index.js';
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
  readonly endorsements: readonly Endorsement[];
  readonly readWriteSet: readonly NamespaceSet[];
}

interface Action {
  readonly payload: ResponsePayload;
  readonly action: EndorsedAction;
}

interface Opened {
  readonly header: Header;
  readonly channelHeader: ChannelHeader;
  readonly signatureHeader: SignatureHeader;
  readonly data: Uint8Array;
}

/** The transaction id in an envelope; '' where it cannot be read. */
export function txIdOf(envelopeBytes: Uint8Array): string {
  try {
    const { channelHeader, signatureHeader } = open(readEnvelope(envelopeBytes).payload);
    if (channelHeader.txId !== '' || channelHeader.type !== common.HeaderType.CONFIG) {
      return channelHeader.txId;
    }
    // An orderer gives a configuration none.
    return transactionId(signatureHeader.nonce, signatureHeader.creator);
  } catch {
    return '';
  }
}

/** The channel an envelope is for; '' where it cannot be read. */
export function channelIdOf(envelopeBytes: Uint8Array): string {
  try {
    return open(readEnvelope(envelopeBytes).payload).channelHeader.channelId;
  } catch {
    return '';
  }
}

function open(payload: Uint8Array): Opened {
  const { header, data } = decodeOr('BAD_PAYLOAD', 'the payload', () => readPayload(payload));
  return decodeOr('BAD_COMMON_HEADER', 'the header', () => {
    if (header === undefined) throw new Invalid('BAD_COMMON_HEADER', 'the payload has no header');
    return {
      header,
      channelHeader: readChannelHeader(header.channelHeader),
      signatureHeader: readSignatureHeader(header.signatureHeader),
      data,
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
    if (!KNOWN_TYPES.includes(channelHeader.type)) throw new Error('unknown header type');
    if (channelHeader.epoch !== 0) throw new Error('the epoch is not 0');
    checkSignatureHeader(signatureHeader);
  });
}

function proposalHash(channelHeader: Uint8Array, signatureHeader: Uint8Array, payload: Uint8Array): Buffer {
  return hash('sha256', Buffer.concat([channelHeader, signatureHeader, payload]), 'buffer');
}

/** The one action of the transaction, bound to its proposal by the hash that the endorsers signed. */
function readAction(opened: Opened): Action {
  return decodeOr('INVALID_ENDORSER_TRANSACTION', 'the transaction', () => {
    const actions = readActions(opened.data);
    const [only] = actions;
    if (only === undefined || actions.length !== 1) throw new Error('a transaction has one action');
    checkSignatureHeader(readSignatureHeader(only.header));
    const { proposalPayload, action } = readActionPayload(only.payload);
    if (action === undefined) throw new Error('the action has no content');
    const payload = readResponsePayload(action.responsePayload);
    const expected = proposalHash(opened.header.channelHeader, only.header, proposalPayload);
    if (!expected.equals(payload.proposalHash)) throw new Error('the proposal hash does not fit');
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
  const named = decodeOr('BAD_HEADER_EXTENSION', 'the header extension', () =>
    readHeaderExtension(channelHeader.extension),
  );
  const result = decodeOr('BAD_RESPONSE_PAYLOAD', 'the chaincode action', () =>
    readChaincodeAction(payload.extension),
  );
  const readWriteSet = decodeOr('BAD_RWSET', 'the read-write set', () => decodeReadWriteSet(result.results));
  const executed = result.chaincodeId;
  if (named === undefined || executed === undefined) {
    throw new Invalid('INVALID_OTHER_REASON', 'no chaincode id');
  }
  const chaincode = named.name;
  if (chaincode === '' || chaincode !== executed.name || executed.version === '') {
    throw new Invalid('INVALID_CHAINCODE', 'proposal and result name different chaincodes, or none');
  }
  const event = readEvent(result.events, chaincode);
  const namespaces = new Set(readWriteSet.map((set) => set.namespace));
  if (namespaces.size !== readWriteSet.length) {
    throw new Invalid('ILLEGAL_WRITESET', 'a namespace appears twice');
  }
  return {
    txId: channelHeader.txId,
    timestamp: channelHeader.timestamp === undefined ? new Date(0) : toDate(channelHeader.timestamp),
    chaincode,
    event,
    proposalResponsePayload: action.responsePayload,
    endorsements: action.endorsements,
    readWriteSet,
  };
}

/** Reads a transaction that a block already calls valid. @returns undefined for a config transaction. */
export function readTransaction(envelopeBytes: Uint8Array): EndorserTransaction | undefined {
  const opened = open(readEnvelope(envelopeBytes).payload);
  if (opened.channelHeader.type !== common.HeaderType.ENDORSER_TRANSACTION) return undefined;
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
  const { payload, signature } = decodeOr('INVALID_OTHER_REASON', 'the envelope', () =>
    readEnvelope(envelopeBytes),
  );
  const opened = open(payload);
  checkHeaders(opened);
  const { channelHeader, signatureHeader } = opened;
  decodeOr('BAD_CREATOR_SIGNATURE', 'the creator', () =>
    checkCreator(context.msps, signatureHeader.creator, payload, signature),
  );
  if (channelHeader.type !== common.HeaderType.ENDORSER_TRANSACTION) {
    throw new Invalid('UNSUPPORTED_TX_PAYLOAD', 'only endorser transactions are supported');
  }
  decodeOr('BAD_PROPOSAL_TXID', 'the transaction id', () =>
    checkTransactionId(channelHeader.txId, signatureHeader),
  );
  const action = readAction(opened);
  if (channelHeader.channelId !== context.channelId) {
    throw new Invalid('TARGET_CHAIN_NOT_FOUND', `the transaction is for ${channelHeader.channelId}`);
  }
  if (context.isCommitted(channelHeader.txId)) {
    throw new Invalid('DUPLICATE_TXID', 'a transaction with this id was committed before');
  }
  return readContent(opened, action);
}
