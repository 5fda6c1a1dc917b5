import { common, msp } from '@hyperledger/fabric-protos';
import { isCare, majority, type directory } from '../api/index.js';

/**
 * The decision key's policy: a peer of the insurer AND peers of a majority of the care organisations, as a marshalled
 * SignaturePolicyEnvelope (the shim's helper knows no "out of"). Same consortium, same bytes.
 */
export function decisionPolicy(
  insurer: directory.Organisation,
  organisations: readonly directory.Organisation[],
): Uint8Array {
  const care = organisations.filter(({ kind }) => isCare(kind));
  const enough = outOf(
    majority(care.length),
    care.map((_, index) => signedBy(index + 1)),
  );
  const envelope = new common.SignaturePolicyEnvelope();
  envelope.setVersion(0);
  envelope.setRule(outOf(2, [signedBy(0), enough]));
  envelope.setIdentitiesList([insurer, ...care].map(({ mspId }) => peerOf(mspId)));
  return envelope.serializeBinary();
}

/** PEER, not MEMBER: a client's certificate endorses nothing. */
function peerOf(mspId: string): msp.MSPPrincipal {
  const role = new msp.MSPRole();
  role.setMspIdentifier(mspId);
  role.setRole(msp.MSPRole.MSPRoleType.PEER);
  const principal = new msp.MSPPrincipal();
  principal.setPrincipalClassification(msp.MSPPrincipal.Classification.ROLE);
  principal.setPrincipal(role.serializeBinary());
  return principal;
}

function signedBy(identity: number): common.SignaturePolicy {
  const policy = new common.SignaturePolicy();
  policy.setSignedBy(identity);
  return policy;
}

function outOf(count: number, rules: common.SignaturePolicy[]): common.SignaturePolicy {
  const nested = new common.SignaturePolicy.NOutOf();
  nested.setN(count);
  nested.setRulesList(rules);
  const policy = new common.SignaturePolicy();
  policy.setNOutOf(nested);
  return policy;
}
