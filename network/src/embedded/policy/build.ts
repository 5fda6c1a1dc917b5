import { common, msp } from '@hyperledger/fabric-protos';

export type RoleName = 'member' | 'admin' | 'client' | 'peer' | 'orderer';

const ROLES = {
  member: msp.MSPRole.MSPRoleType.MEMBER,
  admin: msp.MSPRole.MSPRoleType.ADMIN,
  client: msp.MSPRole.MSPRoleType.CLIENT,
  peer: msp.MSPRole.MSPRoleType.PEER,
  orderer: msp.MSPRole.MSPRoleType.ORDERER,
} as const;

export function rolePrincipal(mspId: string, role: RoleName): msp.MSPPrincipal {
  const value = new msp.MSPRole();
  value.setMspIdentifier(mspId);
  value.setRole(ROLES[role]);
  const principal = new msp.MSPPrincipal();
  principal.setPrincipalClassification(msp.MSPPrincipal.Classification.ROLE);
  principal.setPrincipal(value.serializeBinary());
  return principal;
}

export function signedBy(index: number): common.SignaturePolicy {
  const rule = new common.SignaturePolicy();
  rule.setSignedBy(index);
  return rule;
}

export function outOf(count: number, rules: common.SignaturePolicy[]): common.SignaturePolicy {
  const gate = new common.SignaturePolicy.NOutOf();
  gate.setN(count);
  gate.setRulesList(rules);
  const rule = new common.SignaturePolicy();
  rule.setNOutOf(gate);
  return rule;
}

export function policyEnvelope(
  rule: common.SignaturePolicy,
  principals: msp.MSPPrincipal[],
): common.SignaturePolicyEnvelope {
  const envelope = new common.SignaturePolicyEnvelope();
  envelope.setVersion(0);
  envelope.setRule(rule);
  envelope.setIdentitiesList(principals);
  return envelope;
}

/** `count` of the organisations, each by one identity with `role`. */
export function outOfMsps(
  count: number,
  mspIds: readonly string[],
  role: RoleName = 'peer',
): common.SignaturePolicyEnvelope {
  return policyEnvelope(
    outOf(
      count,
      mspIds.map((_, index) => signedBy(index)),
    ),
    mspIds.map((mspId) => rolePrincipal(mspId, role)),
  );
}

/** More than half of the organisations. */
export function majorityOf(
  mspIds: readonly string[],
  role: RoleName = 'peer',
): common.SignaturePolicyEnvelope {
  return outOfMsps(Math.floor(mspIds.length / 2) + 1, mspIds, role);
}

/** Any one member of the organisations: who belongs to a collection, and an implicit collection's policy. */
export function anyMemberOf(mspIds: readonly string[]): common.SignaturePolicyEnvelope {
  return outOfMsps(1, mspIds, 'member');
}
