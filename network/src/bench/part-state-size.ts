import { makeBenchHome, type BenchHome } from './bench-home.js';
import { BenchNetwork } from './bench-network.js';
import { evaluates, fill, submits, type LoadOptions } from './load.js';
import type { BenchRun } from './run.js';
import { median } from './statistics.js';

export const STATE_SIZES = [1_000, 100_000, 1_000_000] as const;
const IN_FLIGHT = 64;
const WARM_UP_SECONDS = 8;

export interface AtSize {
  readonly keys: number;
  readonly submitsPerSecond: number;
  readonly evaluatesPerSecond: number;
  /** Bytes that the ledger's process takes, most of it the database's file in memory. */
  readonly memory: number;
}

interface Filled {
  readonly keys: number;
  readonly home: BenchHome;
  readonly network: BenchNetwork;
  readonly submits: number[];
  readonly evaluates: number[];
}

/**
 * The same load on ledgers with few and with many keys, which take turns: what the machine does meanwhile falls on all
 * of them.
 */
export async function measureStateSizes(run: BenchRun): Promise<AtSize[]> {
  const ledgers: Filled[] = [];
  try {
    for (const keys of STATE_SIZES) ledgers.push(await filled(run, keys));
    for (let round = 0; round < run.rounds; round += 1) {
      run.say(`state of different sizes: round ${String(round + 1)} of ${String(run.rounds)}`);
      for (const { network, keys, ...rates } of ledgers) {
        const load: LoadOptions = { inFlight: IN_FLIGHT, seconds: run.seconds, warmUpSeconds: 1, keys };
        rates.submits.push((await submits(network, load)).perSecond);
        rates.evaluates.push((await evaluates(network, load)).perSecond);
      }
    }
    return ledgers.map(({ keys, network, ...rates }) => ({
      keys,
      submitsPerSecond: median(rates.submits),
      evaluatesPerSecond: median(rates.evaluates),
      memory: network.ledger.memory(),
    }));
  } finally {
    for (const { network, home } of ledgers) {
      await network.stop();
      home.remove();
    }
  }
}

async function filled(run: BenchRun, keys: number): Promise<Filled> {
  const home = await makeBenchHome({ run: 'in-process', ...run.batch });
  const network = await BenchNetwork.start(home);
  const made: Filled = { keys, home, network, submits: [], evaluates: [] };
  await network.deploy(home);
  await fill(network, keys, (done) => {
    run.progress(`filling the state: ${String(done)} of ${String(keys)} keys`);
  });
  const load: LoadOptions = { inFlight: IN_FLIGHT, seconds: 0, warmUpSeconds: WARM_UP_SECONDS / 2, keys };
  await submits(network, load);
  await evaluates(network, load);
  return made;
}
