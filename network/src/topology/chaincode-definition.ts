import { CARE_COLLECTION, claimsCollection, invoicesCollection, majority } from '@medaccord/chaincode/api';
import { careOrganisations, insurers } from './organisations.js';
import type { ConsortiumOrganisation, ConsortiumTopology } from './consortium-schema.js';

/** A private-data collection with its policies as text in Fabric's policy language. */
export interface CollectionPlan {
  readonly name: string;
  /** MSP ids. */
  readonly memberOrgs: readonly string[];
  /** Who is a member: `OR('A.member', …)`. */
  readonly policy: string;
  readonly memberOnlyRead: boolean;
  readonly memberOnlyWrite: boolean;
  readonly blockToLive: number;
  readonly requiredPeerCount: number;
  readonly maxPeerCount: number;
  readonly endorsementPolicy: string;
}

/** One entry of the file that Fabric's `--collections-config` takes. */
export interface CollectionConfigJson {
  readonly name: string;
  readonly policy: string;
  readonly requiredPeerCount: number;
  readonly maxPeerCount: number;
  readonly blockToLive: number;
  readonly memberOnlyRead: boolean;
  readonly memberOnlyWrite: boolean;
  readonly endorsementPolicy: { readonly signaturePolicy: string };
}

/** What every organisation approves for the channel; both engines commit exactly this. */
export interface ChaincodePlan {
  readonly name: string;
  readonly version: string;
  readonly sequence: number;
  /** Majority of the care organisations' peers. */
  readonly endorsementPolicy: string;
  readonly collections: readonly CollectionPlan[];
  /** The same collections in Fabric's JSON form. */
  readonly collectionsConfig: readonly CollectionConfigJson[];
}

/**
 * The chaincode definition that follows from the topology: policy, `care`, one collection of invoices per care
 * organisation, and one of claims per pair.
 */
export function chaincodeDefinition(topology: ConsortiumTopology): ChaincodePlan {
  const care = careOrganisations(topology);
  const careMajority = outOf(majority(care.length), care);
  const collections = [
    collection(topology, CARE_COLLECTION, care, careMajority),
    ...care.map((issuer) => collection(topology, invoicesCollection(issuer.name), [issuer], allOf([issuer]))),
    ...care.flatMap((provider) =>
      insurers(topology).map((insurer) => {
        const pair = [provider, insurer];
        return collection(topology, claimsCollection(provider.name, insurer.name), pair, allOf(pair));
      }),
    ),
  ];
  return {
    ...topology.chaincode,
    endorsementPolicy: careMajority,
    collections,
    collectionsConfig: collections.map(toConfigJson),
  };
}

function collection(
  topology: ConsortiumTopology,
  name: string,
  members: readonly ConsortiumOrganisation[],
  endorsementPolicy: string,
): CollectionPlan {
  const otherPeers = members.reduce((count, { peers }) => count + peers.length, 0) - 1;
  return {
    name,
    memberOrgs: members.map(({ mspId }) => mspId),
    policy: `OR(${members.map(({ mspId }) => `'${mspId}.member'`).join(',')})`,
    memberOnlyRead: true,
    memberOnlyWrite: true,
    blockToLive: 0,
    // In production a value is on a second peer before it is endorsed, where the members have a second peer.
    requiredPeerCount: topology.environment === 'production' ? Math.min(1, otherPeers) : 0,
    maxPeerCount: otherPeers,
    endorsementPolicy,
  };
}

function outOf(count: number, organisations: readonly ConsortiumOrganisation[]): string {
  return `OutOf(${count},${peers(organisations)})`;
}

function allOf(organisations: readonly ConsortiumOrganisation[]): string {
  return `AND(${peers(organisations)})`;
}

function peers(organisations: readonly ConsortiumOrganisation[]): string {
  return organisations.map(({ mspId }) => `'${mspId}.peer'`).join(',');
}

function toConfigJson(plan: CollectionPlan): CollectionConfigJson {
  return {
    name: plan.name,
    policy: plan.policy,
    requiredPeerCount: plan.requiredPeerCount,
    maxPeerCount: plan.maxPeerCount,
    blockToLive: plan.blockToLive,
    memberOnlyRead: plan.memberOnlyRead,
    memberOnlyWrite: plan.memberOnlyWrite,
    endorsementPolicy: { signaturePolicy: plan.endorsementPolicy },
  };
}
