import { peer, type common } from '@hyperledger/fabric-protos';
import type { ChaincodeDefinition, CollectionDefinition, Identity } from '../parts.js';
import {
  anyMemberOf,
  compilePolicy,
  majorityOf,
  mspOfPrincipal,
  outOf,
  policyEnvelope,
  type ChannelPolicies,
  type ChannelPolicy,
} from '../policy/index.js';
import type { Definition } from './definition-structures.js';

/** The system chaincode, and the namespace of its state. */
export const LIFECYCLE = '_lifecycle';
const LIFECYCLE_POLICY = '/Channel/Application/LifecycleEndorsement';
const IMPLICIT_PREFIX = '_implicit_org_';
const BUILT_IN_ENDORSEMENT = 'escc';
const BUILT_IN_VALIDATION = 'vscc';

/** Collection of an organisation's own, which every chaincode has. */
export function implicitCollection(mspId: string): string {
  return `${IMPLICIT_PREFIX}${mspId}`;
}

/** Policies that cannot be read, or name what the channel does not have, are satisfied by nobody. */
const NOBODY = policyEnvelope(outOf(1, []), []);

const signatureOf = (policy: ChannelPolicy | undefined): common.SignaturePolicyEnvelope =>
  policy?.signature ?? NOBODY;

/** The definition in force, as endorser, committer and delivery use it. */
export function chaincodeDefinition(
  name: string,
  definition: Definition,
  sequenceRead: ChaincodeDefinition['sequenceRead'],
  policies: ChannelPolicies,
): ChaincodeDefinition {
  const endorsementPolicy = signatureOf(policies.application(definition.validationParameter));
  const collections = staticCollections(definition.collections).map((config) =>
    explicitCollection(config, endorsementPolicy, policies),
  );
  return withCollections(
    {
      name,
      version: definition.version,
      sequence: definition.sequence,
      initRequired: definition.initRequired,
      endorsementPlugin: definition.endorsementPlugin,
      validationPlugin: definition.validationPlugin,
      endorsementPolicy,
      sequenceRead,
      collections,
    },
    policies,
  );
}

/** `_lifecycle` itself: defined by the channel's configuration alone. */
export function lifecycleDefinition(policies: ChannelPolicies): ChaincodeDefinition {
  const mspIds = policies.organisations.map(({ mspId }) => mspId);
  // A channel without that policy: a member of each of a majority.
  const policy = policies.get(LIFECYCLE_POLICY)?.signature ?? majorityOf(mspIds, 'member');
  return withCollections(
    {
      name: LIFECYCLE,
      version: 'syscc',
      sequence: 1,
      initRequired: false,
      endorsementPlugin: BUILT_IN_ENDORSEMENT,
      validationPlugin: BUILT_IN_VALIDATION,
      endorsementPolicy: policy,
      sequenceRead: undefined,
      collections: [],
    },
    policies,
  );
}

function withCollections(
  definition: Omit<ChaincodeDefinition, 'collection'>,
  policies: ChannelPolicies,
): ChaincodeDefinition {
  const byName = new Map(definition.collections.map((collection) => [collection.name, collection]));
  for (const { mspId } of policies.organisations) {
    const own = policies.ofOrganisation(mspId, 'Endorsement')?.signature ?? anyMemberOf([mspId]);
    byName.set(implicitCollection(mspId), ownCollection(mspId, own));
  }
  return { ...definition, collection: (name) => byName.get(name) };
}

function ownCollection(
  mspId: string,
  endorsementPolicy: common.SignaturePolicyEnvelope,
): CollectionDefinition {
  return {
    name: implicitCollection(mspId),
    memberOrgs: [mspId],
    hasMember: memberCheck(anyMemberOf([mspId])),
    memberOnlyRead: false,
    memberOnlyWrite: false,
    blockToLive: 0,
    requiredPeerCount: 0,
    maxPeerCount: 0,
    endorsementPolicy,
  };
}

function explicitCollection(
  config: peer.StaticCollectionConfig,
  chaincodePolicy: common.SignaturePolicyEnvelope,
  policies: ChannelPolicies,
): CollectionDefinition {
  const members = config.getMemberOrgsPolicy()?.getSignaturePolicy() ?? NOBODY;
  const own = config.getEndorsementPolicy();
  return {
    name: config.getName(),
    memberOrgs: memberOrgs(members),
    hasMember: memberCheck(members),
    memberOnlyRead: config.getMemberOnlyRead(),
    memberOnlyWrite: config.getMemberOnlyWrite(),
    blockToLive: config.getBlockToLive(),
    requiredPeerCount: config.getRequiredPeerCount(),
    maxPeerCount: config.getMaximumPeerCount(),
    endorsementPolicy:
      own === undefined ? chaincodePolicy : signatureOf(policies.application(own.serializeBinary())),
  };
}

/** Of a marshalled protos.CollectionConfigPackage. */
export function staticCollections(bytes: Uint8Array): peer.StaticCollectionConfig[] {
  return peer.CollectionConfigPackage.deserializeBinary(bytes)
    .getConfigList()
    .flatMap((config) => config.getStaticCollectionConfig() ?? []);
}

function memberCheck(policy: common.SignaturePolicyEnvelope): (identity: Identity) => boolean {
  const isSatisfied = compilePolicy(policy);
  return (identity) => isSatisfied([identity]);
}

function memberOrgs(policy: common.SignaturePolicyEnvelope): string[] {
  return [...new Set(policy.getIdentitiesList().flatMap((principal) => mspOfPrincipal(principal) ?? []))];
}
