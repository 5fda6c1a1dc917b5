import { common } from '@hyperledger/fabric-protos';
import { ORDER_POLICY } from '../access/index.js';
import { IdentityError } from '../identity/index.js';
import type { Identity, MspManager } from '../parts.js';
import { readChannelHeader, readPayload, readSignatureHeader, type Envelope } from '../wire/index.js';
import type { ChannelPolicies } from '../policy/index.js';
import { OrdererError } from './orderer-error.js';

export interface EnvelopeFilterOptions {
  readonly channelId: string;
  readonly msps: MspManager;
  readonly policies: ChannelPolicies;
  readonly absoluteMaxBytes: number;
}

export interface AcceptedEnvelope {
  /** Bytes of payload and signature. */
  readonly size: number;
  /** It updates the channel's configuration. */
  readonly isUpdate: boolean;
}

const { HeaderType } = common;

/**
 * What an orderer looks at, in Fabric's words: content, size, channel, kind, and a signature that satisfies the
 * channel's Writers. Anything else (transaction id, replay, endorsements) is judged by peers, in the block.
 * @throws OrdererError.
 */
export function filterEnvelope(envelope: Envelope, options: EnvelopeFilterOptions): AcceptedEnvelope {
  if (envelope.payload.length === 0) throw new OrdererError('BAD_REQUEST', 'Message was empty');
  const { channelHeader, signatureHeader } = readHeaders(envelope.payload);
  if (channelHeader.channelId !== options.channelId) {
    throw new OrdererError('NOT_FOUND', 'channel does not exist');
  }
  checkKind(channelHeader.type);
  const isUpdate = channelHeader.type === HeaderType.CONFIG_UPDATE;
  try {
    const size = checkSize(envelope, options.absoluteMaxBytes);
    checkWriter(envelope, signatureHeader.creator, options);
    return { size, isUpdate };
  } catch (error) {
    if (!isUpdate || !(error instanceof OrdererError)) throw error;
    throw error.of('config update for existing channel did not pass initial checks');
  }
}

/** @returns the bytes of payload and signature. @throws OrdererError BAD_REQUEST */
export function checkSize(
  { payload, signature }: Pick<Envelope, 'payload' | 'signature'>,
  absoluteMaxBytes: number,
): number {
  const size = payload.length + signature.length;
  if (size <= absoluteMaxBytes) return size;
  throw new OrdererError(
    'BAD_REQUEST',
    `message payload is ${String(size)} bytes and exceeds maximum allowed ${String(absoluteMaxBytes)} bytes`,
  );
}

function readHeaders(payload: Uint8Array) {
  try {
    const { header } = readPayload(payload);
    if (header === undefined) throw new Error('missing header');
    return {
      channelHeader: readChannelHeader(header.channelHeader),
      signatureHeader: readSignatureHeader(header.signatureHeader),
    };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new OrdererError('BAD_REQUEST', `could not determine channel ID: ${reason}`, { cause });
  }
}

function checkKind(type: number): void {
  switch (type) {
    case HeaderType.CONFIG:
      throw new OrdererError('BAD_REQUEST', 'message is of type that cannot be processed directly');
    case HeaderType.ORDERER_TRANSACTION:
      throw new OrdererError('BAD_REQUEST', 'message is of type that is no longer supported');
  }
}

function checkWriter(envelope: Envelope, creator: Uint8Array, options: EnvelopeFilterOptions): void {
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
  const isSigned = identity.verify(envelope.payload, envelope.signature);
  if (!isSigned || !options.policies.isSatisfiedBy(ORDER_POLICY, identity)) throw denied();
  // The committer looks at the same bytes.
  identity.remember(envelope.payload, envelope.signature);
}

function denied(cause?: unknown): OrdererError {
  return new OrdererError(
    'FORBIDDEN',
    'implicit policy evaluation failed - 0 sub-policies were satisfied, but this policy requires 1 of the ' +
      "'Writers' sub-policies to be satisfied: permission denied",
    { cause },
  );
}
