import { common } from '@hyperledger/fabric-protos';
import { mspsOf } from '../embedded/configuration/index.js';
import { mspOfPrincipal, parsePolicy, PolicyError } from '../embedded/policy/index.js';
import { DeploymentError } from '../deployment/index.js';
import { ChangeError } from './change-error.js';

const { PolicyType } = common.Policy;
const META_RULE = /^(ANY|ALL|MAJORITY) +([A-Za-z0-9.-]+)$/;

/**
 * Sets a policy of a channel.
 * @param path `/Channel/Application/Endorsement`.
 * @param rule As configtx.yaml has them: `MAJORITY Endorsement`, or `OR('HospitalAMSP.admin', 'LabAMSP.admin')`.
 * @throws ChangeError POLICY_PATH_UNKNOWN, POLICY_RULE_UNKNOWN; DeploymentError POLICY_SYNTAX.
 */
export function policyChange(path: string, rule: string): (root: common.ConfigGroup) => void {
  return (root) => {
    const [empty, channel, ...names] = path.split('/');
    const name = names.pop();
    if (empty !== '' || channel !== 'Channel' || name === undefined || name === '') throw unknownPath(path);
    let group: common.ConfigGroup | undefined = root;
    for (const part of names) group = group?.getGroupsMap().get(part);
    const entry = group?.getPoliciesMap().get(name);
    if (group === undefined || entry === undefined) throw unknownPath(path, group);
    entry.setPolicy(policyOf(rule, group, root));
  };
}

function policyOf(rule: string, group: common.ConfigGroup, root: common.ConfigGroup): common.Policy {
  const [, over, subPolicy] = META_RULE.exec(rule.trim()) ?? [];
  if (subPolicy !== undefined) {
    const lacking = [...group.getGroupsMap().entries()].filter(
      ([, child]) => !child.getPoliciesMap().has(subPolicy),
    );
    if (group.getGroupsMap().getLength() === 0 || lacking.length > 0) {
      const who = lacking.map(([name]) => name).join(', ') || 'nothing below';
      throw new ChangeError(
        'POLICY_RULE_UNKNOWN',
        `"${rule}" counts policies called ${subPolicy}: ${who} ${lacking.length === 0 ? 'has' : 'have no'} such policy`,
        'A rule over other policies stands in a group whose every member has a policy of that name.',
      );
    }
    const meta = new common.ImplicitMetaPolicy();
    meta.setRule(common.ImplicitMetaPolicy.Rule[over as keyof common.ImplicitMetaPolicy.RuleMap]);
    meta.setSubPolicy(subPolicy);
    return typed(PolicyType.IMPLICIT_META, meta);
  }
  const envelope = parsed(rule);
  const known = new Set(mspsOf(root).map((definition) => definition.getName()));
  const strangers = envelope
    .getIdentitiesList()
    .map((principal) => mspOfPrincipal(principal) ?? '')
    .filter((mspId) => !known.has(mspId));
  if (strangers.length === 0) return typed(PolicyType.SIGNATURE, envelope);
  throw new ChangeError(
    'POLICY_RULE_UNKNOWN',
    `"${rule}" names ${[...new Set(strangers)].join(', ')}, which ${strangers.length === 1 ? 'is' : 'are'} not on the channel`,
    `Its MSPs: ${[...known].join(', ')}`,
  );
}

function parsed(rule: string): common.SignaturePolicyEnvelope {
  try {
    return parsePolicy(rule);
  } catch (cause) {
    if (!(cause instanceof PolicyError)) throw cause;
    throw new DeploymentError('POLICY_SYNTAX', cause.message, {
      hint: `Write it as MAJORITY Endorsement, or OR('Org1MSP.admin', 'Org2MSP.admin')`,
      cause,
    });
  }
}

function typed(type: number, message: { serializeBinary(): Uint8Array }): common.Policy {
  const policy = new common.Policy();
  policy.setType(type);
  policy.setValue(message.serializeBinary());
  return policy;
}

function unknownPath(path: string, group?: common.ConfigGroup): ChangeError {
  const names = group === undefined ? [] : [...group.getPoliciesMap().keys()].sort();
  return new ChangeError(
    'POLICY_PATH_UNKNOWN',
    `the channel has no policy ${path}`,
    names.length > 0
      ? `There: ${names.join(', ')}`
      : 'Policies go by paths as /Channel/Application/Endorsement or /Channel/Orderer/BlockValidation.',
  );
}
