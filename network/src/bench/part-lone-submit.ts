import { makeBenchHome } from './bench-home.js';
import { BenchNetwork } from './bench-network.js';
import { fill, loneSubmits } from './load.js';
import type { BenchRun } from './run.js';
import { median } from './statistics.js';

/** Fabric's usual order of magnitude; what a lone transaction waits for. */
export const LONE_TIMEOUT_MS = 250;
const WARM_UPS = 30;

export interface LoneSubmits {
  /** Median milliseconds where its block waits for others until the batch timeout. */
  readonly untilTimeout: number;
  /** Median milliseconds where a block takes one message. */
  readonly ownBlock: number;
}

/** A submit that is alone, from the proposal until the client knows that it is committed. */
export async function measureLoneSubmits(run: BenchRun): Promise<LoneSubmits> {
  run.say('lone submits');
  return {
    untilTimeout: await lone({ maxMessages: 10, timeoutMs: LONE_TIMEOUT_MS }, 15),
    ownBlock: await lone({ maxMessages: 1, timeoutMs: LONE_TIMEOUT_MS }, 200),
  };
}

async function lone(batch: { maxMessages: number; timeoutMs: number }, count: number): Promise<number> {
  const home = await makeBenchHome({ run: 'in-process', ...batch });
  const network = await BenchNetwork.start(home);
  try {
    await network.deploy(home);
    await fill(network, 1_000);
    const times = await loneSubmits(network, WARM_UPS + count);
    return median(times.slice(WARM_UPS));
  } finally {
    await network.stop();
    home.remove();
  }
}
