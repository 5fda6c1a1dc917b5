/** When a block is full. */
export interface BatchOptions {
  readonly maxMessages: number;
  /** Fabric's PreferredMaxBytes: a block grows up to this; one larger message gets a block of its own. */
  readonly maxBytes: number;
  readonly timeoutMs: number;
  /** Fabric's AbsoluteMaxBytes: a larger message is refused. Default: 10 MiB, or maxBytes where that is more. */
  readonly absoluteMaxBytes?: number;
}

export interface Message<T> {
  readonly content: T;
  /** Bytes of payload and signature. */
  readonly size: number;
}

/** Cuts a stream of messages into batches by count and bytes, as Fabric's orderer does. */
export class BlockCutter<T> {
  readonly #limits: () => Pick<BatchOptions, 'maxMessages' | 'maxBytes'>;
  #pending: T[] = [];
  #pendingBytes = 0;

  /** @param limits asked for with each message: a configuration may change them */
  constructor(limits: () => Pick<BatchOptions, 'maxMessages' | 'maxBytes'>) {
    this.#limits = limits;
  }

  get isPending(): boolean {
    return this.#pending.length > 0;
  }

  /** @returns the batches that this message completes: none, one or two. */
  add(message: Message<T>): T[][] {
    const { maxMessages, maxBytes } = this.#limits();
    const batches: T[][] = [];
    if (message.size > maxBytes) {
      if (this.isPending) batches.push(this.cut());
      batches.push([message.content]);
      return batches;
    }
    if (this.isPending && this.#pendingBytes + message.size > maxBytes) batches.push(this.cut());
    this.#pending.push(message.content);
    this.#pendingBytes += message.size;
    if (this.#pending.length >= maxMessages) batches.push(this.cut());
    return batches;
  }

  /** @returns what is pending, which may be nothing. */
  cut(): T[] {
    const batch = this.#pending;
    this.#pending = [];
    this.#pendingBytes = 0;
    return batch;
  }
}
