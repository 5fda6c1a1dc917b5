import { X509Certificate } from 'node:crypto';
import { orderer, type common } from '@hyperledger/fabric-protos';
import { computeUpdate } from '../channel-update/index.js';
import { FabricError } from './fabric-error.js';

const { etcdraft } = orderer;

/** An orderer node as a channel knows it. */
export interface NodeCertificate {
  readonly host: string;
  readonly port: number;
  /** PEM. */
  readonly tlsCertificate: string;
}

/**
 * The update that gives one orderer of a channel the TLS certificate that it has now: Fabric takes one change of that
 * kind at a time. The admin of the orderers' organisation may do it alone.
 * @returns undefined where the channel has them all already.
 * @throws FabricError CONSENTER_UNKNOWN where the channel has no such node.
 */
export function consenterUpdate(
  channel: string,
  config: common.Config,
  nodes: readonly NodeCertificate[],
): common.ConfigUpdate | undefined {
  const value = consensusValue(config.getChannelGroup());
  const type = orderer.ConsensusType.deserializeBinary(value.getValue_asU8());
  if (type.getType() !== 'etcdraft') return undefined;
  const metadata = etcdraft.ConfigMetadata.deserializeBinary(type.getMetadata_asU8());
  const stale = nodes.find((node) => !isSame(consenterOf(channel, metadata, node), node));
  if (stale === undefined) return undefined;
  const consenter = consenterOf(channel, metadata, stale);
  const pem = Buffer.from(stale.tlsCertificate);
  consenter.setClientTlsCert(pem);
  consenter.setServerTlsCert(pem);
  type.setMetadata(metadata.serializeBinary());
  return computeUpdate(channel, config, (root) => {
    consensusValue(root).setValue(type.serializeBinary());
  });
}

function consenterOf(
  channel: string,
  metadata: orderer.etcdraft.ConfigMetadata,
  { host, port }: NodeCertificate,
): orderer.etcdraft.Consenter {
  const found = metadata.getConsentersList().find((one) => one.getHost() === host && one.getPort() === port);
  if (found !== undefined) return found;
  throw new FabricError('CONSENTER_UNKNOWN', `${channel} has no orderer at ${host}:${port}`);
}

/** Certificates are compared as such, not as text: PEM may be wrapped otherwise. */
function isSame(consenter: orderer.etcdraft.Consenter, { tlsCertificate }: NodeCertificate): boolean {
  const wanted = new X509Certificate(tlsCertificate).fingerprint256;
  return [consenter.getServerTlsCert_asU8(), consenter.getClientTlsCert_asU8()].every(
    (pem) => new X509Certificate(pem).fingerprint256 === wanted,
  );
}

function consensusValue(root: common.ConfigGroup | undefined): common.ConfigValue {
  const value = root?.getGroupsMap().get('Orderer')?.getValuesMap().get('ConsensusType');
  if (value === undefined) throw new Error('the configuration names no consensus');
  return value;
}
