import { common } from '@hyperledger/fabric-protos';
import {
  checkCreator,
  checkNotReplayed,
  checkSignatureHeader,
  checkTransactionId,
  type TransactionIds,
} from '../identity/index.js';
import type { Identity, MspManager } from '../parts.js';
import { rolePrincipal } from '../policy/index.js';
import { OrdererError } from './orderer-error.js';

export interface EnvelopeFilterOptions {
  readonly channelId: string;
  readonly msps: MspManager;
  readonly absoluteMaxBytes: number;
  readonly transactionIds: TransactionIds;
}

export interface AcceptedEnvelope {
  readonly txId: string;
  readonly size: number;
}

function isWriter(identity: Identity): boolean {
  return (['client', 'admin'] as const).some((role) =>
    identity.satisfies(rolePrincipal(identity.mspId, role)),
  );
}

function refuse<T>(code: 'BAD_REQUEST' | 'FORBIDDEN', check: () => T): T {
  try {
    return check();
  } catch (cause) {
    if (cause instanceof OrdererError) throw cause;
    throw new OrdererError(code, cause instanceof Error ? cause.message : String(cause), { cause });
  }
}

/**
 * The orderer's checks: size, form, channel, a signature by a client or admin of the channel, the transaction id.
 * @throws OrdererError.
 */
export function filterEnvelope(envelope: common.Envelope, options: EnvelopeFilterOptions): AcceptedEnvelope {
  const payloadBytes = envelope.getPayload_asU8();
  const size = payloadBytes.length + envelope.getSignature_asU8().length;
  if (payloadBytes.length === 0) throw new OrdererError('BAD_REQUEST', 'the envelope has no payload');
  if (size > options.absoluteMaxBytes) {
    throw new OrdererError(
      'REQUEST_ENTITY_TOO_LARGE',
      `the envelope has ${String(size)} bytes, at most ${String(options.absoluteMaxBytes)} are taken`,
    );
  }
  const { channelHeader, signatureHeader } = refuse('BAD_REQUEST', () => {
    const header = common.Payload.deserializeBinary(payloadBytes).getHeader();
    if (header === undefined) throw new OrdererError('BAD_REQUEST', 'the payload has no header');
    const bySigner = common.SignatureHeader.deserializeBinary(header.getSignatureHeader_asU8());
    checkSignatureHeader(bySigner);
    return {
      channelHeader: common.ChannelHeader.deserializeBinary(header.getChannelHeader_asU8()),
      signatureHeader: bySigner,
    };
  });
  if (channelHeader.getChannelId() !== options.channelId) {
    throw new OrdererError('NOT_FOUND', `channel ${channelHeader.getChannelId()} is not here`);
  }
  if (channelHeader.getType() !== common.HeaderType.ENDORSER_TRANSACTION) {
    throw new OrdererError('BAD_REQUEST', 'only endorser transactions are taken');
  }
  const signature = envelope.getSignature_asU8();
  const creator = refuse('FORBIDDEN', () => {
    const identity = checkCreator(
      options.msps,
      signatureHeader.getCreator_asU8(),
      payloadBytes,
      signature,
      new Date(),
    );
    if (!isWriter(identity)) throw new OrdererError('FORBIDDEN', 'the creator is no client of the channel');
    return identity;
  });
  const txId = channelHeader.getTxId();
  refuse('BAD_REQUEST', () => {
    checkTransactionId(txId, signatureHeader);
    checkNotReplayed(txId, options.transactionIds);
  });
  // The committer looks at the same bytes.
  creator.remember(payloadBytes, signature);
  return { txId, size };
}
