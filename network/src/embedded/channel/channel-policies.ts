import { common, type msp } from '@hyperledger/fabric-protos';
import type { ChannelPolicies, Identity } from '../parts.js';
import { compilePolicy, outOf, policyEnvelope, type CompiledPolicy } from '../policy/index.js';

const { ImplicitMetaPolicy, Policy, SignaturePolicy } = common;

/** A rule with the principals that it names by index. */
interface Rule {
  readonly rule: common.SignaturePolicy;
  readonly principals: readonly msp.MSPPrincipal[];
}

interface KnownPolicy {
  readonly envelope: common.SignaturePolicyEnvelope;
  readonly compiled: CompiledPolicy;
}

/** The policies of a configuration tree. An implicit meta policy is written out: so many of its children's. */
export class ConfiguredPolicies implements ChannelPolicies {
  readonly #root: common.ConfigGroup;
  readonly #known = new Map<string, KnownPolicy | undefined>();

  /** @param root The channel's group. */
  constructor(root: common.ConfigGroup) {
    this.#root = root;
  }

  signaturePolicy(path: string): common.SignaturePolicyEnvelope | undefined {
    return this.#policy(path)?.envelope;
  }

  isSatisfiedBy(path: string, identity: Identity): boolean {
    return this.#policy(path)?.compiled([identity]) ?? false;
  }

  #policy(path: string): KnownPolicy | undefined {
    if (!this.#known.has(path)) this.#known.set(path, this.#read(path));
    return this.#known.get(path);
  }

  #read(path: string): KnownPolicy | undefined {
    const [empty, channel, ...names] = path.split('/');
    const policyName = names.pop();
    if (empty !== '' || channel !== 'Channel' || policyName === undefined) return undefined;
    let group: common.ConfigGroup | undefined = this.#root;
    for (const name of names) group = group?.getGroupsMap().get(name);
    const found = group && ruleOf(group, policyName);
    if (found === undefined) return undefined;
    const envelope = policyEnvelope(found.rule, [...found.principals]);
    return { envelope, compiled: compilePolicy(envelope) };
  }
}

/** @returns undefined where the group has no policy of that name, or one of no known type. */
function ruleOf(group: common.ConfigGroup, name: string): Rule | undefined {
  const policy = group.getPoliciesMap().get(name)?.getPolicy();
  switch (policy?.getType()) {
    case Policy.PolicyType.SIGNATURE: {
      const envelope = common.SignaturePolicyEnvelope.deserializeBinary(policy.getValue_asU8());
      const rule = envelope.getRule();
      return rule && { rule, principals: envelope.getIdentitiesList() };
    }
    case Policy.PolicyType.IMPLICIT_META:
      return metaRule(group, ImplicitMetaPolicy.deserializeBinary(policy.getValue_asU8()));
    default:
      return undefined;
  }
}

/** As Fabric counts: a group without the sub-policy is a rule that nobody satisfies; without groups, none is needed. */
function metaRule(group: common.ConfigGroup, meta: common.ImplicitMetaPolicy): Rule {
  const children = [...group.getGroupsMap().entries()].map(([, child]) => ruleOf(child, meta.getSubPolicy()));
  const principals: msp.MSPPrincipal[] = [];
  const rules = children.map((child) => {
    if (child === undefined) return outOf(1, []);
    const offset = principals.length;
    principals.push(...child.principals);
    return shifted(child.rule, offset);
  });
  return { rule: outOf(needed(meta.getRule(), rules.length), rules), principals };
}

function needed(
  rule: common.ImplicitMetaPolicy.RuleMap[keyof common.ImplicitMetaPolicy.RuleMap],
  of: number,
) {
  switch (rule) {
    case ImplicitMetaPolicy.Rule.ANY:
      return Math.min(1, of);
    case ImplicitMetaPolicy.Rule.ALL:
      return of;
    case ImplicitMetaPolicy.Rule.MAJORITY:
      return of === 0 ? 0 : Math.floor(of / 2) + 1;
  }
}

/** The same rule where its principals stand `offset` places later. */
function shifted(rule: common.SignaturePolicy, offset: number): common.SignaturePolicy {
  const copy = new SignaturePolicy();
  const gate = rule.getNOutOf();
  if (gate === undefined) copy.setSignedBy(rule.getSignedBy() + offset);
  else {
    return outOf(
      gate.getN(),
      gate.getRulesList().map((child) => shifted(child, offset)),
    );
  }
  return copy;
}
