import { common, type msp } from '@hyperledger/fabric-protos';
import { outOf, policyEnvelope, signedBy } from './build.js';

/** `count` of the policies as one; equal principals are one principal in it. */
export function mergedPolicy(
  count: number,
  policies: readonly common.SignaturePolicyEnvelope[],
): common.SignaturePolicyEnvelope {
  const principals: msp.MSPPrincipal[] = [];
  const places = new Map<string, number>();
  const place = (principal: msp.MSPPrincipal): number => {
    const key = Buffer.from(principal.serializeBinary()).toString('latin1');
    const known = places.get(key);
    if (known !== undefined) return known;
    places.set(key, principals.length);
    return principals.push(principal) - 1;
  };
  const rules = policies.map((policy) => {
    const moved = policy.getIdentitiesList().map(place);
    return movedRule(policy.getRule(), moved);
  });
  return policyEnvelope(outOf(count, rules), principals);
}

/** The same rule over principals that stand elsewhere. */
function movedRule(
  rule: common.SignaturePolicy | undefined,
  places: readonly number[],
): common.SignaturePolicy {
  const gate = rule?.getNOutOf();
  if (gate !== undefined) {
    return outOf(
      gate.getN(),
      gate.getRulesList().map((child) => movedRule(child, places)),
    );
  }
  return rule?.getTypeCase() === common.SignaturePolicy.TypeCase.SIGNED_BY
    ? signedBy(places[rule.getSignedBy()] ?? -1)
    : new common.SignaturePolicy();
}
