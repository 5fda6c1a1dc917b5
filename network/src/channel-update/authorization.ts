import { common } from '@hyperledger/fabric-protos';
import {
  authorizedResult,
  changesOf,
  elementsOf,
  modPolicyPath,
  mspsOf,
  type CurrentConfig,
} from '../embedded/configuration/index.js';
import { openMsps } from '../embedded/identity/index.js';
import type { Identity } from '../embedded/parts.js';
import { ConfiguredPolicies } from '../embedded/policy/index.js';
import type { LocalAdmin } from './admins.js';
import { ChannelUpdateError } from './channel-update-error.js';
import { describePolicy } from './describe-policy.js';
import { signersOf, type SignedUpdate } from './update-envelope.js';

/** What an update changes, and by whose leave. */
export interface NeededSignatures {
  /** Path of the policy that has to be satisfied: `/Channel/Orderer/Admins`. */
  readonly policy: string;
  /** For people: `a majority (3 of 4) of hospital-a, hospital-b, insurer-a, lab-a`. */
  readonly rule: string;
  /** What it guards, by Fabric's names: `[Value]  /Channel/Orderer/BatchSize`. */
  readonly changes: readonly string[];
}

/** Whose signatures an update needs by the configuration in force; new elements need none of their own. */
export function neededSignatures(config: common.Config, update: common.ConfigUpdate): NeededSignatures[] {
  const { elements } = inForce(update.getChannelId(), config);
  const root = config.getChannelGroup() ?? new common.ConfigGroup();
  const byPolicy = new Map<string, string[]>();
  for (const key of changesOf(elementsOf(update.getReadSet()), elementsOf(update.getWriteSet())).keys()) {
    const existing = elements.get(key);
    if (existing === undefined) continue;
    const path = modPolicyPath(existing);
    byPolicy.set(path, [...(byPolicy.get(path) ?? []), key]);
  }
  return [...byPolicy].map(([policy, changes]) => ({ policy, rule: describePolicy(root, policy), changes }));
}

/**
 * The first admins, and no more than it takes, that together may make the change; those who signed already count.
 * @returns all of them where even they are too few.
 */
export function enoughAdmins(
  config: common.Config,
  signed: SignedUpdate,
  admins: readonly LocalAdmin[],
): LocalAdmin[] {
  const { policies, msps } = inForce(signed.channel, config);
  const paths = neededSignatures(config, signed.update).map(({ policy }) => policy);
  const known = (serialized: Uint8Array): Identity[] => {
    try {
      return [msps.deserialize(serialized)];
    } catch {
      return [];
    }
  };
  const already = signersOf(signed).flatMap(known);
  const suffice = (some: readonly LocalAdmin[]): boolean => {
    const identities = [...already, ...some.flatMap(({ signer }) => known(signer.serialized))];
    return paths.every((path) => policies.get(path)?.failure(identities) === undefined);
  };
  let chosen = admins.filter(({ signer }) => known(signer.serialized).length > 0);
  if (!suffice(chosen)) return chosen;
  // From the last: who comes first is asked first.
  for (const admin of [...chosen].reverse()) {
    const fewer = chosen.filter((other) => other !== admin);
    if (suffice(fewer)) chosen = fewer;
  }
  return chosen;
}

/**
 * Whether an update may go to the orderers as it is: they would refuse it in the same words.
 * @throws ChannelUpdateError UPDATE_OUTDATED, SIGNATURES_MISSING.
 */
export function requireAuthorized(config: common.Config, signed: SignedUpdate): void {
  const current = inForce(signed.channel, config);
  try {
    authorizedResult(signed.envelope, current);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    if (/^error validating DeltaSet: policy for/.test(reason)) {
      const rules = neededSignatures(config, signed.update).map(({ rule }) => rule);
      throw new ChannelUpdateError(
        'SIGNATURES_MISSING',
        `the update of ${signed.channel} is not signed by enough admins: ${reason}`,
        `It needs: ${rules.join('; and ')}`,
        cause,
      );
    }
    throw new ChannelUpdateError(
      'UPDATE_OUTDATED',
      `the update does not fit the configuration of ${signed.channel} that is in force: ${reason}`,
      'Somebody changed the channel since it was made: make it again, and let it be signed again.',
      cause,
    );
  }
}

function inForce(channelId: string, config: common.Config): CurrentConfig {
  const root = config.getChannelGroup() ?? new common.ConfigGroup();
  const msps = openMsps([]);
  msps.configure(mspsOf(root));
  return { channelId, elements: elementsOf(root), policies: new ConfiguredPolicies(root), msps };
}
