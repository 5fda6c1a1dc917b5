import { randomBytes } from 'node:crypto';
import { common } from '@hyperledger/fabric-protos';
import type { NodeSigner } from '../parts.js';
import { configurationOf } from '../policy/index.js';
import { signedEnvelope } from './envelopes.js';

/** An update of a channel's configuration as configtxlator and peer make them, for tests. */
export interface UpdatePlan {
  readonly channelId: string;
  readonly configBlock: common.Block;
  /** Changes the tree; versions are counted up afterwards. */
  change(root: common.ConfigGroup): void;
  /** Who signs the update; the first sends it. */
  readonly signers: readonly NodeSigner[];
  /** Last touches, once versions are counted up. */
  tamper?(update: common.ConfigUpdate): void;
}

export function configUpdate(plan: UpdatePlan): common.Envelope {
  const { channelId, configBlock, signers } = plan;
  const before = configurationOf(configBlock)?.getChannelGroup() ?? new common.ConfigGroup();
  const after = before.cloneMessage();
  plan.change(after);
  const { read, write } = difference(before, after);
  const update = new common.ConfigUpdate();
  update.setChannelId(channelId);
  update.setReadSet(read);
  update.setWriteSet(write);
  plan.tamper?.(update);
  const bytes = update.serializeBinary();
  const envelope = new common.ConfigUpdateEnvelope();
  envelope.setConfigUpdate(bytes);
  envelope.setSignaturesList(signers.map((signer) => signatureOf(signer, bytes)));
  const [sender] = signers;
  if (sender === undefined) throw new RangeError('somebody has to send it');
  return signedEnvelope(sender, channelId, common.HeaderType.CONFIG_UPDATE, envelope.serializeBinary());
}

function signatureOf(signer: NodeSigner, update: Uint8Array): common.ConfigSignature {
  const header = new common.SignatureHeader();
  header.setCreator(signer.serialized);
  header.setNonce(randomBytes(24));
  const signature = new common.ConfigSignature();
  signature.setSignatureHeader(header.serializeBinary());
  signature.setSignature(signer.sign(Buffer.concat([header.serializeBinary(), update])));
  return signature;
}

type Entry = common.ConfigValue | common.ConfigPolicy;

/** What is read and what is written; a group whose members change is written whole, one version on. */
function difference(before: common.ConfigGroup, after: common.ConfigGroup) {
  const read = new common.ConfigGroup();
  const write = new common.ConfigGroup();
  const isWhole = !sameNames(before, after);
  read.setVersion(before.getVersion());
  write.setVersion(before.getVersion() + (isWhole ? 1 : 0));
  if (isWhole) write.setModPolicy(after.getModPolicy());
  for (const map of ['getValuesMap', 'getPoliciesMap'] as const) {
    after[map]().forEach((value: Entry, name: string) => {
      const old = before[map]().get(name);
      const isChanged = old !== undefined && !sameBytes(old, value);
      if (!isChanged && !isWhole) return;
      if (old !== undefined && !isChanged) read[map]().set(name, versioned(old, old.getVersion()) as never);
      const version = old === undefined ? 0 : old.getVersion() + (isChanged ? 1 : 0);
      write[map]().set(name, versioned(value, version, isChanged || old === undefined) as never);
    });
  }
  after.getGroupsMap().forEach((group, name) => {
    const old = before.getGroupsMap().get(name);
    if (old === undefined) {
      write.getGroupsMap().set(name, group);
      return;
    }
    const inner = difference(old, group);
    if (!isWhole && inner.isSame) return;
    read.getGroupsMap().set(name, inner.read);
    write.getGroupsMap().set(name, inner.write);
  });
  return { read, write, isSame: sameBytes(before, after) };
}

function versioned(entry: Entry, version: number, isWritten = false): Entry {
  const copy = isWritten ? entry.cloneMessage() : (entry.cloneMessage() as common.ConfigValue);
  if (!isWritten) {
    if (copy instanceof common.ConfigValue) copy.setValue('');
    else copy.clearPolicy();
    copy.setModPolicy('');
  }
  copy.setVersion(version);
  return copy;
}

function sameNames(one: common.ConfigGroup, other: common.ConfigGroup): boolean {
  const names = (group: common.ConfigGroup) =>
    [group.getGroupsMap(), group.getValuesMap(), group.getPoliciesMap()]
      .map((map) => [...map.keys()].join(','))
      .join('|');
  return names(one) === names(other) && one.getModPolicy() === other.getModPolicy();
}

function sameBytes(
  one: { serializeBinary(): Uint8Array },
  other: { serializeBinary(): Uint8Array },
): boolean {
  return Buffer.from(one.serializeBinary()).equals(other.serializeBinary());
}
