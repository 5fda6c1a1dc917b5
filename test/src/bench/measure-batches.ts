import type { Consortium } from '../consortium/index.js';
import { leaves } from './batches.js';
import { AUTHOR, ORGANISATION } from './bench-consortium.js';
import { anchorLeaves } from './rest-way.js';

const IN_FLIGHT = 4;
const WARM_UP = 2;

export interface BatchRate {
  readonly leavesPerBatch: number;
  readonly batches: number;
  /** Record hashes committed a second, by one client of one gateway. */
  readonly hashesPerSecond: number;
}

/** Batches of record hashes over REST, a few in flight. */
export async function measureBatches(
  consortium: Consortium,
  leavesPerBatch: number,
  batches: number,
): Promise<BatchRate> {
  const member = await consortium.logIn(ORGANISATION, AUTHOR);
  try {
    const waiting = Array.from({ length: batches + WARM_UP }, () => leaves(leavesPerBatch));
    for (const batch of waiting.splice(0, WARM_UP)) await anchorLeaves(member, batch);
    const begin = performance.now();
    const worker = async (): Promise<void> => {
      for (let batch = waiting.pop(); batch !== undefined; batch = waiting.pop())
        await anchorLeaves(member, batch);
    };
    await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
    const seconds = (performance.now() - begin) / 1_000;
    return { leavesPerBatch, batches, hashesPerSecond: (batches * leavesPerBatch) / seconds };
  } finally {
    member.api.close();
  }
}
