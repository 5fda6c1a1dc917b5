import {
  CARE_COLLECTION,
  claimsCollection,
  invoicesCollection,
  isCare,
  majority,
} from '@medaccord/chaincode/api';
import { careOrganisations } from './organisations.js';
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
    ...ownedCollections(topology).map(({ name, owners }) =>
      collection(topology, name, owners, allOf(owners)),
    ),
  ];
  return {
    ...topology.chaincode,
    endorsementPolicy: careMajority,
    collections,
    collectionsConfig: collections.map(toConfigJson),
  };
}

/** Of an organisation, what a collection's policies need. */
type Owner = Pick<ConsortiumOrganisation, 'mspId' | 'peers'>;

/**
 * One collection for each care organisation and for each pair of one and an insurer. Those of who has left stay, as Fabric
 * drops none: with the one that is still there, or, where nobody is, with the orderers' MSP, which is on the channel as
 * members have to be and has no peers: another member's peer would fetch what it finds of earlier values.
 */
function ownedCollections(
  topology: ConsortiumTopology,
): { readonly name: string; readonly owners: readonly Owner[] }[] {
  const { organisations, formerOrganisations, orderers } = topology;
  const all = [...organisations, ...formerOrganisations];
  const present = (...names: string[]): readonly Owner[] => {
    const found = names.flatMap((name) => organisations.filter((one) => one.name === name));
    return found.length > 0 ? found : [{ mspId: orderers.mspId, peers: [] }];
  };
  const care = all.filter(({ kind }) => isCare(kind));
  const paying = all.filter(({ kind }) => kind === 'insurer');
  return [
    ...care.map(({ name }) => ({ name: invoicesCollection(name), owners: present(name) })),
    ...care.flatMap(({ name }) =>
      paying.map((insurer) => ({
        name: claimsCollection(name, insurer.name),
        owners: present(name, insurer.name),
      })),
    ),
  ];
}

function collection(
  topology: ConsortiumTopology,
  name: string,
  members: readonly Owner[],
  endorsementPolicy: string,
): CollectionPlan {
  const otherPeers = Math.max(0, members.reduce((count, { peers }) => count + peers.length, 0) - 1);
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

function outOf(count: number, organisations: readonly Owner[]): string {
  return `OutOf(${count},${peers(organisations)})`;
}

function allOf(organisations: readonly Owner[]): string {
  return `AND(${peers(organisations)})`;
}

function peers(organisations: readonly Owner[]): string {
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
