import { common } from '@hyperledger/fabric-protos';
import type { MspManager } from '../parts.js';
import { signingIdentities, type ChannelPolicies } from '../policy/index.js';
import {
  checkElementName,
  elementsOf,
  treeOf,
  type ConfigElement,
  type ConfigElements,
} from './config-elements.js';
import { ConfigError } from './config-error.js';

/** The configuration in force, which an update is held against. */
export interface CurrentConfig {
  readonly channelId: string;
  readonly elements: ConfigElements;
  readonly policies: ChannelPolicies;
  readonly msps: MspManager;
}

/**
 * Fabric's rules (common/configtx): what the update has read is at those versions; what it changes is one version on,
 * and the signatures satisfy the policy that each changed element had before.
 * @returns the whole tree with the update in it.
 * @throws ConfigError in Fabric's words.
 */
export function authorizedResult(
  envelope: common.ConfigUpdateEnvelope,
  current: CurrentConfig,
): common.ConfigGroup {
  const update = decodeUpdate(envelope.getConfigUpdate_asU8());
  if (update.getChannelId() !== current.channelId) {
    throw new ConfigError(
      `ConfigUpdate for channel '${update.getChannelId()}' but envelope for channel '${current.channelId}'`,
    );
  }
  const readSet = step('error mapping ReadSet', () => elementsOf(update.getReadSet()));
  step('error validating ReadSet', () => checkReadSet(readSet, current.elements));
  const writeSet = step('error mapping WriteSet', () => elementsOf(update.getWriteSet()));
  const delta = changesOf(readSet, writeSet);
  step('error validating DeltaSet', () => checkDelta(delta, envelope, current));
  const result = new Map([...current.elements, ...delta]);
  const missing = [...writeSet.keys()].find((key) => !result.has(key));
  if (missing !== undefined) {
    throw new ConfigError(
      `full config did not verify: writeset contained key ${missing} which did not appear in proposed config`,
    );
  }
  return step('could not turn configMap back to channelGroup', () => treeOf(result));
}

function decodeUpdate(bytes: Uint8Array): common.ConfigUpdate {
  return step('error unmarshalling ConfigUpdate', () => common.ConfigUpdate.deserializeBinary(bytes));
}

function checkReadSet(readSet: ConfigElements, existing: ConfigElements): void {
  for (const [key, { content }] of readSet) {
    const known = existing.get(key)?.content;
    if (known === undefined) {
      throw new ConfigError(`existing config does not contain element for ${key} but was in the read set`);
    }
    if (known.getVersion() !== content.getVersion()) {
      throw new ConfigError(
        `proposed update requires that key ${key} be at version ${String(content.getVersion())}, ` +
          `but it is currently at version ${String(known.getVersion())}`,
      );
    }
  }
}

/** What was not only read. */
export function changesOf(readSet: ConfigElements, writeSet: ConfigElements): ConfigElements {
  return new Map(
    [...writeSet].filter(
      ([key, { content }]) => readSet.get(key)?.content.getVersion() !== content.getVersion(),
    ),
  );
}

function checkDelta(
  delta: ConfigElements,
  envelope: common.ConfigUpdateEnvelope,
  { elements, policies, msps }: CurrentConfig,
): void {
  if (delta.size === 0) throw new ConfigError('delta set was empty -- update would have no effect');
  const identities = signingIdentities(msps, signedData(envelope));
  for (const [key, { content }] of delta) {
    step(`invalid mod_policy for element ${key}`, () => checkModPolicy(content.getModPolicy()));
    const version = content.getVersion();
    const existing = elements.get(key);
    if (existing === undefined) {
      if (version === 0) continue;
      throw new ConfigError(
        `attempted to set key ${key} to version ${String(version)}, but key does not exist`,
      );
    }
    const known = existing.content.getVersion();
    if (version !== known + 1) {
      throw new ConfigError(
        `attempt to set key ${key} to version ${String(version)}, but key is at version ${String(known)}`,
      );
    }
    const policy = policies.get(modPolicyPath(existing));
    if (policy === undefined) {
      throw new ConfigError(`unexpected missing policy ${existing.content.getModPolicy()} for item ${key}`);
    }
    const failure = policy.failure(identities);
    if (failure !== undefined) throw new ConfigError(`policy for ${key} not satisfied: ${failure}`);
  }
}

function checkModPolicy(modPolicy: string): void {
  if (modPolicy === '') throw new ConfigError('mod_policy not set');
  for (const [index, part] of modPolicy.replace(/^\//, '').split('/').entries()) {
    step(`path element at ${String(index)} is invalid`, () => checkElementName(part));
  }
}

/** A relative one is of the group that the element is in; of a group it is the group's own. */
export function modPolicyPath({ kind, path, name, content }: ConfigElement): string {
  const modPolicy = content.getModPolicy();
  if (modPolicy.startsWith('/')) return modPolicy;
  return `/${[...path, ...(kind === 'Group' ? [name] : []), modPolicy].join('/')}`;
}

/** Each signs its header and the update. */
function signedData(envelope: common.ConfigUpdateEnvelope) {
  return envelope.getSignaturesList().map((signature) => {
    const header = signature.getSignatureHeader_asU8();
    return {
      identity: step('error unmarshalling SignatureHeader', () =>
        common.SignatureHeader.deserializeBinary(header).getCreator_asU8(),
      ),
      message: Buffer.concat([header, envelope.getConfigUpdate_asU8()]),
      signature: signature.getSignature_asU8(),
    };
  });
}

function step<T>(name: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw ConfigError.in(name, error);
  }
}
