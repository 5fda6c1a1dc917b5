/** How one run of the benchmark measures, and where it tells how far it is. */
export interface BenchRun {
  /** Of one measurement. */
  readonly seconds: number;
  /** Of ledgers that take turns. */
  readonly rounds: number;
  /** Of the long history. */
  readonly blocks: number;
  readonly batch: { readonly maxMessages: number; readonly timeoutMs: number };
  /** A new part begins. */
  say(what: string): void;
  /** Within a part; may be told often. */
  progress(what: string): void;
}
