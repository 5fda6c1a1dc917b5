import { common } from '@hyperledger/fabric-protos';
import { ACCESS } from '../access/index.js';
import { IdentityError } from '../identity/index.js';
import type { Identity, MspManager } from '../parts.js';
import type { ChannelPolicies } from '../policy/index.js';
import { OrdererError } from './orderer-error.js';

export interface EnvelopeFilterOptions {
  readonly channelId: string;
  readonly msps: MspManager;
  readonly policies: ChannelPolicies;
  readonly absoluteMaxBytes: number;
}

const { HeaderType } = common;

/**
 * What an orderer looks at, in Fabric's words: content, size, channel, kind, and a signature that satisfies the
 * channel's Writers. Anything else (transaction id, replay, endorsements) is judged by peers, in the block.
 * @returns the size of payload and signature in bytes.
 * @throws OrdererError.
 */
export function filterEnvelope(envelope: common.Envelope, options: EnvelopeFilterOptions): number {
  const payloadBytes = envelope.getPayload_asU8();
  const size = payloadBytes.length + envelope.getSignature_asU8().length;
  if (payloadBytes.length === 0) throw new OrdererError('BAD_REQUEST', 'Message was empty');
  const { channelHeader, signatureHeader } = readHeaders(payloadBytes);
  if (channelHeader.getChannelId() !== options.channelId) {
    throw new OrdererError('NOT_FOUND', 'channel does not exist');
  }
  checkKind(channelHeader.getType());
  if (size > options.absoluteMaxBytes) {
    throw new OrdererError(
      'BAD_REQUEST',
      `message payload is ${String(size)} bytes and exceeds maximum allowed ${String(options.absoluteMaxBytes)} bytes`,
    );
  }
  checkWriter(envelope, signatureHeader.getCreator_asU8(), options);
  return size;
}

function readHeaders(payload: Uint8Array) {
  try {
    const header = common.Payload.deserializeBinary(payload).getHeader();
    if (header === undefined) throw new Error('missing header');
    return {
      channelHeader: common.ChannelHeader.deserializeBinary(header.getChannelHeader_asU8()),
      signatureHeader: common.SignatureHeader.deserializeBinary(header.getSignatureHeader_asU8()),
    };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new OrdererError('BAD_REQUEST', `could not determine channel ID: ${reason}`, { cause });
  }
}

function checkKind(type: number): void {
  switch (type) {
    case HeaderType.CONFIG_UPDATE:
      throw new OrdererError(
        'NOT_IMPLEMENTED',
        'the embedded ledger takes no configuration updates: make a new network from another topology',
      );
    case HeaderType.CONFIG:
      throw new OrdererError('BAD_REQUEST', 'message is of type that cannot be processed directly');
    case HeaderType.ORDERER_TRANSACTION:
      throw new OrdererError('BAD_REQUEST', 'message is of type that is no longer supported');
  }
}

function checkWriter(envelope: common.Envelope, creator: Uint8Array, options: EnvelopeFilterOptions): void {
  let identity: Identity;
  try {
    identity = options.msps.deserialize(creator);
    identity.validate(new Date());
  } catch (cause) {
    if (cause instanceof IdentityError && cause.code === 'CERTIFICATE_EXPIRED') {
      throw new OrdererError('BAD_REQUEST', 'broadcast client identity expired', { cause });
    }
    throw denied(cause);
  }
  const isSigned = identity.verify(envelope.getPayload_asU8(), envelope.getSignature_asU8());
  if (!isSigned || !options.policies.isSatisfiedBy(ACCESS.order, identity)) throw denied();
  // The committer looks at the same bytes.
  identity.remember(envelope.getPayload_asU8(), envelope.getSignature_asU8());
}

function denied(cause?: unknown): OrdererError {
  return new OrdererError(
    'FORBIDDEN',
    'implicit policy evaluation failed - 0 sub-policies were satisfied, but this policy requires 1 of the ' +
      "'Writers' sub-policies to be satisfied: permission denied",
    { cause },
  );
}
