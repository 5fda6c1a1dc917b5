import { setTimeout as wait } from 'node:timers/promises';
import { channelsOf, type Topology } from '../topology/index.js';
import { channelHeight } from './await-height.js';
import { FabricError } from './fabric-error.js';
import { clusterViews, ordererHeights } from './operations.js';

const POLL_MS = 300;
const TIMEOUT_MS = 300_000;

/**
 * Whether all of these orderers run and every channel has a leader: a cluster that lacks one bears no change of its
 * members.
 * @throws FabricError ORDERERS_APART naming who is not well.
 */
export async function requireAllOrderers(
  topology: Topology,
  nodes: Topology['orderers']['nodes'],
): Promise<void> {
  const channels = channelsOf(topology).map(({ name }) => name);
  const views = await Promise.all(
    nodes.map(async ({ name, operations }) => ({
      name,
      view: await clusterViews(operations ?? 0),
    })),
  );
  const silent = views.filter(({ view }) => view === undefined).map(({ name }) => name);
  const leaderless = channels.filter((channel) => !views.some(({ view }) => view?.get(channel)?.isLeader));
  if (silent.length === 0 && leaderless.length === 0) return;
  const reason =
    silent.length > 0 ? `${silent.join(', ')} does not answer` : `${leaderless.join(', ')} has no leader`;
  throw new FabricError(
    'ORDERERS_APART',
    `the cluster of orderers is not complete: ${reason}; another change of its members could cost it its majority`,
    'See that all of them run: medaccord status',
  );
}

/**
 * Waits until an orderer has every block that the peers have now of every channel.
 * @throws FabricError ORDERER_BEHIND.
 */
export async function awaitCaughtUp(
  home: string,
  topology: Topology,
  node: Topology['orderers']['nodes'][number],
): Promise<void> {
  for (const { name: channel } of channelsOf(topology)) {
    const wanted = await channelHeight(home, topology, channel);
    let height = 0;
    for (const deadline = Date.now() + TIMEOUT_MS; height < wanted; await wait(POLL_MS)) {
      height = (await ordererHeights(node.operations ?? 0))?.get(channel) ?? 0;
      if (Date.now() < deadline) continue;
      throw new FabricError(
        'ORDERER_BEHIND',
        `${node.name} has ${height} of ${wanted} blocks of ${channel}`,
        `See its log: medaccord logs ${node.name}`,
      );
    }
  }
}
