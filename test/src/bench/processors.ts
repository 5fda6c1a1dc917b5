import { processorSecondsOf } from '@medaccord/network/processor-time';
import type { CpuReader } from '@medaccord/network/bench/closed-loop';
import { type Consortium, processTree } from '../consortium/index.js';

/** Kinds of processes by the beginning of their names; Fabric's orderers and peers bear the topology's names. */
const KINDS: readonly (readonly [string, string])[] = [
  ['ledger', 'ledger'],
  ['orderer', 'orderers'],
  ['peer', 'peers'],
  ['chaincode', 'chaincode'],
  ['gateway', 'gateways'],
  ['postgres', 'PostgreSQL'],
];

/**
 * Processor seconds by kind of process, this one as `client`. Which processes there are is looked up once: while one
 * measures, nobody starts any.
 */
export async function processorsOf(consortium: Consortium): Promise<CpuReader> {
  const kinds = new Map<string, number[]>();
  for (const { name, pid } of await consortium.processes()) {
    const kind = KINDS.find(([beginning]) => name.startsWith(beginning))?.[1];
    if (kind === undefined || pid === undefined) continue;
    kinds.set(kind, [...(kinds.get(kind) ?? []), ...processTree(pid)]);
  }
  kinds.set('client', [process.pid]);
  return () => Object.fromEntries([...kinds].map(([kind, pids]) => [kind, secondsOf(pids)]));
}

function secondsOf(pids: readonly number[]): number {
  return pids.reduce((sum, pid) => sum + (processorSecondsOf(pid) ?? 0), 0);
}
