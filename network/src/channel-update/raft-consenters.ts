import { orderer, type common } from '@hyperledger/fabric-protos';

const { etcdraft } = orderer;

export type RaftConsenter = orderer.etcdraft.Consenter;

/** Where an orderer is, as channel configurations say it. */
export interface OrdererPlace {
  readonly host: string;
  readonly port: number;
}

export function isAt(consenter: RaftConsenter, { host, port }: OrdererPlace): boolean {
  return consenter.getHost() === host && consenter.getPort() === port;
}

/** The orderers of a channel's Raft cluster; undefined where it orders otherwise. */
export function raftConsenters(root: common.ConfigGroup | undefined): RaftConsenter[] | undefined {
  const type = orderer.ConsensusType.deserializeBinary(consensusOf(root).getValue_asU8());
  return type.getType() === 'etcdraft' ? metadataOf(type).getConsentersList() : undefined;
}

/** Puts other orderers into a channel's Raft cluster. */
export function changeConsenters(
  root: common.ConfigGroup,
  change: (consenters: RaftConsenter[]) => RaftConsenter[],
): void {
  const value = consensusOf(root);
  const type = orderer.ConsensusType.deserializeBinary(value.getValue_asU8());
  const metadata = metadataOf(type);
  metadata.setConsentersList(change(metadata.getConsentersList()));
  type.setMetadata(metadata.serializeBinary());
  value.setValue(type.serializeBinary());
}

function metadataOf(type: orderer.ConsensusType): orderer.etcdraft.ConfigMetadata {
  return etcdraft.ConfigMetadata.deserializeBinary(type.getMetadata_asU8());
}

function consensusOf(root: common.ConfigGroup | undefined): common.ConfigValue {
  const value = root?.getGroupsMap().get('Orderer')?.getValuesMap().get('ConsensusType');
  if (value === undefined) throw new Error('the configuration names no consensus');
  return value;
}
