import { common, orderer, peer } from '@hyperledger/fabric-protos';
import { readMspDefinition } from '../identity/index.js';
import { compilePolicy } from '../policy/index.js';
import { ConfigError } from './config-error.js';
import { mspOf, mspsOf, organisationsOf } from './config-msps.js';
import { orderingSettings } from './ordering-settings.js';

/** What may be in a group: Fabric's own list (common/channelconfig), anything else is refused. */
interface Level {
  /** Values, each with what its bytes have to be; `kept` ones are as they were when the channel began. */
  readonly values: Readonly<Record<string, ((bytes: Uint8Array) => unknown) | 'kept' | 'checked'>>;
  /** The level of a group of that name; undefined: there may be none. */
  group(name: string): Level | undefined;
}

const none = (): undefined => undefined;
const ORDERER_ORGANISATION: Level = {
  values: { MSP: 'checked', Endpoints: (bytes) => common.OrdererAddresses.deserializeBinary(bytes) },
  group: none,
};
const APPLICATION_ORGANISATION: Level = {
  values: { MSP: 'checked', AnchorPeers: (bytes) => peer.AnchorPeers.deserializeBinary(bytes) },
  group: none,
};
const ORDERER: Level = {
  values: {
    ConsensusType: 'kept',
    BatchSize: 'checked',
    BatchTimeout: 'checked',
    ChannelRestrictions: (bytes) => orderer.ChannelRestrictions.deserializeBinary(bytes),
    Capabilities: 'kept',
  },
  group: () => ORDERER_ORGANISATION,
};
const APPLICATION: Level = {
  values: { ACLs: (bytes) => peer.ACLs.deserializeBinary(bytes), Capabilities: 'kept' },
  group: () => APPLICATION_ORGANISATION,
};
const CHANNEL: Level = {
  values: {
    HashingAlgorithm: 'kept',
    BlockDataHashingStructure: 'kept',
    OrdererAddresses: (bytes) => common.OrdererAddresses.deserializeBinary(bytes),
    Consortium: (bytes) => common.Consortium.deserializeBinary(bytes),
    Capabilities: 'kept',
  },
  group: (name) => ({ Orderer: ORDERER, Application: APPLICATION })[name],
};

/**
 * Whether a configuration can follow another: everything in it is known and can be decoded, its policies compile, its
 * MSPs can be used, and nothing changes that stays for the life of a channel.
 * @throws ConfigError, in Fabric's words where Fabric refuses it too.
 */
export function checkConfig(next: common.ConfigGroup, current: common.ConfigGroup): void {
  checkGroup('/Channel', next, CHANNEL, current);
  for (const section of ['Orderer', 'Application'] as const) {
    if (!next.getGroupsMap().has(section)) {
      throw new ConfigError(`current config has ${section.toLowerCase()} section, but new config does not`);
    }
    checkMspIds(section, next, current);
  }
  orderingSettings(next.getGroupsMap().get('Orderer'));
  for (const config of mspsOf(next)) {
    try {
      readMspDefinition(config);
    } catch (error) {
      throw ConfigError.in('setting up the MSP manager failed', error);
    }
  }
}

function checkGroup(
  path: string,
  group: common.ConfigGroup,
  level: Level,
  current: common.ConfigGroup | undefined,
): void {
  group.getValuesMap().forEach((value, name) => {
    const kind = level.values[name];
    if (kind === undefined) throw new ConfigError(`failed to deserialize values: Unexpected key ${name}`);
    if (kind === 'checked') return;
    if (typeof kind === 'function') decoded(`${path}/${name}`, () => kind(value.getValue_asU8()));
  });
  const kept = Object.entries(level.values).filter(([, kind]) => kind === 'kept');
  for (const [name] of current === undefined ? [] : kept) {
    const before = current?.getValuesMap().get(name)?.getValue_asU8() ?? [];
    const after = group.getValuesMap().get(name)?.getValue_asU8() ?? [];
    if (!Buffer.from(before).equals(Buffer.from(after))) {
      throw new ConfigError(`the embedded ledger keeps ${path}/${name} as it is`);
    }
  }
  group.getPoliciesMap().forEach((policy, name) => checkPolicy(path, name, policy.getPolicy()));
  group.getGroupsMap().forEach((child, name) => {
    const below = level.group(name);
    if (below === undefined) {
      throw new ConfigError(
        path === '/Channel' ? `Disallowed channel group: ${name}` : 'organizations do not support sub-groups',
      );
    }
    checkGroup(`${path}/${name}`, child, below, current?.getGroupsMap().get(name));
  });
}

const { PolicyType } = common.Policy;

function checkPolicy(path: string, name: string, policy: common.Policy | undefined): void {
  if (policy === undefined) throw new ConfigError(`policy ${name} at path ${path} was nil`);
  const bytes = policy.getValue_asU8();
  switch (policy.getType()) {
    case PolicyType.SIGNATURE:
      decoded(`policy ${name} at path ${path} did not compile`, () =>
        compilePolicy(common.SignaturePolicyEnvelope.deserializeBinary(bytes)),
      );
      return;
    case PolicyType.IMPLICIT_META:
      decoded(`implicit policy ${name} at path ${path} did not compile`, () =>
        common.ImplicitMetaPolicy.deserializeBinary(bytes),
      );
      return;
    default:
      throw new ConfigError(
        `policy ${name} at path ${path} has unknown policy type: ${String(policy.getType())}`,
      );
  }
}

/** An organisation keeps its MSP's id, and has one. */
function checkMspIds(
  section: 'Orderer' | 'Application',
  next: common.ConfigGroup,
  current: common.ConfigGroup,
): void {
  const before = new Map(
    organisationsOf(current, section).map(([name, group]) => [name, mspOf(group).getName()]),
  );
  for (const [name, group] of organisationsOf(next, section)) {
    const mspId = mspOf(group).getName();
    if (mspId === '') throw new ConfigError(`MSP for org ${name} has empty MSP ID`);
    const known = before.get(name);
    if (known === undefined || known === mspId) continue;
    throw new ConfigError(
      `${section.toLowerCase()} org ${name} attempted to change MSP ID from ${known} to ${mspId}`,
    );
  }
}

function decoded(what: string, decode: () => unknown): void {
  try {
    decode();
  } catch (error) {
    throw ConfigError.in(what, error);
  }
}
