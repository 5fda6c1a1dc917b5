import { makeBenchHome, type RunMode } from './bench-home.js';
import { BenchNetwork } from './bench-network.js';
import type { LoopResult } from './closed-loop.js';
import { evaluates, fill, submits } from './load.js';
import type { BenchRun } from './run.js';

export const IN_FLIGHT = [1, 16, 64, 256] as const;
const KEYS = 1_000;
/** The compiler of a young process has much to do. */
const FIRST_WARM_UP_SECONDS = 8;

export interface Rates {
  readonly submits: Readonly<Record<number, LoopResult>>;
  readonly evaluates: Readonly<Record<number, LoopResult>>;
  /** Bytes that the ledger's process takes when it is ready, and after all of it. */
  readonly memory: { readonly ready: number; readonly afterwards: number };
}

/** Submits and evaluates at several numbers in flight. */
export async function measureThroughput(run: BenchRun, mode: RunMode): Promise<Rates> {
  const home = await makeBenchHome({ run: mode, ...run.batch });
  const network = await BenchNetwork.start(home);
  try {
    await network.deploy(home);
    const ready = network.ledger.memory();
    await fill(network, KEYS);
    const measured = {
      submits: {} as Record<number, LoopResult>,
      evaluates: {} as Record<number, LoopResult>,
    };
    for (const [kind, measure] of [
      ['submits', submits],
      ['evaluates', evaluates],
    ] as const) {
      const options = { seconds: run.seconds, keys: KEYS };
      run.say(`contract ${mode}: ${kind}`);
      await measure(network, { ...options, inFlight: 64, seconds: 0, warmUpSeconds: FIRST_WARM_UP_SECONDS });
      for (const inFlight of IN_FLIGHT) {
        measured[kind][inFlight] = await measure(network, { ...options, inFlight, warmUpSeconds: 1 });
      }
    }
    return { ...measured, memory: { ready, afterwards: network.ledger.memory() } };
  } finally {
    await network.stop();
    home.remove();
  }
}
