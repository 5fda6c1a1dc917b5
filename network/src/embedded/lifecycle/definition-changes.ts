import { peer } from '@hyperledger/fabric-protos';
import type { ChannelPolicies } from '../policy/index.js';
import {
  definitionStructure,
  difference,
  NAMESPACES,
  packageStructure,
  parametersStructure,
  privateName,
  readApproval,
  readDefinition,
  readPackageId,
  readSequence,
  SOURCES,
  type Definition,
} from './definition-structures.js';
import { LifecycleError } from './lifecycle-error.js';
import {
  mismatches,
  serialize,
  type OpaqueState,
  type ReadableState,
  type WritableState,
} from './state-structure.js';

const DEFAULT_POLICY = '/Channel/Application/Endorsement';

/** The definition with Fabric's defaults for what it leaves open. @throws LifecycleError. */
export function withDefaults(
  definition: Definition,
  channelId: string,
  policies: ChannelPolicies,
): Definition {
  return {
    ...definition,
    endorsementPlugin: definition.endorsementPlugin || 'escc',
    validationPlugin: definition.validationPlugin || 'vscc',
    validationParameter:
      definition.validationParameter.length > 0
        ? definition.validationParameter
        : defaultPolicy(channelId, policies),
  };
}

function defaultPolicy(channelId: string, policies: ChannelPolicies): Uint8Array {
  if (policies.get(DEFAULT_POLICY) === undefined) {
    throw new LifecycleError(
      `could not set defaults for chaincode definition in channel ${channelId}: policy '${DEFAULT_POLICY}' must be ` +
        `defined for channel '${channelId}' before chaincode operations can be attempted`,
    );
  }
  const policy = new peer.ApplicationPolicy();
  policy.setChannelConfigPolicyReference(DEFAULT_POLICY);
  return policy.serializeBinary();
}

/**
 * Writes an organisation's approval into its own collection.
 * @param packageId Empty: the organisation approves, but its peers do not run it.
 * @throws LifecycleError where the sequence is not the committed or the next one, or nothing would change.
 */
export function approve(
  name: string,
  definition: Definition,
  packageId: string,
  publicState: ReadableState,
  own: WritableState,
): void {
  const current = readSequence(publicState, name);
  const requested = definition.sequence;
  if (requested === 0 && current === 0) {
    throw new LifecycleError('requested sequence is 0, but first definable sequence number is 1');
  }
  if (requested < current) {
    throw new LifecycleError(
      `currently defined sequence ${String(current)} is larger than requested sequence ${String(requested)}`,
    );
  }
  if (requested > current + 1) {
    throw new LifecycleError(
      `requested sequence ${String(requested)} is larger than the next available sequence number ${String(current + 1)}`,
    );
  }
  const key = privateName(name, requested);
  if (requested === current) requireSame(name, current, definition, publicState);
  if (isUnchanged(key, definition, packageId, own)) {
    throw new LifecycleError(
      requested === current
        ? `attempted to redefine the current committed sequence (${String(current)}) for namespace ${name}`
        : `attempted to redefine uncommitted sequence (${String(requested)}) for namespace ${name} with unchanged content`,
    );
  }
  serialize(own, NAMESPACES, key, parametersStructure(definition));
  serialize(own, SOURCES, key, packageStructure(packageId));
}

function requireSame(name: string, current: number, definition: Definition, state: ReadableState): void {
  const committed = readDefinition(state, name);
  if (committed === undefined) {
    throw new LifecycleError(`missing metadata for currently committed sequence number (${String(current)})`);
  }
  const differs = difference(committed, definition);
  if (differs !== undefined) {
    throw new LifecycleError(
      `attempted to redefine the current committed sequence (${String(current)}) for namespace ${name} with different parameters: ${differs}`,
    );
  }
}

function isUnchanged(key: string, definition: Definition, packageId: string, own: ReadableState): boolean {
  const approved = readApproval(own, key);
  return (
    approved !== undefined &&
    difference(approved, definition) === undefined &&
    readPackageId(own, key) === packageId
  );
}

/** Which organisations approved this very definition, and where the others' differ. */
export interface Approvals {
  readonly approved: ReadonlyMap<string, boolean>;
  readonly mismatches: ReadonlyMap<string, readonly string[]>;
}

export function approvals(name: string, definition: Definition, states: readonly OpaqueState[]): Approvals {
  const key = privateName(name, definition.sequence);
  const found = states.map((state) => ({
    mspId: state.mspId,
    items: mismatches(state, NAMESPACES, key, parametersStructure(definition)),
  }));
  return {
    approved: new Map(found.map(({ mspId, items }) => [mspId, items.length === 0])),
    mismatches: new Map(
      found.filter(({ items }) => items.length > 0).map(({ mspId, items }) => [mspId, items]),
    ),
  };
}

/** @throws LifecycleError where the sequence is not the next one. */
export function checkReadiness(
  name: string,
  definition: Definition,
  publicState: ReadableState,
  states: readonly OpaqueState[],
): Approvals {
  const next = readSequence(publicState, name) + 1;
  if (definition.sequence !== next) {
    throw new LifecycleError(
      `requested sequence is ${String(definition.sequence)}, but new definition must be sequence ${String(next)}`,
    );
  }
  return approvals(name, definition, states);
}

/** Writes the definition to the public state. Whether enough organisations agree is the endorsement policy's affair. */
export function commit(name: string, definition: Definition, publicState: WritableState): void {
  serialize(publicState, NAMESPACES, name, definitionStructure(definition));
}
