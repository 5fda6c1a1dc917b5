import { common } from '@hyperledger/fabric-protos';
import type { MspManager, NodeSigner, Orderer } from '../parts.js';
import type { ChannelPolicies } from '../policy/index.js';
import type { Envelope } from '../wire/index.js';
import { BlockCutter, type BatchOptions } from './block-cutter.js';
import { writeBlock } from './block-writer.js';
import { checkUpdate } from './config-filter.js';
import { filterEnvelope } from './envelope-filter.js';
import { OrdererError } from './orderer-error.js';

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
  readonly signer: NodeSigner;
  /** Of the configuration in force, as what follows. */
  policies(): ChannelPolicies;
  batch(): Required<BatchOptions>;
  lastConfigBlock(): number;
  /**
   * The configuration, of type CONFIG, that an update comes to.
   * @throws Error saying why it is refused.
   */
  configure(update: common.Envelope): common.Envelope;
  /** An update that was taken cannot be applied any more: another came first. */
  onDiscarded?(reason: string): void;
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
  /** It changes the configuration: it is alone in its block. */
  readonly update?: common.Envelope | undefined;
}

class SoloOrderer implements Orderer {
  readonly #options: OrdererOptions;
  readonly #cutter: BlockCutter<Queued>;
  readonly #batches: Queued[][] = [];
  #queued = 0;
  #queuedBytes = 0;
  #timer: NodeJS.Timeout | undefined;
  #draining: Promise<void> | undefined;
  #state: 'open' | 'closed' | 'failed' = 'open';

  constructor(options: OrdererOptions) {
    this.#options = options;
    this.#cutter = new BlockCutter(() => options.batch());
  }

  broadcast(envelope: Envelope): Promise<void> {
    try {
      this.#accept(envelope);
      return Promise.resolve();
    } catch (error) {
      return Promise.reject(error as Error);
    }
  }

  #accept(envelope: Envelope): void {
    if (this.#state !== 'open') {
      throw new OrdererError('SERVICE_UNAVAILABLE', `the orderer is ${this.#state}`);
    }
    const refusal = this.#options.refusal?.();
    if (refusal !== undefined) throw new OrdererError('SERVICE_UNAVAILABLE', refusal);
    const full = this.#queued >= (this.#options.maxQueued ?? DEFAULT_MAX_QUEUED);
    if (full || this.#queuedBytes >= MAX_QUEUED_BYTES) {
      throw new OrdererError('SERVICE_UNAVAILABLE', 'too many envelopes are waiting for a block');
    }
    const { absoluteMaxBytes } = this.#options.batch();
    const { size, isUpdate } = filterEnvelope(envelope, {
      channelId: this.#options.channelId,
      msps: this.#options.msps,
      policies: this.#options.policies(),
      absoluteMaxBytes,
    });
    const update = isUpdate ? common.Envelope.deserializeBinary(envelope.bytes) : undefined;
    if (update !== undefined) checkUpdate(update, this.#options);
    this.#queued += 1;
    this.#queuedBytes += size;
    const content = { size, bytes: envelope.bytes, update };
    if (update === undefined) this.#enqueue(this.#cutter.add({ content, size }));
    else this.#enqueue([...(this.#cutter.isPending ? [this.#cutter.cut()] : []), [content]]);
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
      }, this.#options.batch().timeoutMs);
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
    const { tip, signer, lastConfigBlock, commit } = this.#options;
    const { number: last, headerHash } = tip();
    const number = last + 1;
    const update = batch[0]?.update;
    const config = update && this.#configured(update);
    if (update !== undefined && config === undefined) return;
    const block = writeBlock({
      number,
      previousHash: headerHash,
      envelopes: config === undefined ? batch.map(({ bytes }) => bytes) : [config],
      signer,
      lastConfigBlock: config === undefined ? lastConfigBlock() : number,
    });
    await commit(block);
  }

  /** The update over what is in force now; undefined where another came first. */
  #configured(update: common.Envelope): Uint8Array | undefined {
    try {
      return this.#options.configure(update).serializeBinary();
    } catch (error) {
      this.#options.onDiscarded?.(error instanceof Error ? error.message : String(error));
      return undefined;
    }
  }
}

/** An orderer of one node: it checks, cuts, chains and signs, and hands one block at a time to `commit`. */
export function startOrderer(options: OrdererOptions): Orderer {
  return new SoloOrderer(options);
}
