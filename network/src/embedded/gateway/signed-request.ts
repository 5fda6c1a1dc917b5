import { status } from '@grpc/grpc-js';
import { AccessError, checkAccess, noSuchChannel, notSatisfied } from '../access/index.js';
import { checkCreator } from '../identity/index.js';
import type { Identity } from '../parts.js';
import type { GatewayChannels, GatewayContext } from './gateway-context.js';
import { RpcError } from './rpc-error.js';

export interface SignedRequest {
  getRequest_asU8(): Uint8Array;
  getSignature_asU8(): Uint8Array;
}

/** Decodes the inside of a signed request. @throws RpcError (INVALID_ARGUMENT). */
export function readSignedRequest<T>(
  signed: SignedRequest,
  what: string,
  decode: (bytes: Uint8Array) => T,
): T {
  const bytes = signed.getRequest_asU8();
  if (bytes.length === 0) throw new RpcError(status.INVALID_ARGUMENT, `a ${what} request is required`);
  try {
    return decode(bytes);
  } catch {
    throw new RpcError(status.INVALID_ARGUMENT, `invalid ${what} request`);
  }
}

/**
 * The identity that signed the request, which has to be a reader of the channel, and the channel.
 * @throws RpcError (PERMISSION_DENIED); why a signature is refused stays here: a stranger learns nothing of who is known.
 */
export function requireReader(
  signed: SignedRequest,
  identity: Uint8Array,
  channelId: string,
  channels: GatewayChannels,
  resource: 'gateway/CommitStatus' | 'gateway/ChaincodeEvents',
): { reader: Identity; context: GatewayContext } {
  try {
    const context = channels.get(channelId);
    if (context === undefined) throw noSuchChannel(channelId);
    const { ledger } = context.channel;
    const reader = signer(signed, identity, context);
    if (reader === undefined) throw notSatisfied(ledger, resource);
    checkAccess(ledger, resource, reader);
    return { reader, context };
  } catch (error) {
    if (error instanceof AccessError) throw new RpcError(status.PERMISSION_DENIED, error.message);
    throw error;
  }
}

function signer(
  signed: SignedRequest,
  identity: Uint8Array,
  { channel }: GatewayContext,
): Identity | undefined {
  const { msps } = channel.ledger;
  try {
    return checkCreator(msps, identity, signed.getRequest_asU8(), signed.getSignature_asU8());
  } catch {
    return undefined;
  }
}
