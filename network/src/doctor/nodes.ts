import { common } from '@hyperledger/fabric-protos';
import { openAdminGateway } from '../admin-gateway.js';
import { clusterViews, type ClusterView } from '../fabric/index.js';
import { channelsOf, isConsortium, type Organisation, type Topology } from '../topology/index.js';
import { fault, reasonOf, warning, type Finding } from './finding.js';

const ANSWER_MS = 5_000;
/** A peer that is so many blocks behind does not just hear later. */
export const LAG_BLOCKS = 10;

/** How far one peer's copy of a channel goes, or why that is not known. */
export interface PeerHeight {
  /** `peer0.hospital-a`. */
  readonly peer: string;
  readonly channel: string;
  readonly height?: number;
  readonly problem?: string;
}

/** Asks every peer for the height of each of its channels. */
export async function peerHeights(home: string, topology: Topology): Promise<PeerHeight[]> {
  const asked = channelsOf(topology).flatMap(({ name, members }) =>
    members.flatMap((member) => member.peers.map((peer) => heightAt(home, member, peer, name))),
  );
  return Promise.all(asked);
}

async function heightAt(
  home: string,
  organisation: Organisation,
  peer: Organisation['peers'][number],
  channel: string,
): Promise<PeerHeight> {
  const known = { peer: `${peer.name}.${organisation.name}`, channel };
  const admin = openAdminGateway(home, organisation, peer, ANSWER_MS);
  try {
    const contract = admin.gateway.getNetwork(channel).getContract('qscc');
    const info = await contract.evaluate('GetChainInfo', {
      arguments: [channel],
      endorsingOrganizations: [organisation.mspId],
    });
    return { ...known, height: common.BlockchainInfo.deserializeBinary(info).getHeight() };
  } catch (error) {
    return { ...known, problem: reasonOf(error) };
  } finally {
    admin.close();
  }
}

/** Peers that do not answer, and those whose blocks are behind the others'. */
export function checkPeers(heights: readonly PeerHeight[]): Finding[] {
  const silent = new Map(
    heights.flatMap(({ peer, problem }) => (problem === undefined ? [] : [[peer, problem]])),
  );
  const highest = new Map<string, number>();
  for (const { channel, height = 0 } of heights)
    highest.set(channel, Math.max(height, highest.get(channel) ?? 0));
  return [
    ...[...silent].map(([peer, problem]) =>
      fault(
        'peers',
        peer,
        `it does not answer: ${problem}`,
        `See medaccord peer list and medaccord logs ${peer}`,
      ),
    ),
    ...heights.flatMap(({ peer, channel, height }) => {
      const behind = height === undefined ? 0 : (highest.get(channel) ?? 0) - height;
      if (behind < LAG_BLOCKS) return [];
      const what = `it is ${behind} blocks of ${channel} behind`;
      return [
        warning('peers', peer, what, `Does it reach the orderers? medaccord logs ${peer}; medaccord status`),
      ];
    }),
  ];
}

/** Each peer's own chaincode, asked by a question that writes nothing. */
export async function checkChaincode(
  home: string,
  topology: Topology,
  silent: ReadonlySet<string>,
): Promise<Finding[]> {
  if (!isConsortium(topology)) return [];
  const { channel, chaincode } = topology;
  const asked = topology.organisations.flatMap((organisation) =>
    organisation.peers.map(async (peer): Promise<Finding[]> => {
      const name = `${peer.name}.${organisation.name}`;
      // What does not answer at all is told of once.
      if (silent.has(name)) return [];
      const admin = openAdminGateway(home, organisation, peer, ANSWER_MS);
      try {
        const contract = admin.gateway.getNetwork(channel).getContract(chaincode.name);
        const arguments_ = { arguments: ['{}'], endorsingOrganizations: [organisation.mspId] };
        await contract.evaluate('directory:consortium', arguments_);
        return [];
      } catch (error) {
        const details = (error as { details?: { message: string }[] }).details ?? [];
        const reason = details.map(({ message }) => message).join('; ') || reasonOf(error);
        const hint =
          'See medaccord status, medaccord logs of its chaincode service, and medaccord chaincode list';
        return [fault('chaincode', name, `${chaincode.name} does not answer: ${reason}`, hint)];
      } finally {
        admin.close();
      }
    }),
  );
  return (await Promise.all(asked)).flat();
}

/** What each orderer tells of its channels; undefined for one that does not answer. */
export type OrdererViews = ReadonlyMap<string, ReadonlyMap<string, ClusterView> | undefined>;

export async function ordererViews({ orderers }: Topology): Promise<OrdererViews> {
  const views = orderers.nodes.map(
    async ({ name, operations }) => [name, await clusterViews(operations ?? 0)] as const,
  );
  return new Map(await Promise.all(views));
}

/** Orderers that are away, and channels that order nothing because too many are. */
export function checkOrderers(
  views: OrdererViews,
  channels: readonly string[],
  consensus: Topology['orderers']['consensus'],
): Finding[] {
  const away = [...views].filter(([, view]) => view === undefined).map(([name]) => name);
  const majority = quorumOf(views.size, consensus);
  const present = views.size - away.length;
  const lost = channels.filter(
    (channel) =>
      present < majority || ![...views.values()].some((view) => view?.get(channel)?.isLeader === true),
  );
  return [
    ...away.map((name) =>
      fault('orderers', name, 'it does not answer', `See its log: medaccord logs ${name}`),
    ),
    ...lost.map((channel) =>
      fault(
        'orderers',
        channel,
        present < majority
          ? `no quorum: ${present} of ${views.size} orderers answer, ${majority} have to; nothing is committed`
          : 'its orderers have no leader; nothing is committed',
        'Bring the orderers back that are away; what was acknowledged is kept.',
      ),
    ),
  ];
}

/** How many orderers have to be there: of 3 by Raft 2, of 4 by BFT 3. */
export function quorumOf(nodes: number, consensus: Topology['orderers']['consensus']): number {
  if (consensus === 'raft') return Math.floor(nodes / 2) + 1;
  const faulty = Math.floor((nodes - 1) / 3);
  return Math.ceil((nodes + faulty + 1) / 2);
}
