import { common, msp } from '@hyperledger/fabric-protos';

type Role = keyof msp.MSPRole.MSPRoleTypeMap;

/** A signature policy as base64: so many of the organisations' members have to sign. */
export function outOf(count: number, mspIds: readonly string[], role: Role = 'PEER'): string {
  const envelope = new common.SignaturePolicyEnvelope();
  envelope.setIdentitiesList(mspIds.map((mspId) => principal(mspId, role)));
  const rules = mspIds.map((_, index) => {
    const rule = new common.SignaturePolicy();
    rule.setSignedBy(index);
    return rule;
  });
  const threshold = new common.SignaturePolicy.NOutOf();
  threshold.setN(count);
  threshold.setRulesList(rules);
  const rule = new common.SignaturePolicy();
  rule.setNOutOf(threshold);
  envelope.setRule(rule);
  return Buffer.from(envelope.serializeBinary()).toString('base64');
}

export function allOf(...mspIds: string[]): string {
  return outOf(mspIds.length, mspIds);
}

function principal(mspId: string, role: Role): msp.MSPPrincipal {
  const content = new msp.MSPRole();
  content.setMspIdentifier(mspId);
  content.setRole(msp.MSPRole.MSPRoleType[role]);
  const message = new msp.MSPPrincipal();
  message.setPrincipalClassification(msp.MSPPrincipal.Classification.ROLE);
  message.setPrincipal(content.serializeBinary());
  return message;
}
