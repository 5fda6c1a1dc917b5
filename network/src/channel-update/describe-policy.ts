import { common } from '@hyperledger/fabric-protos';
import { mspOfPrincipal } from '../embedded/policy/index.js';

const { PolicyType } = common.Policy;
const { Rule } = common.ImplicitMetaPolicy;

/** A policy of a channel as people read it: `a majority (3 of 4) of hospital-a, hospital-b, insurer-a, lab-a`. */
export function describePolicy(root: common.ConfigGroup, path: string): string {
  const [, , ...names] = path.split('/');
  const policyName = names.pop() ?? '';
  let group: common.ConfigGroup | undefined = root;
  for (const name of names) group = group?.getGroupsMap().get(name);
  return group === undefined ? `${path}, which is not there` : ofGroup(group, names.at(-1), policyName);
}

function ofGroup(group: common.ConfigGroup, name: string | undefined, policyName: string): string {
  const policy = group.getPoliciesMap().get(policyName)?.getPolicy();
  switch (policy?.getType()) {
    case PolicyType.SIGNATURE:
      return name ?? signers(common.SignaturePolicyEnvelope.deserializeBinary(policy.getValue_asU8()));
    case PolicyType.IMPLICIT_META:
      return ofParts(group, common.ImplicitMetaPolicy.deserializeBinary(policy.getValue_asU8()));
    default:
      return 'nobody';
  }
}

function ofParts(group: common.ConfigGroup, policy: common.ImplicitMetaPolicy): string {
  const parts = [...group.getGroupsMap().keys()].sort().map((name) => {
    const child = group.getGroupsMap().get(name) ?? new common.ConfigGroup();
    const said = ofGroup(child, name, policy.getSubPolicy());
    return said.includes(' of ') ? `(${said})` : said;
  });
  if (parts.length === 1) return parts[0] ?? '';
  const count = parts.length;
  const rule = policy.getRule();
  if (rule === Rule.ANY) return `any one of ${parts.join(', ')}`;
  if (rule === Rule.ALL) return `all of ${parts.join(', ')}`;
  return `a majority (${Math.floor(count / 2) + 1} of ${count}) of ${parts.join(', ')}`;
}

function signers(policy: common.SignaturePolicyEnvelope): string {
  const msps = policy.getIdentitiesList().map((principal) => mspOfPrincipal(principal) ?? 'somebody');
  return `a rule over ${[...new Set(msps)].join(', ')}`;
}
