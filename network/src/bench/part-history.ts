import { makeBenchHome, type BenchHome } from './bench-home.js';
import { BenchNetwork } from './bench-network.js';
import { writeBlocks } from './load.js';
import type { BenchRun } from './run.js';
import { median } from './statistics.js';

const STARTS = 3;

export interface History {
  /** Milliseconds until a ledger without blocks of its own is ready. */
  readonly startEmpty: number;
  readonly blocks: number;
  /** Milliseconds until the ledger with that many blocks is ready. */
  readonly startFull: number;
  /** Blocks that one client gets in a second, from the first one on. */
  readonly blocksPerSecond: { readonly full: number; readonly filtered: number };
  /** Bytes that the ledger takes when it has just started with all blocks. */
  readonly memory: number;
}

/** A ledger with a long history: how soon it is ready, and how fast it tells a client all of it. */
export async function measureHistory(run: BenchRun): Promise<History> {
  const home = await makeBenchHome({ run: 'in-process', maxMessages: 1, timeoutMs: 100 });
  try {
    const startEmpty = await startMs(home);
    const network = await BenchNetwork.start(home);
    try {
      await network.deploy(home);
      await writeBlocks(network, run.blocks, (written) => {
        run.progress(`writing a history: ${String(written)} of ${String(run.blocks)} blocks`);
      });
    } finally {
      await network.stop();
    }
    run.say('start with all blocks, and delivery');
    const startFull = await startMs(home);
    return { startEmpty, blocks: run.blocks, startFull, ...(await delivery(home, run.blocks)) };
  } finally {
    home.remove();
  }
}

async function startMs(home: BenchHome): Promise<number> {
  const times: number[] = [];
  for (let number = 0; number < STARTS; number += 1) {
    const network = await BenchNetwork.start(home);
    times.push(network.startMs);
    await network.stop();
  }
  return median(times);
}

async function delivery(
  home: BenchHome,
  blocks: number,
): Promise<Pick<History, 'blocksPerSecond' | 'memory'>> {
  const ledger = await BenchNetwork.start(home);
  try {
    const memory = ledger.ledger.memory();
    const options = { startBlock: 0n };
    const full = await rate(await ledger.network.getBlockEvents(options), blocks);
    const filtered = await rate(await ledger.network.getFilteredBlockEvents(options), blocks);
    return { blocksPerSecond: { full, filtered }, memory };
  } finally {
    await ledger.stop();
  }
}

async function rate(events: AsyncIterable<unknown> & { close(): void }, blocks: number): Promise<number> {
  const begin = performance.now();
  let count = 0;
  try {
    for await (const block of events) {
      if (block !== undefined) count += 1;
      if (count >= blocks) break;
    }
    return (count * 1_000) / (performance.now() - begin);
  } finally {
    events.close();
  }
}
