import type { StateAccess } from '../chaincode/index.js';
import type { ChannelLedger, Identity } from '../parts.js';
import { NOTHING, type Response } from '../wire/index.js';

/** Chaincodes that are part of the peer: they look for themselves who may call them. */
export const SYSTEM_CHAINCODES: readonly string[] = ['qscc', 'cscc', '_lifecycle', 'lscc'];

/** Fabric 3 keeps the name `lscc`, runs nothing under it, and says so in the words of a chaincode that is not there. */
export const NO_LSCC =
  'could not launch chaincode lscc.syscc: error building chaincode: error building image: failed to get chaincode ' +
  "package for external build: could not get legacy chaincode package 'lscc.syscc': " +
  'open chaincodes/lscc.syscc: no such file or directory';

/** Version that endorsements of system chaincodes carry. */
export const SYSTEM_VERSION = 'syscc';

/** One call of a chaincode that is part of the peer. */
export interface SystemCall {
  /** The channel of the proposal; undefined where it names none. */
  readonly channel: { readonly ledger: ChannelLedger; readonly state: StateAccess } | undefined;
  readonly args: readonly Uint8Array[];
  readonly creator: Identity;
  /** Organisation of the peer that is asked. */
  readonly peerMspId: string;
  /** The chaincode that the proposal names: another one where a chaincode called this one. */
  readonly proposed: string;
}

/** qscc, cscc or _lifecycle of one peer. */
export interface SystemChaincode {
  readonly name: string;
  /** Never rejects for what the caller did wrong: that is a response of status 500. */
  invoke(call: SystemCall): Promise<Response>;
}

export function success(payload: Uint8Array): Response {
  return { status: 200, message: '', payload };
}

export function failure(message: string, status = 500): Response {
  return { status, message, payload: NOTHING };
}
