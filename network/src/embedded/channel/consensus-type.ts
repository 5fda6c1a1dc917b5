import { orderer } from '@hyperledger/fabric-protos';
import { bftOptions, setBftBatch } from './bft-consensus.js';
import type { BatchOptions } from '../orderer/index.js';
import type { Consenter, Consensus } from './channel-config.js';

const { etcdraft, smartbft } = orderer;

/** As configtxgen's own templates have them: an election after ten ticks without a leader's heartbeat. */
const RAFT = {
  tickInterval: '500ms',
  electionTicks: 10,
  heartbeatTicks: 1,
  maxInflightBlocks: 5,
  snapshotIntervalBytes: 16 * 1024 * 1024,
};

/** `ConsensusType` of a channel's configuration. */
export function consensusType(consensus: Consensus): orderer.ConsensusType {
  const message = new orderer.ConsensusType();
  message.setType(consensus.type);
  if (consensus.type === 'etcdraft')
    message.setMetadata(raftMetadata(consensus.consenters).serializeBinary());
  if (consensus.type === 'BFT') message.setMetadata(bftOptions(consensus.batch).serializeBinary());
  return message;
}

/**
 * The same `ConsensusType` with another batch; undefined where it has none of its own.
 * @param value As the configuration has it; undefined where it has none yet.
 */
export function withBatch(
  value: Uint8Array | undefined,
  batch: BatchOptions,
): orderer.ConsensusType | undefined {
  if (value === undefined) return undefined;
  const message = orderer.ConsensusType.deserializeBinary(value);
  if (message.getType() !== 'BFT') return undefined;
  const options = smartbft.Options.deserializeBinary(message.getMetadata_asU8());
  setBftBatch(options, batch);
  message.setMetadata(options.serializeBinary());
  return message;
}

function raftMetadata(consenters: readonly Consenter[]): orderer.etcdraft.ConfigMetadata {
  const options = new etcdraft.Options();
  options.setTickInterval(RAFT.tickInterval);
  options.setElectionTick(RAFT.electionTicks);
  options.setHeartbeatTick(RAFT.heartbeatTicks);
  options.setMaxInflightBlocks(RAFT.maxInflightBlocks);
  options.setSnapshotIntervalSize(RAFT.snapshotIntervalBytes);
  const metadata = new etcdraft.ConfigMetadata();
  metadata.setOptions(options);
  metadata.setConsentersList(consenters.map(consenterOf));
  return metadata;
}

/** As a channel's list of consenters has it. */
export function consenterOf({ host, port, tlsCertificate }: Consenter): orderer.etcdraft.Consenter {
  const pem = Buffer.from(tlsCertificate);
  const consenter = new etcdraft.Consenter();
  consenter.setHost(host);
  consenter.setPort(port);
  consenter.setClientTlsCert(pem);
  consenter.setServerTlsCert(pem);
  return consenter;
}
