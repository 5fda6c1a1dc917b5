import { X509Certificate } from 'node:crypto';
import type { common } from '@hyperledger/fabric-protos';
import {
  changeConsenters,
  computeUpdate,
  isAt,
  raftConsenters,
  type OrdererPlace,
  type RaftConsenter,
} from '../channel-update/index.js';
import { FabricError } from './fabric-error.js';

/** An orderer node as a channel knows it. */
export interface NodeCertificate extends OrdererPlace {
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
  const consenters = raftConsenters(config.getChannelGroup());
  if (consenters === undefined) return undefined;
  const stale = nodes.find((node) => !isSame(consenterOf(channel, consenters, node), node));
  if (stale === undefined) return undefined;
  const pem = Buffer.from(stale.tlsCertificate);
  return computeUpdate(channel, config, (root) => {
    changeConsenters(root, (all) => {
      const consenter = consenterOf(channel, all, stale);
      consenter.setClientTlsCert(pem);
      consenter.setServerTlsCert(pem);
      return all;
    });
  });
}

function consenterOf(
  channel: string,
  consenters: readonly RaftConsenter[],
  node: NodeCertificate,
): RaftConsenter {
  const found = consenters.find((one) => isAt(one, node));
  if (found !== undefined) return found;
  throw new FabricError('CONSENTER_UNKNOWN', `${channel} has no orderer at ${node.host}:${node.port}`);
}

/** Certificates are compared as such, not as text: PEM may be wrapped otherwise. */
function isSame(consenter: RaftConsenter, { tlsCertificate }: NodeCertificate): boolean {
  const wanted = new X509Certificate(tlsCertificate).fingerprint256;
  return [consenter.getServerTlsCert_asU8(), consenter.getClientTlsCert_asU8()].every(
    (pem) => new X509Certificate(pem).fingerprint256 === wanted,
  );
}
