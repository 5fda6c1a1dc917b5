import { msp, type common, type peer } from '@hyperledger/fabric-protos';
import type { MspManager } from '../parts.js';
import { compilePolicy, mspOfPrincipal } from '../policy/index.js';
import { staticCollections } from './chaincode-definition.js';
import type { Definition } from './definition-structures.js';
import { LifecycleError } from './lifecycle-error.js';

const CHAINCODE_NAME = /^[a-zA-Z0-9]+([-_][a-zA-Z0-9]+)*$/;
const CHAINCODE_VERSION = /^[A-Za-z0-9_.+-]+$/;
const COLLECTION_NAME = /^[A-Za-z0-9-]+([A-Za-z0-9_-]+)*$/;
const SYSTEM_CHAINCODES: readonly string[] = ['cscc', 'escc', 'lscc', 'qscc', 'vscc'];

/**
 * What has to hold of a definition before anybody approves or commits it: names, collections, and that collections
 * of the committed definition are still there.
 * @throws LifecycleError in Fabric's words.
 */
export function checkDefinition(
  name: string,
  proposed: Definition,
  committed: Definition | undefined,
  msps: MspManager,
): void {
  try {
    checkNames(name, proposed.version);
    const collections = staticCollections(proposed.collections);
    checkCollections(collections, msps);
    if (committed !== undefined) checkKept(collections, staticCollections(committed.collections));
  } catch (error) {
    if (!(error instanceof LifecycleError)) throw error;
    throw new LifecycleError(`error validating chaincode definition: ${error.message}`);
  }
}

function checkNames(name: string, version: string): void {
  if (!CHAINCODE_NAME.test(name)) {
    throw new LifecycleError(
      `invalid chaincode name '${name}'. Names can only consist of alphanumerics, '_', and '-' and can only begin with alphanumerics`,
    );
  }
  if (SYSTEM_CHAINCODES.includes(name)) {
    throw new LifecycleError(`chaincode name '${name}' is the name of a system chaincode`);
  }
  if (!CHAINCODE_VERSION.test(version)) {
    throw new LifecycleError(
      `invalid chaincode version '${version}'. Versions can only consist of alphanumerics, '_', '-', '+', and '.'`,
    );
  }
}

function checkCollections(collections: readonly peer.StaticCollectionConfig[], msps: MspManager): void {
  const seen = new Set<string>();
  for (const collection of collections) {
    const name = collection.getName();
    const required = collection.getRequiredPeerCount();
    const maximum = collection.getMaximumPeerCount();
    if (!COLLECTION_NAME.test(name)) {
      throw new LifecycleError(
        `invalid collection name '${name}'. Names can only consist of alphanumerics, '_', and '-' and cannot begin with '_'`,
      );
    }
    const refuse = (reason: string): never => {
      throw new LifecycleError(`collection-name: ${name} -- ${reason}`);
    };
    if (seen.has(name)) refuse('found duplicate in collection configuration');
    seen.add(name);
    if (maximum < required) {
      refuse(
        `maximum peer count (${String(maximum)}) cannot be less than the required peer count (${String(required)})`,
      );
    }
    if (required < 0) refuse(`requiredPeerCount (${String(required)}) cannot be less than zero`);
    checkMembers(name, collection.getMemberOrgsPolicy(), msps, refuse);
  }
}

function checkMembers(
  name: string,
  members: peer.CollectionPolicyConfig | undefined,
  msps: MspManager,
  refuse: (reason: string) => never,
): void {
  if (members === undefined) {
    throw new LifecycleError(`collection member policy is not set for collection '${name}'`);
  }
  const policy = members.getSignaturePolicy();
  if (policy === undefined) {
    throw new LifecycleError(`collection member org policy is empty for collection '${name}'`);
  }
  try {
    compilePolicy(policy);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new LifecycleError(`invalid member org policy for collection '${name}': ${reason}`);
  }
  const gate = nonOr(policy.getRule());
  if (gate !== undefined) {
    refuse(`error in member org policy: signature policy is not an OR concatenation, NOutOf ${String(gate)}`);
  }
  for (const principal of policy.getIdentitiesList()) {
    const member = mspOfPrincipal(principal);
    if (member === undefined) {
      refuse(`principal type ${String(principal.getPrincipalClassification())} is not supported`);
    } else if (!msps.mspIds.includes(member)) {
      const isIdentity = principal.getPrincipalClassification() === msp.MSPPrincipal.Classification.IDENTITY;
      refuse(
        isIdentity
          ? 'contains an identity that is not part of the channel'
          : `collection member '${member}' is not part of the channel`,
      );
    }
  }
}

/** The count of the first gate that is not an OR. */
function nonOr(rule: common.SignaturePolicy | undefined): number | undefined {
  const gate = rule?.getNOutOf();
  if (gate === undefined) return undefined;
  if (gate.getN() !== 1) return gate.getN();
  for (const child of gate.getRulesList()) {
    const found = nonOr(child);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** A collection stays for ever, and so does its time to live. */
function checkKept(
  proposed: readonly peer.StaticCollectionConfig[],
  committed: readonly peer.StaticCollectionConfig[],
): void {
  if (committed.length > 0 && proposed.length === 0) {
    throw new LifecycleError(
      'the proposed collection config does not contain previously defined collections',
    );
  }
  for (const old of committed) {
    const name = old.getName();
    const kept = proposed.find((collection) => collection.getName() === name);
    if (kept === undefined) {
      throw new LifecycleError(
        `existing collection [${name}] missing in the proposed collection configuration`,
      );
    }
    if (kept.getBlockToLive() !== old.getBlockToLive()) {
      throw new LifecycleError(
        `the BlockToLive in an existing collection [${name}] modified. Existing value [${String(old.getBlockToLive())}]`,
      );
    }
  }
}
