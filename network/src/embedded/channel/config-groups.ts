import { common, msp, orderer, peer } from '@hyperledger/fabric-protos';
import { readMspFolder, revocationFiles, type NodeOu } from '../identity/index.js';
import { parsePolicy } from '../policy/index.js';
import { bftBlockValidation, consenterMapping } from './bft-consensus.js';
import type { ChannelConfig, ChannelOrganisation } from './channel-config.js';
import { consensusType, withBatch } from './consensus-type.js';

const ADMINS = 'Admins';
const DEFAULT_ABSOLUTE_MAX_BYTES = 10 * 1024 * 1024;

interface Message {
  serializeBinary(): Uint8Array;
}

function addValue(group: common.ConfigGroup, name: string, value: Message, modPolicy = ADMINS): void {
  const entry = new common.ConfigValue();
  entry.setValue(value.serializeBinary());
  entry.setModPolicy(modPolicy);
  group.getValuesMap().set(name, entry);
}

function addPolicy(group: common.ConfigGroup, name: string, type: number, value: Message): void {
  const policy = new common.Policy();
  policy.setType(type);
  policy.setValue(value.serializeBinary());
  const entry = new common.ConfigPolicy();
  entry.setPolicy(policy);
  entry.setModPolicy(ADMINS);
  group.getPoliciesMap().set(name, entry);
}

function addSignaturePolicy(group: common.ConfigGroup, name: string, rule: string): void {
  addPolicy(group, name, common.Policy.PolicyType.SIGNATURE, parsePolicy(rule));
}

function addMetaPolicy(
  group: common.ConfigGroup,
  name: string,
  rule: keyof common.ImplicitMetaPolicy.RuleMap,
  subPolicy = name,
): void {
  const policy = new common.ImplicitMetaPolicy();
  policy.setSubPolicy(subPolicy);
  policy.setRule(common.ImplicitMetaPolicy.Rule[rule]);
  addPolicy(group, name, common.Policy.PolicyType.IMPLICIT_META, policy);
}

function addCapabilities(group: common.ConfigGroup, name: string): void {
  const capabilities = new common.Capabilities();
  capabilities.getCapabilitiesMap().set(name, new common.Capability());
  addValue(group, 'Capabilities', capabilities);
}

function newGroup(): common.ConfigGroup {
  const group = new common.ConfigGroup();
  group.setModPolicy(ADMINS);
  return group;
}

function nodeOuIdentifier(unit: NodeOu | undefined): msp.FabricOUIdentifier | undefined {
  if (unit === undefined) return undefined;
  const identifier = new msp.FabricOUIdentifier();
  identifier.setOrganizationalUnitIdentifier(unit.identifier);
  if (unit.certificate !== undefined) identifier.setCertificate(Buffer.from(unit.certificate.pem));
  return identifier;
}

/** The MSP folder as the channel's configuration has it. */
function mspConfig({ mspId, dir }: ChannelOrganisation): msp.MSPConfig {
  const folder = readMspFolder(mspId, dir);
  const pems = (certificates: readonly { pem: string }[]): Uint8Array[] =>
    certificates.map(({ pem }) => Buffer.from(pem));
  const crypto = new msp.FabricCryptoConfig();
  crypto.setSignatureHashFamily('SHA2');
  crypto.setIdentityIdentifierHashFunction('SHA256');
  const units = new msp.FabricNodeOUs();
  units.setEnable(folder.nodeOus.enabled);
  units.setClientOuIdentifier(nodeOuIdentifier(folder.nodeOus.client));
  units.setPeerOuIdentifier(nodeOuIdentifier(folder.nodeOus.peer));
  units.setAdminOuIdentifier(nodeOuIdentifier(folder.nodeOus.admin));
  units.setOrdererOuIdentifier(nodeOuIdentifier(folder.nodeOus.orderer));
  const config = new msp.FabricMSPConfig();
  config.setName(mspId);
  config.setRootCertsList(pems(folder.roots));
  config.setIntermediateCertsList(pems(folder.intermediates));
  config.setAdminsList(pems(folder.admins));
  config.setRevocationListList(revocationFiles(dir));
  config.setTlsRootCertsList(folder.tlsRoots.map((pem) => Buffer.from(pem)));
  config.setCryptoConfig(crypto);
  if (folder.nodeOus.enabled) config.setFabricNodeOus(units);
  const message = new msp.MSPConfig();
  message.setType(0);
  message.setConfig(config.serializeBinary());
  return message;
}

function anchorPeers(hosts: NonNullable<ChannelOrganisation['anchorPeers']>): peer.AnchorPeers {
  const message = new peer.AnchorPeers();
  for (const { host, port } of hosts) {
    const anchor = new peer.AnchorPeer();
    anchor.setHost(host);
    anchor.setPort(port);
    message.addAnchorPeers(anchor);
  }
  return message;
}

