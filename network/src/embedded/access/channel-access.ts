import { CodedError } from '../../coded-error.js';
import type { ChannelLedger, Identity } from '../parts.js';

/** Which policy of a channel's configuration rules a kind of request, by Fabric's default access list. */
export const ACCESS = {
  /** Proposals to chaincode, and chaincode that calls chaincode. */
  propose: '/Channel/Application/Writers',
  /** Events, blocks, commit status and the ledger's queries, at a peer. */
  read: '/Channel/Application/Readers',
  /** Envelopes for an orderer. */
  order: '/Channel/Writers',
  /** Blocks, from an orderer. */
  fetch: '/Channel/Readers',
} as const;
export type Access = keyof typeof ACCESS;

/** Refused by a channel's policies, in Fabric's words. */
export class AccessError extends CodedError {
  override readonly name: string = 'AccessError';
  declare readonly code: 'NO_SUCH_CHANNEL' | 'POLICY_NOT_SATISFIED' | 'NOT_OF_THE_PEER';
}

/** @throws AccessError (POLICY_NOT_SATISFIED). */
export function checkAccess(ledger: ChannelLedger, access: Access, identity: Identity): void {
  const policy = ledger.policies.get(ACCESS[access]);
  const failure = policy === undefined ? 'no such policy' : policy.failure([identity]);
  if (failure !== undefined) throw refusal(ledger.channelId, access, failure);
}

/** As for an identity that satisfies nothing. */
export function notSatisfied({ channelId, policies }: ChannelLedger, access: Access): AccessError {
  return refusal(channelId, access, policies.get(ACCESS[access])?.failure([]) ?? 'no such policy');
}

function refusal(channelId: string, access: Access, failure: string): AccessError {
  return new AccessError(
    'POLICY_NOT_SATISFIED',
    `Failed evaluating policy on signed data during check policy on channel [${channelId}] with policy [${ACCESS[access]}]: [${failure}]`,
  );
}

export function noSuchChannel(channelId: string): AccessError {
  return new AccessError('NO_SUCH_CHANNEL', `Failed to get policy manager for channel [${channelId}]`);
}
