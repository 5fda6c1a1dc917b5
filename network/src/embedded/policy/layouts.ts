import { common, msp } from '@hyperledger/fabric-protos';
import { PolicyError } from './policy-error.js';
import { mspOfPrincipal } from './principal-msp.js';

/** How many endorsements of each organisation satisfy a policy. */
export type Layout = ReadonlyMap<string, number>;

/** Beyond this many a policy is answered by the smallest sets only. */
const MAX_LAYOUTS = 512;

/** Endorsers are peers: a policy that wants a client's, admin's or orderer's signature has no layout. */
function endorsingMsp(principal: msp.MSPPrincipal): string | undefined {
  if (principal.getPrincipalClassification() === msp.MSPPrincipal.Classification.ROLE) {
    const role = msp.MSPRole.deserializeBinary(principal.getPrincipal_asU8()).getRole();
    const { PEER, MEMBER } = msp.MSPRole.MSPRoleType;
    if (role !== PEER && role !== MEMBER) return undefined;
  }
  return mspOfPrincipal(principal);
}

function covers(larger: Layout, smaller: Layout): boolean {
  return [...smaller].every(([mspId, count]) => (larger.get(mspId) ?? 0) >= count);
}

const total = (layout: Layout): number => [...layout.values()].reduce((sum, count) => sum + count, 0);

/** Leaves out every set that contains another one; smallest first. */
function minimal(layouts: readonly Layout[]): Layout[] {
  const kept: Layout[] = [];
  for (const layout of [...layouts].sort((a, b) => total(a) - total(b))) {
    if (!kept.some((smaller) => covers(layout, smaller))) kept.push(layout);
    if (kept.length === MAX_LAYOUTS) break;
  }
  return kept;
}

function merge(a: Layout, b: Layout, combine: (x: number, y: number) => number): Layout {
  const merged = new Map(a);
  for (const [mspId, count] of b) merged.set(mspId, combine(merged.get(mspId) ?? 0, count));
  return merged;
}

function ruleLayouts(
  rule: common.SignaturePolicy | undefined,
  mspOf: readonly (string | undefined)[],
): Layout[] {
  switch (rule?.getTypeCase()) {
    case common.SignaturePolicy.TypeCase.SIGNED_BY: {
      const mspId = mspOf[rule.getSignedBy()];
      return mspId === undefined ? [] : [new Map([[mspId, 1]])];
    }
    case common.SignaturePolicy.TypeCase.N_OUT_OF: {
      const gate = rule.getNOutOf();
      const wanted = gate?.getN() ?? 0;
      // byCount[k]: layouts that satisfy k of the rules seen so far. One identity counts once: sums.
      let byCount: Layout[][] = [[new Map()]];
      for (const child of gate?.getRulesList() ?? []) {
        const options = ruleLayouts(child, mspOf);
        const next: Layout[][] = [];
        for (let count = 0; count <= Math.min(wanted, byCount.length); count += 1) {
          const without = byCount[count] ?? [];
          const before = count === 0 ? [] : (byCount[count - 1] ?? []);
          const withChild = before.flatMap((layout) => options.map((o) => merge(layout, o, (x, y) => x + y)));
          next.push(minimal([...without, ...withChild]));
        }
        byCount = next;
      }
      return byCount[wanted] ?? [];
    }
    default:
      throw new PolicyError('MALFORMED_POLICY', 'the policy has an empty element');
  }
}

/** The minimal sets of organisations whose peers satisfy the policy, smallest first; empty: nobody can. */
export function policyLayouts(envelope: common.SignaturePolicyEnvelope): Layout[] {
  return minimal(ruleLayouts(envelope.getRule(), envelope.getIdentitiesList().map(endorsingMsp)));
}

/** The minimal sets that satisfy every one of the policies. One endorsement may serve several policies. */
export function combinedLayouts(envelopes: readonly common.SignaturePolicyEnvelope[]): Layout[] {
  return envelopes
    .map(policyLayouts)
    .reduce<Layout[]>(
      (combined, layouts) =>
        minimal(combined.flatMap((a) => layouts.map((b) => merge(a, b, (x, y) => Math.max(x, y))))),
      [new Map()],
    );
}
