import { common, msp } from '@hyperledger/fabric-protos';
import { CARE_COLLECTION, claimsCollection, invoicesCollection, isCare, majority } from '../api/index.js';
import type { WorldOrganisation } from './consortiums.js';

/** Says whether the organisations (MSP ids) that endorsed are enough. */
export type EndorsementPolicy = (mspIds: ReadonlySet<string>) => boolean;

export interface Collection {
  readonly name: string;
  readonly members: ReadonlySet<string>;
  /** Only clients of a member organisation read and write through chaincode. */
  readonly membersOnly: boolean;
  readonly policy: EndorsementPolicy;
}

const outOf =
  (count: number, mspIds: readonly string[]): EndorsementPolicy =>
  (endorsers) =>
    mspIds.filter((mspId) => endorsers.has(mspId)).length >= count;

/** A majority of the care organisations: the policy of the chaincode and of `care`. */
export function chaincodePolicy(organisations: readonly WorldOrganisation[]): EndorsementPolicy {
  const care = careMspIds(organisations);
  return outOf(majority(care.length), care);
}

/** `care`, one for every care organisation, and one for every pair of it and an insurer. */
export function collectionsOf(organisations: readonly WorldOrganisation[]): Map<string, Collection> {
  const care = careMspIds(organisations);
  const all: Collection[] = [
    {
      name: CARE_COLLECTION,
      members: new Set(care),
      membersOnly: true,
      policy: outOf(majority(care.length), care),
    },
  ];
  for (const { name, kind, mspId } of organisations) {
    if (!isCare(kind)) continue;
    const own = [mspId];
    all.push({
      name: invoicesCollection(name),
      members: new Set(own),
      membersOnly: true,
      policy: outOf(1, own),
    });
    for (const insurer of organisations.filter((other) => other.kind === 'insurer')) {
      const pair = [mspId, insurer.mspId];
      all.push({
        name: claimsCollection(name, insurer.name),
        members: new Set(pair),
        membersOnly: true,
        policy: outOf(2, pair),
      });
    }
  }
  return new Map(all.map((collection) => [collection.name, collection]));
}

/** Reads a key-level policy as a peer does: a marshalled SignaturePolicyEnvelope over MSP roles. */
export function keyLevelPolicy(bytes: Uint8Array): EndorsementPolicy {
  const envelope = common.SignaturePolicyEnvelope.deserializeBinary(bytes);
  const rule = envelope.getRule();
  if (rule === undefined) throw new Error('a key-level policy without a rule locks its key');
  const mspIds = envelope
    .getIdentitiesList()
    .map((principal) => msp.MSPRole.deserializeBinary(principal.getPrincipal_asU8()).getMspIdentifier());
  return (endorsers) => satisfied(rule, mspIds, endorsers);
}

/** One organisation has one signature here, so no two rules can take the same signer but by naming it twice. */
function satisfied(
  rule: common.SignaturePolicy,
  mspIds: readonly string[],
  endorsers: ReadonlySet<string>,
): boolean {
  const nested = rule.getNOutOf();
  if (nested === undefined) return endorsers.has(mspIds[rule.getSignedBy()] ?? '');
  return nested.getRulesList().filter((inner) => satisfied(inner, mspIds, endorsers)).length >= nested.getN();
}

function careMspIds(organisations: readonly WorldOrganisation[]): string[] {
  return organisations.filter(({ kind }) => isCare(kind)).map(({ mspId }) => mspId);
}
