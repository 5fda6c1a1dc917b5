import { setTimeout as wait } from 'node:timers/promises';
import { gauges, readMetrics } from '../operations-endpoint.js';
import { channelsOf, type Topology } from '../topology/index.js';
import { FabricError } from './fabric-error.js';

const POLL_MS = 250;
const ANSWER_MS = 3_000;
const TIMEOUT_MS = 60_000;

/** How an orderer sees one channel's cluster. */
export interface ClusterView {
  readonly isLeader: boolean;
  /** All of them where it does not tell: nodes of BFT do not. */
  readonly activeNodes: number;
  readonly size: number;
}

/**
 * What an orderer's operations endpoint tells of each channel that it orders.
 * @returns undefined where nobody answers there.
 */
export async function clusterViews(operations: number): Promise<Map<string, ClusterView> | undefined> {
  const text = await readMetrics(operations, ANSWER_MS);
  if (text === undefined) return undefined;
  const value = (name: string) =>
    new Map(['etcdraft', 'BFT'].flatMap((kind) => gauges(text, `consensus_${kind}_${name}`)));
  const [leader, active, size] = [value('is_leader'), value('active_nodes'), value('cluster_size')];
  return new Map(
    [...size].map(([channel, nodes]) => [
      channel,
      {
        isLeader: leader.get(channel) === 1,
        activeNodes: active.get(channel) ?? (active.size === 0 ? nodes : 0),
        size: nodes,
      },
    ]),
  );
}

/** How many blocks of each channel an orderer has. @returns undefined where nobody answers there. */
export async function ordererHeights(operations: number): Promise<Map<string, number> | undefined> {
  const text = await readMetrics(operations, ANSWER_MS);
  return text === undefined ? undefined : new Map(gauges(text, 'ledger_blockchain_height'));
}

/**
 * Waits until each channel has a leader and every orderer sees every other: the next of them may then be stopped.
 * @throws FabricError ORDERERS_APART after a minute.
 */
export async function awaitOrderers(topology: Topology): Promise<void> {
  const channels = channelsOf(topology).map(({ name }) => name);
  for (const deadline = Date.now() + TIMEOUT_MS; ; await wait(POLL_MS)) {
    const views = await Promise.all(
      topology.orderers.nodes.map(({ operations }) => clusterViews(operations ?? 0)),
    );
    const apart = channels.filter((channel) => !areTogether(views.map((view) => view?.get(channel))));
    if (apart.length === 0) return;
    if (Date.now() < deadline) continue;
    throw new FabricError(
      'ORDERERS_APART',
      `the orderers of ${apart.join(', ')} have no leader, or do not see each other`,
      `See the logs: ${topology.orderers.nodes.map(({ name }) => `medaccord logs ${name}`).join(', ')}`,
    );
  }
}

/** One that has just started sees nobody yet; one that has not noticed a loss sees all. */
function areTogether(views: readonly (ClusterView | undefined)[]): boolean {
  return (
    views.some((view) => view?.isLeader === true) &&
    views.every((view) => view !== undefined && view.activeNodes >= view.size)
  );
}
