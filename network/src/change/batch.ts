import type { common } from '@hyperledger/fabric-protos';
import { setBatch } from '../embedded/channel/index.js';
import { orderingSettings } from '../embedded/configuration/index.js';
import type { Topology } from '../topology/index.js';

/** Of the fields that are undefined nothing changes. */
export interface BatchChange {
  readonly maxMessages?: number | undefined;
  readonly maxBytes?: number | undefined;
  readonly timeoutMs?: number | undefined;
}

/** The batch of a topology with the change in it. */
export function changedBatch(batch: Topology['batch'], change: BatchChange): Topology['batch'] {
  return {
    maxMessages: change.maxMessages ?? batch.maxMessages,
    maxBytes: change.maxBytes ?? batch.maxBytes,
    timeoutMs: change.timeoutMs ?? batch.timeoutMs,
  };
}

/** Sets when a channel's blocks are cut; what is not given stays as the channel has it. */
export function batchChange(change: BatchChange): (root: common.ConfigGroup) => void {
  return (root) => {
    const group = root.getGroupsMap().get('Orderer');
    if (group === undefined) throw new Error('the configuration has no orderers');
    const { absoluteMaxBytes, ...current } = orderingSettings(group);
    const next = changedBatch(current, change);
    setBatch(group, { ...next, absoluteMaxBytes: Math.max(absoluteMaxBytes, next.maxBytes) });
  };
}
