import { CodedError } from '../../coded-error.js';
import type { ChannelLedger, Identity } from '../parts.js';

const WRITERS = '/Channel/Application/Writers';
const READERS = '/Channel/Application/Readers';

/**
 * Which policy of a channel's configuration rules a kind of request: Fabric's default access list, by its names of
 * resources (core/aclmgmt). The value `ACLs` of the configuration may say otherwise.
 */
const RESOURCES = {
  'peer/Propose': WRITERS,
  'peer/ChaincodeToChaincode': WRITERS,
  '_lifecycle/CheckCommitReadiness': WRITERS,
  '_lifecycle/CommitChaincodeDefinition': WRITERS,
  '_lifecycle/QueryChaincodeDefinition': WRITERS,
  '_lifecycle/QueryChaincodeDefinitions': WRITERS,
  'event/Block': READERS,
  'event/FilteredBlock': READERS,
  'gateway/CommitStatus': READERS,
  'gateway/ChaincodeEvents': READERS,
  'qscc/GetChainInfo': READERS,
  'qscc/GetBlockByNumber': READERS,
  'qscc/GetBlockByHash': READERS,
  'qscc/GetTransactionByID': READERS,
  'qscc/GetBlockByTxID': READERS,
  'cscc/GetConfigBlock': READERS,
  'cscc/GetChannelConfig': READERS,
} as const;

/** What no access list changes. */
const FIXED = {
  /** Discovery's queries of a channel. */
  discover: WRITERS,
  /** Envelopes for an orderer. */
  order: '/Channel/Writers',
  /** Blocks, from an orderer. */
  fetch: '/Channel/Readers',
} as const;

export const ORDER_POLICY = FIXED.order;
export type Access = keyof typeof RESOURCES | keyof typeof FIXED;
const DEFAULTS: Readonly<Record<string, string>> = { ...RESOURCES, ...FIXED };

/** Refused by a channel's policies, in Fabric's words. */
export class AccessError extends CodedError {
  override readonly name: string = 'AccessError';
  declare readonly code: 'NO_SUCH_CHANNEL' | 'POLICY_NOT_SATISFIED' | 'NOT_OF_THE_PEER';
}

/** @throws AccessError (POLICY_NOT_SATISFIED) in Fabric's words. */
export function checkAccess(ledger: ChannelLedger, access: string, identity: Identity): void {
  const failure = failureOf(ledger, access, [identity]);
  if (failure !== undefined) throw new AccessError('POLICY_NOT_SATISFIED', failure);
}

/** As for an identity that satisfies nothing. */
export function notSatisfied(ledger: ChannelLedger, access: Access): AccessError {
  return new AccessError('POLICY_NOT_SATISFIED', failureOf(ledger, access, []) ?? 'no such policy');
}

/** A policy that the access list names is spoken of otherwise than a default one. */
function failureOf(
  { channelId, policies }: ChannelLedger,
  access: string,
  identities: readonly Identity[],
): string | undefined {
  const listed = access in FIXED ? undefined : policies.accessPolicy(access);
  if (listed !== undefined) {
    const policy = policies.get(listed);
    const failure = policy === undefined ? `policy ${listed} not found` : policy.failure(identities);
    return failure && `failed evaluating policy on signed data during check policy [${listed}]: [${failure}]`;
  }
  const path = DEFAULTS[access];
  if (path === undefined) return `Unmapped policy for ${access}`;
  const policy = policies.get(path);
  const failure = policy === undefined ? 'no such policy' : policy.failure(identities);
  return (
    failure &&
    `Failed evaluating policy on signed data during check policy on channel [${channelId}] with policy [${path}]: [${failure}]`
  );
}

export function noSuchChannel(channelId: string): AccessError {
  return new AccessError('NO_SUCH_CHANNEL', `Failed to get policy manager for channel [${channelId}]`);
}
