import { status } from '@grpc/grpc-js';
import { checkCreator } from '../identity/index.js';
import type { Identity } from '../parts.js';
import type { GatewayContext } from './gateway-context.js';
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

/** The identity that signed the request, which has to be a reader of the channel. @throws RpcError (PERMISSION_DENIED). */
export function requireReader(
  signed: SignedRequest,
  identity: Uint8Array,
  channelId: string,
  { ledger, mspIds, now }: GatewayContext,
): Identity {
  const denied = `failed evaluating policy on signed data during check policy on channel [${channelId}] with policy [/Channel/Application/Readers]`;
  if (channelId !== ledger.channelId) throw new RpcError(status.PERMISSION_DENIED, denied);
  try {
    const reader = checkCreator(
      ledger.msps,
      identity,
      signed.getRequest_asU8(),
      signed.getSignature_asU8(),
      now(),
    );
    if (mspIds.includes(reader.mspId)) return reader;
  } catch {
    // The reason stays here: a stranger learns nothing of who is known.
  }
  throw new RpcError(status.PERMISSION_DENIED, denied);
}
