import type { common } from '@hyperledger/fabric-protos';
import type { MspManager, NodeSigner, Orderer } from '../parts.js';
import type { ChannelPolicies } from '../policy/index.js';
import { BlockCutter, type BatchOptions } from './block-cutter.js';
import { writeBlock } from './block-writer.js';
import { filterEnvelope } from './envelope-filter.js';
import { OrdererError } from './orderer-error.js';

const DEFAULT_ABSOLUTE_MAX_BYTES = 10 * 1024 * 1024;
const DEFAULT_MAX_QUEUED = 5_000;
const MAX_QUEUED_BYTES = 256 * 1024 * 1024;

/** Where the chain ends: what the next block follows. */
export interface ChainTip {
  readonly number: number;
  readonly headerHash: Uint8Array;
}

export interface OrdererOptions {
  readonly channelId: string;
  readonly msps: MspManager;
  readonly policies: ChannelPolicies;
  readonly signer: NodeSigner;
  readonly batch: BatchOptions;
  readonly lastConfigBlock: number;
  /** Read before each block. */
  tip(): ChainTip;
  /** Envelopes accepted and not yet committed; more are refused with SERVICE_UNAVAILABLE. */
  readonly maxQueued?: number;
  /** Takes the next block; the one after comes when this resolves. */
  commit(block: common.Block): Promise<void>;
  /** Why nothing can be taken at present; undefined: envelopes are taken. */
  refusal?(): string | undefined;
  /** A block could not be committed: nothing is taken any more. */
  onFailure?(error: unknown): void;
}

interface Queued {
  readonly size: number;
  readonly bytes: Uint8Array;
}

class SoloOrderer implements Orderer {
  readonly #options: OrdererOptions;
  readonly #absoluteMaxBytes: number;
  readonly #cutter: BlockCutter<Queued>;
  readonly #batches: Queued[][] = [];
  #queued = 0;
  #queuedBytes = 0;
  #timer: NodeJS.Timeout | undefined;
  #draining: Promise<void> | undefined;
  #state: 'open' | 'closed' | 'failed' = 'open';

  constructor(options: OrdererOptions) {
    this.#options = options;
    this.#cutter = new BlockCutter(options.batch);
    this.#absoluteMaxBytes =
      options.batch.absoluteMaxBytes ?? Math.max(DEFAULT_ABSOLUTE_MAX_BYTES, options.batch.maxBytes);
  }

  broadcast(envelope: common.Envelope): Promise<void> {
    try {
      this.#accept(envelope);
      return Promise.resolve();
    } catch (error) {
      return Promise.reject(error as Error);
    }
  }

  #accept(envelope: common.Envelope): void {
    if (this.#state !== 'open') {
      throw new OrdererError('SERVICE_UNAVAILABLE', `the orderer is ${this.#state}`);
    }
    const refusal = this.#options.refusal?.();
    if (refusal !== undefined) throw new OrdererError('SERVICE_UNAVAILABLE', refusal);
    const full = this.#queued >= (this.#options.maxQueued ?? DEFAULT_MAX_QUEUED);
    if (full || this.#queuedBytes >= MAX_QUEUED_BYTES) {
      throw new OrdererError('SERVICE_UNAVAILABLE', 'too many envelopes are waiting for a block');
    }
    const size = filterEnvelope(envelope, {
      channelId: this.#options.channelId,
      msps: this.#options.msps,
      policies: this.#options.policies,
      absoluteMaxBytes: this.#absoluteMaxBytes,
    });
    this.#queued += 1;
    this.#queuedBytes += size;
    const content = { size, bytes: envelope.serializeBinary() };
    this.#enqueue(this.#cutter.add({ content, size }));
  }

  async close(): Promise<void> {
    if (this.#state === 'open') {
      this.#state = 'closed';
      this.#enqueue(this.#cutter.isPending ? [this.#cutter.cut()] : []);
    }
    clearTimeout(this.#timer);
    await this.#draining;
  }

  #enqueue(batches: Queued[][]): void {
    if (batches.length > 0) {
      clearTimeout(this.#timer);
      this.#timer = undefined;
      this.#batches.push(...batches);
      this.#draining ??= this.#drain();
    }
    if (this.#cutter.isPending && this.#timer === undefined) {
      this.#timer = setTimeout(() => {
        this.#timer = undefined;
        if (this.#cutter.isPending) this.#enqueue([this.#cutter.cut()]);
      }, this.#options.batch.timeoutMs);
    }
  }

  async #drain(): Promise<void> {
    try {
      for (let batch = this.#batches.shift(); batch !== undefined; batch = this.#batches.shift()) {
        await this.#write(batch);
        this.#queued -= batch.length;
        for (const { size } of batch) this.#queuedBytes -= size;
      }
    } catch (error) {
      // What was given up because the orderer closes is no failure: nobody was told that it is committed.
      if (this.#state === 'closed') return;
      this.#state = 'failed';
      clearTimeout(this.#timer);
      this.#options.onFailure?.(error);
    } finally {
      // In the same turn as the last look at the batches: what comes later starts a new run.
      this.#draining = undefined;
    }
  }

  async #write(batch: readonly Queued[]): Promise<void> {
    const tip = this.#options.tip();
    const block = writeBlock({
      number: tip.number + 1,
      previousHash: tip.headerHash,
      envelopes: batch.map(({ bytes }) => bytes),
      signer: this.#options.signer,
      lastConfigBlock: this.#options.lastConfigBlock,
    });
    await this.#options.commit(block);
  }
}

/** An orderer of one node: it checks, cuts, chains and signs, and hands one block at a time to `commit`. */
export function startOrderer(options: OrdererOptions): Orderer {
  return new SoloOrderer(options);
}
