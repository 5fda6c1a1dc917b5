import { common, msp, peer } from '@hyperledger/fabric-protos';
import type { ApplicationOrganisation, ChannelPolicies, ChannelPolicy, Identity } from '../parts.js';
import { outOf, policyEnvelope } from './build.js';
import { compilePolicy } from './evaluate.js';
import { mergedPolicy } from './merge.js';
import { PolicyError } from './policy-error.js';

const APPLICATION = 'Application';
const { PolicyType } = common.Policy;
const { Rule } = common.ImplicitMetaPolicy;

/** As a configuration tree says them. */
export class ConfiguredPolicies implements ChannelPolicies {
  readonly organisations: readonly ApplicationOrganisation[];
  readonly #root: common.ConfigGroup;
  #accessList: ReadonlyMap<string, string> | undefined;
  readonly #known = new Map<string, ChannelPolicy | undefined>();

  constructor(channelGroup: common.ConfigGroup) {
    this.#root = channelGroup;
    this.organisations = childGroups(channelGroup.getGroupsMap().get(APPLICATION)).map(([name, group]) => ({
      name,
      mspId: mspIdOf(group),
    }));
  }

  /** @throws PolicyError (NO_CONFIGURATION) where the block is no configuration. */
  static ofBlock(block: common.Block): ConfiguredPolicies {
    const root = configurationOf(block)?.getChannelGroup();
    if (root === undefined) {
      const number = String(block.getHeader()?.getNumber() ?? '');
      throw new PolicyError('NO_CONFIGURATION', `block ${number} has no configuration`);
    }
    return new ConfiguredPolicies(root);
  }

  get(path: string): ChannelPolicy | undefined {
    if (!this.#known.has(path)) this.#known.set(path, this.#resolve(path));
    return this.#known.get(path);
  }

  signaturePolicy(path: string): common.SignaturePolicyEnvelope | undefined {
    return this.get(path)?.signature;
  }

  isSatisfiedBy(path: string, identity: Identity): boolean {
    const policy = this.get(path);
    return policy !== undefined && policy.failure([identity]) === undefined;
  }

  accessPolicy(resource: string): string | undefined {
    this.#accessList ??= accessListOf(this.#root.getGroupsMap().get(APPLICATION));
    return this.#accessList.get(resource);
  }

  ofOrganisation(mspId: string, name: string): ChannelPolicy | undefined {
    const organisation = this.organisations.find((entry) => entry.mspId === mspId);
    return organisation && this.get(`/Channel/${APPLICATION}/${organisation.name}/${name}`);
  }

  application(bytes: Uint8Array): ChannelPolicy | undefined {
    try {
      const policy = peer.ApplicationPolicy.deserializeBinary(bytes);
      const signature = policy.getSignaturePolicy();
      return signature === undefined
        ? this.get(policy.getChannelConfigPolicyReference())
        : signaturePolicy(signature);
    } catch {
      return undefined;
    }
  }

  #resolve(path: string): ChannelPolicy | undefined {
    const [empty, channel, ...names] = path.split('/');
    const policyName = names.pop();
    if (empty !== '' || channel !== 'Channel' || policyName === undefined) return undefined;
    let group: common.ConfigGroup | undefined = this.#root;
    for (const name of names) group = group?.getGroupsMap().get(name);
    return group && policyOf(group, policyName);
  }
}

/** A reference that is no path is one of the application's policies; an empty one is none. */
function accessListOf(application: common.ConfigGroup | undefined): ReadonlyMap<string, string> {
  const bytes = application?.getValuesMap().get('ACLs')?.getValue_asU8() ?? new Uint8Array();
  const list = new Map<string, string>();
  peer.ACLs.deserializeBinary(bytes)
    .getAclsMap()
    .forEach((resource, name) => {
      const reference = resource.getPolicyRef();
      if (reference === '') return;
      list.set(name, reference.startsWith('/') ? reference : `/Channel/${APPLICATION}/${reference}`);
    });
  return list;
}

/** The configuration in a configuration block. */
export function configurationOf(block: common.Block): common.Config | undefined {
  try {
    const [envelope = new Uint8Array()] = block.getData()?.getDataList_asU8() ?? [];
    const payload = common.Payload.deserializeBinary(
      common.Envelope.deserializeBinary(envelope).getPayload_asU8(),
    );
    return common.ConfigEnvelope.deserializeBinary(payload.getData_asU8()).getConfig();
  } catch {
    return undefined;
  }
}

function policyOf(group: common.ConfigGroup, name: string): ChannelPolicy | undefined {
  const policy = group.getPoliciesMap().get(name)?.getPolicy();
  switch (policy?.getType()) {
    case PolicyType.SIGNATURE:
      return signaturePolicy(common.SignaturePolicyEnvelope.deserializeBinary(policy.getValue_asU8()));
    case PolicyType.IMPLICIT_META:
      return metaPolicy(group, common.ImplicitMetaPolicy.deserializeBinary(policy.getValue_asU8()));
    default:
      return undefined;
  }
}

/** @throws PolicyError (MALFORMED_POLICY). */
function signaturePolicy(signature: common.SignaturePolicyEnvelope): ChannelPolicy {
  const isSatisfied = compilePolicy(signature);
  return {
    signature,
    failure: (identities) => (isSatisfied(identities) ? undefined : 'signature set did not satisfy policy'),
  };
}

const NOBODY: ChannelPolicy = {
  signature: policyEnvelope(outOf(1, []), []),
  failure: () => 'no such policy',
};

/** A rule over the policies of that name in the groups below; a group without one is never satisfied. */
function metaPolicy(group: common.ConfigGroup, definition: common.ImplicitMetaPolicy): ChannelPolicy {
  const name = definition.getSubPolicy();
  const parts = childGroups(group).map(([, child]) => policyOf(child, name) ?? NOBODY);
  const threshold = parts.length === 0 ? 0 : thresholdOf(definition.getRule(), parts.length);
  return {
    signature: mergedPolicy(
      threshold,
      parts.map(({ signature }) => signature),
    ),
    failure: (identities) => {
      const satisfied = parts.filter((part) => part.failure(identities) === undefined).length;
      if (satisfied >= threshold) return undefined;
      return (
        `implicit policy evaluation failed - ${String(satisfied)} sub-policies were satisfied, but this policy ` +
        `requires ${String(threshold)} of the '${name}' sub-policies to be satisfied`
      );
    },
  };
}

function thresholdOf(rule: number, count: number): number {
  if (rule === Rule.ANY) return 1;
  return rule === Rule.ALL ? count : Math.floor(count / 2) + 1;
}

function childGroups(group: common.ConfigGroup | undefined): [string, common.ConfigGroup][] {
  const entries: [string, common.ConfigGroup][] = [];
  group?.getGroupsMap().forEach((child, name) => entries.push([name, child]));
  return entries.sort(([a], [b]) => (a < b ? -1 : 1));
}

function mspIdOf(group: common.ConfigGroup): string {
  const value = group.getValuesMap().get('MSP')?.getValue_asU8() ?? new Uint8Array();
  const config = msp.MSPConfig.deserializeBinary(value).getConfig_asU8();
  return msp.FabricMSPConfig.deserializeBinary(config).getName();
}
