import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileName, scanBlocks, systemDisk, type StoredBlock } from '../blocks/index.js';
import { lockData, unusableState, type ChannelOptions } from '../channel/index.js';
import type { TxValidationCode } from '../parts.js';
import { SnapshotBase, SnapshotError } from '../snapshot/index.js';
import type { Erasure } from '../state/index.js';
import { LedgerFault, type FaultPlace } from './ledger-fault.js';
import { Replay } from './replay.js';
import { compareState, readStoredState, type StoredState } from './stored-state.js';

export interface CheckOptions extends Pick<ChannelOptions, 'dir' | 'channelId' | 'msps'> {
  /** Told after each block. `of` is the number of blocks that the state knows, where there is a state. */
  onProgress?(blocks: number, of: number | undefined): void;
  /** Told of every transaction that the blocks hold, in order. */
  onTransaction?(txId: string, code: TxValidationCode): void;
}

export interface CheckReport {
  readonly channelId: string;
  /** Blocks that are good. */
  readonly blocks: number;
  readonly transactions: number;
  /** The first bad block, and what is wrong with the state. Empty: all is well. */
  readonly faults: readonly LedgerFault[];
  /** What is not as after a clean stop and no fault: the next start sees to it. */
  readonly notes: readonly string[];
}

/**
 * Verifies a channel's data from the first block on: checksums, numbers, hashes, the orderers' signatures; signatures and
 * policies of every transaction at its height, and with them the recorded verdicts and commit hashes; private data
 * against their hashes; then state, history and indexes against what the blocks give. Changes nothing.
 * @throws CodedError LEDGER_IN_USE where a process runs the ledger.
 */
export async function checkLedger(options: CheckOptions): Promise<CheckReport> {
  const lock = lockData(options.dir);
  const scratch = join(options.dir, 'check');
  try {
    rmSync(scratch, { recursive: true, force: true });
    mkdirSync(scratch, { mode: 0o700 });
    const base = openBase(options.dir);
    if (base instanceof LedgerFault) return reportOf(options.channelId, base);
    return await new Check(options, scratch, base).run();
  } finally {
    rmSync(scratch, { recursive: true, force: true });
    lock.release();
  }
}

/** Walks the files and holds what it finds against the stored state; a fault is put in its place. */
class Check {
  readonly #options: CheckOptions;
  readonly #scratch: string;
  readonly #base: SnapshotBase | undefined;
  readonly #replay: Replay;
  readonly #faults: LedgerFault[] = [];
  readonly #notes: string[] = [];
  #transactions = 0;
  #stored: StoredState | undefined;
  /** Erasures that the stored state waits for. */
  #awaited: ReadonlySet<string> = new Set();

  constructor(options: CheckOptions, scratch: string, base: SnapshotBase | undefined) {
    this.#options = options;
    this.#scratch = scratch;
    this.#base = base;
    this.#replay = new Replay(options, scratch, base);
  }

  get #blocksDir(): string {
    return join(this.#options.dir, 'blocks');
  }

  get #stateDir(): string {
    return join(this.#options.dir, 'state');
  }

  async run(): Promise<CheckReport> {
    try {
      await this.#attempt(() => this.#readState());
      await this.#attempt(() => this.#checkBlocks());
      return {
        channelId: this.#options.channelId,
        blocks: this.#replay.height,
        transactions: this.#transactions,
        faults: this.#faults,
        notes: this.#notes,
      };
    } finally {
      await this.#replay.close();
    }
  }

