import type { LoopResult } from '@medaccord/network/bench/closed-loop';
import type { EngineName } from './bench-consortium.js';
import type { BatchRate } from './measure-batches.js';
import type { ByWay } from './measure-ways.js';

export const IN_FLIGHT = [16, 64, 200] as const;

export interface EngineReport {
  readonly engine: EngineName;
  readonly batch: { readonly maxMessages: number; readonly timeoutMs: number };
  /** By submits in flight. */
  readonly rates: Readonly<Record<(typeof IN_FLIGHT)[number], ByWay<LoopResult>>>;
  /** Median milliseconds of a submit that comes alone. */
  readonly loneMs: ByWay<number>;
  readonly batches: BatchRate;
}

export interface Report {
  readonly machine: { readonly cores: number; readonly node: string; readonly platform: string };
  readonly engines: readonly EngineReport[];
}
