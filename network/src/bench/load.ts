import { setTimeout } from 'node:timers/promises';
import type { BenchNetwork } from './bench-network.js';
import { closedLoop, type LoopResult } from './closed-loop.js';
import { CommitWatch } from './commit-watch.js';

/** Bytes of a value that is written. */
const VALUE_BYTES = 200;
/** Steps through the keys; prime, so that all are met before one comes again. */
const STRIDE = 7_919;
/** Keys that one transaction fills: its writes have to fit into a block. */
const FILLED_AT_ONCE = 2_000;
const FILLS_IN_FLIGHT = 2;
/** Keys that the transactions of `writeBlocks` take in turn: many more than are in flight. */
const BLOCK_KEYS = 10_000;

const value = (number: number): string => String(number).padStart(VALUE_BYTES, '.');
const keyOf = (number: number, keys: number): string => `key${String((number * STRIDE) % keys)}`;

/** Puts that many keys into the state, many to a transaction. */
export async function fill(
  { contract }: BenchNetwork,
  keys: number,
  onProgress: (filled: number) => void = () => undefined,
): Promise<void> {
  let next = 0;
  let filled = 0;
  const worker = async (): Promise<void> => {
    while (next < keys) {
      const from = next;
      const to = Math.min(keys, from + FILLED_AT_ONCE);
      next = to;
      await contract.submit('fill', { arguments: [String(from), String(to), value(0)] });
      filled += to - from;
      onProgress(filled);
    }
  };
  await Promise.all(Array.from({ length: FILLS_IN_FLIGHT }, worker));
}

export interface LoadOptions {
  readonly inFlight: number;
  readonly seconds: number;
  readonly warmUpSeconds: number;
  /** How many the state has. */
  readonly keys: number;
}

/**
 * Submits of one read and one write, each counted when the client knows that it is committed. Commits are told by one
 * stream of filtered blocks, as a busy client does it.
 */
export async function submits(network: BenchNetwork, options: LoadOptions): Promise<LoopResult> {
  const watch = await CommitWatch.open(network.network);
  try {
    return await closedLoop({
      ...options,
      cpu: network.cpu,
      operation: (number) => submitOne(network, watch, keyOf(number, options.keys), number),
    });
  } finally {
    watch.close();
  }
}

/** Evaluates of one read. */
export function evaluates(network: BenchNetwork, options: LoadOptions): Promise<LoopResult> {
  return closedLoop({
    ...options,
    cpu: network.cpu,
    operation: (number) => network.contract.evaluate('get', { arguments: [keyOf(number, options.keys)] }),
  });
}

/** Milliseconds of submits that come one after the other, each when the ledger is at rest. */
export async function loneSubmits(network: BenchNetwork, count: number): Promise<number[]> {
  const watch = await CommitWatch.open(network.network);
  try {
    const times: number[] = [];
    for (let number = 0; number < count; number += 1) {
      const begin = performance.now();
      await submitOne(network, watch, keyOf(number, 1_000), number);
      times.push(performance.now() - begin);
      await setTimeout(5);
    }
    return times;
  } finally {
    watch.close();
  }
}

/** Commits that many blocks; blocks of this network take one message each. */
export async function writeBlocks(
  network: BenchNetwork,
  blocks: number,
  onProgress: (written: number) => void,
): Promise<void> {
  const watch = await CommitWatch.open(network.network);
  const inFlight = 64;
  let begun = 0;
  let written = 0;
  const worker = async (): Promise<void> => {
    while (begun < blocks) {
      begun += 1;
      await submitOne(network, watch, keyOf(begun, BLOCK_KEYS), begun);
      written += 1;
      onProgress(written);
    }
  };
  try {
    await Promise.all(Array.from({ length: inFlight }, worker));
  } finally {
    watch.close();
  }
}

async function submitOne(
  { contract }: BenchNetwork,
  watch: CommitWatch,
  key: string,
  number: number,
): Promise<void> {
  const proposal = contract.newProposal('getPut', { arguments: [key, value(number)] });
  const transaction = await proposal.endorse();
  const committed = watch.committed(transaction.getTransactionId());
  await transaction.submit();
  await committed;
}