  async #attempt(step: () => Promise<void> | void): Promise<void> {
    try {
      await step();
    } catch (error) {
      if (!(error instanceof LedgerFault)) throw error;
      this.#faults.push(error);
    }
  }

  async #readState(): Promise<void> {
    const reason = unusableState(this.#options.dir);
    if (reason !== undefined) {
      this.#notes.push(`the state is made again at the next start: ${reason}`);
      return;
    }
    this.#stored = await readStoredState(this.#stateDir, this.#scratch);
    this.#awaited = new Set(this.#stored?.erasures.map(erasureId));
  }

  async #checkBlocks(): Promise<void> {
    const { onProgress } = this.#options;
    if (this.#base !== undefined) await this.#loadBase(this.#base);
    for (const found of scanBlocks(systemDisk, this.#blocksDir)) {
      const number = this.#replay.height;
      if ('what' in found) {
        const place = { block: number, file: this.#path(found.file), offset: found.offset };
        if (!found.isTail || number < (this.#stored?.height ?? 0)) {
          throw new LedgerFault('BLOCK_DAMAGED', found.what, place);
        }
        this.#notes.push(
          `${place.file} ends in a torn write at ${String(place.offset)}, which the next start cuts off`,
        );
        break;
      }
      const place = { block: number, file: this.#path(found.location.file), offset: found.location.offset };
      await this.#checkBlock(found, number, place);
      onProgress?.(number + 1, this.#stored?.height);
    }
    this.#finish();
  }

  /** What a ledger that was begun from a snapshot rests on. */
  async #loadBase(base: SnapshotBase): Promise<void> {
    try {
      await this.#replay.load(base);
    } catch (error) {
      throw snapshotFault(error);
    }
    this.#notes.push(
      `it was begun from a snapshot: the first ${String(this.#replay.height)} blocks are not here to be checked`,
    );
    await this.#compareHere();
  }

  async #checkBlock(stored: StoredBlock, number: number, place: FaultPlace): Promise<void> {
    try {
      const isAwaited = (erasure: Erasure): boolean => this.#awaited.has(erasureId(erasure));
      const { judged, unerased } = await this.#replay.block(stored, isAwaited);
      for (const { txId, code } of judged) this.#options.onTransaction?.(txId, code);
      this.#transactions += judged.length;
      await this.#compareHere();
      const [first] = unerased;
      // What the state has not come to yet, the next start erases.
      if (first === undefined || number >= (this.#stored?.height ?? 0)) return;
      throw new LedgerFault(
        'PRIVATE_DATA',
        `it erases a private value of ${first.collection} that is still in block ${String(first.writtenAt.block)}`,
      );
    } catch (error) {
      throw error instanceof LedgerFault ? error.at(place) : error;
    }
  }

  #finish(): void {
    const { height, state } = this.#replay;
    const missing = this.#replay.missing();
    if (missing !== undefined) {
      const { block, transaction } = missing.writtenAt;
      const location = state.location(block);
      const file = location && this.#path(location.file);
      throw new LedgerFault(
        'PRIVATE_DATA',
        `a private value of ${missing.collection} is gone that nobody erased`,
        { block, transaction, file, offset: location?.offset },
      );
    }
    const known = this.#stored?.height;
    if (known !== undefined && known > height) {
      throw new LedgerFault(
        'BLOCKS_MISSING',
        `the blocks end before block ${String(height)}; the state has ${String(known)} blocks`,
        { block: height },
      );
    }
    if (known !== undefined && known < height) {
      this.#notes.push(
        `the state is ${String(height - known)} blocks behind the files, and brought up to them at the next start`,
      );
    }
  }

  /** Where the stored state is at this height. One that differs is no fault of the block's: the others are checked, too. */
  async #compareHere(): Promise<void> {
    const stored = this.#stored;
    if (stored?.height !== this.#replay.height) return;
    await this.#attempt(() => {
      compareState(stored, this.#replay.state, this.#stateDir);
    });
  }

  #path(file: number): string {
    return join(this.#blocksDir, fileName(file));
  }
}

function erasureId({ namespace, collection, keyHash, writtenAt: { block, transaction } }: Erasure): string {
  return [namespace, collection, Buffer.from(keyHash).toString('hex'), block, transaction].join();
}

function openBase(dir: string): SnapshotBase | undefined | LedgerFault {
  try {
    return SnapshotBase.open(dir);
  } catch (error) {
    return snapshotFault(error);
  }
}

/** @throws what is no word about the snapshot. */
function snapshotFault(error: unknown): LedgerFault {
  if (!(error instanceof SnapshotError)) throw error;
  return new LedgerFault('SNAPSHOT_DAMAGED', error.message);
}

function reportOf(channelId: string, fault: LedgerFault): CheckReport {
  return { channelId, blocks: 0, transactions: 0, faults: [fault], notes: [] };
}