/** One organisation of the application, or of the orderers. */
export function organisationGroup(organisation: ChannelOrganisation, isOrderer: boolean): common.ConfigGroup {
  const { mspId } = organisation;
  const group = newGroup();
  addValue(group, 'MSP', mspConfig(organisation));
  addSignaturePolicy(group, 'Readers', `OR('${mspId}.member')`);
  addSignaturePolicy(
    group,
    'Writers',
    isOrderer ? `OR('${mspId}.member')` : `OR('${mspId}.admin', '${mspId}.client')`,
  );
  addSignaturePolicy(group, ADMINS, `OR('${mspId}.admin')`);
  if (!isOrderer) addSignaturePolicy(group, 'Endorsement', `OR('${mspId}.peer')`);
  if (organisation.anchorPeers !== undefined)
    addValue(group, 'AnchorPeers', anchorPeers(organisation.anchorPeers));
  return group;
}

function applicationGroup(config: ChannelConfig): common.ConfigGroup {
  const group = newGroup();
  addMetaPolicy(group, 'Readers', 'ANY');
  addMetaPolicy(group, 'Writers', 'ANY');
  addMetaPolicy(group, ADMINS, 'MAJORITY');
  addMetaPolicy(group, 'LifecycleEndorsement', 'MAJORITY', 'Endorsement');
  addMetaPolicy(group, 'Endorsement', 'MAJORITY');
  addCapabilities(group, 'V2_5');
  for (const organisation of config.organisations) {
    group.getGroupsMap().set(organisation.name, organisationGroup(organisation, false));
  }
  return group;
}

/** When the orderers cut blocks, by whatever consensus. Other settings of `group`, the orderers', stay. */
export function setBatch(group: common.ConfigGroup, batch: ChannelConfig['batch']): void {
  const size = new orderer.BatchSize();
  size.setMaxMessageCount(batch.maxMessages);
  size.setPreferredMaxBytes(batch.maxBytes);
  size.setAbsoluteMaxBytes(batch.absoluteMaxBytes ?? Math.max(DEFAULT_ABSOLUTE_MAX_BYTES, batch.maxBytes));
  addValue(group, 'BatchSize', size);
  const timeout = new orderer.BatchTimeout();
  timeout.setTimeout(`${String(batch.timeoutMs)}ms`);
  addValue(group, 'BatchTimeout', timeout);
  const consensus = withBatch(group.getValuesMap().get('ConsensusType')?.getValue_asU8(), batch);
  if (consensus !== undefined) addValue(group, 'ConsensusType', consensus);
}

function ordererGroup({
  orderer: organisation,
  batch,
  consensus = { type: 'solo' },
}: ChannelConfig): common.ConfigGroup {
  const group = newGroup();
  addMetaPolicy(group, 'Readers', 'ANY');
  addMetaPolicy(group, 'Writers', 'ANY');
  addMetaPolicy(group, ADMINS, 'MAJORITY');
  if (consensus.type === 'BFT') {
    const { consenters } = consensus;
    addValue(group, 'Orderers', consenterMapping(consenters));
    addPolicy(group, 'BlockValidation', common.Policy.PolicyType.SIGNATURE, bftBlockValidation(consenters));
  } else addMetaPolicy(group, 'BlockValidation', 'ANY', 'Writers');
  addCapabilities(group, 'V2_0');
  setBatch(group, batch);
  addValue(group, 'ChannelRestrictions', new orderer.ChannelRestrictions());
  addValue(group, 'ConsensusType', consensusType(consensus));
  const own = organisationGroup(organisation, true);
  const endpoints = new common.OrdererAddresses();
  endpoints.setAddressesList([...organisation.endpoints]);
  addValue(own, 'Endpoints', endpoints);
  group.getGroupsMap().set(organisation.name, own);
  return group;
}

/** The channel's configuration tree, with the groups, names and values that configtxgen writes. */
export function channelGroup(config: ChannelConfig): common.ConfigGroup {
  const group = newGroup();
  addMetaPolicy(group, 'Readers', 'ANY');
  addMetaPolicy(group, 'Writers', 'ANY');
  addMetaPolicy(group, ADMINS, 'MAJORITY');
  const hashing = new common.HashingAlgorithm();
  hashing.setName('SHA256');
  addValue(group, 'HashingAlgorithm', hashing);
  const structure = new common.BlockDataHashingStructure();
  structure.setWidth(0xffffffff);
  addValue(group, 'BlockDataHashingStructure', structure);
  addCapabilities(group, config.consensus?.type === 'BFT' ? 'V3_0' : 'V2_0');
  group.getGroupsMap().set('Orderer', ordererGroup(config));
  group.getGroupsMap().set('Application', applicationGroup(config));
  return group;
}
