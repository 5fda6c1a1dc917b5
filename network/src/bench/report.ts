import type { History } from './part-history.js';
import type { LoneSubmits } from './part-lone-submit.js';
import type { AtSize } from './part-state-size.js';
import type { Rates } from './part-throughput.js';

/** All that one run measured; a part that was left out is undefined. */
export interface Report {
  readonly machine: { readonly cores: number; readonly node: string; readonly platform: string };
  readonly batch: { readonly maxMessages: number; readonly timeoutMs: number };
  readonly verificationsPerSecond: number;
  readonly inProcess?: Rates | undefined;
  readonly service?: Rates | undefined;
  readonly lone?: LoneSubmits | undefined;
  readonly stateSizes?: readonly AtSize[] | undefined;
  readonly history?: History | undefined;
}
