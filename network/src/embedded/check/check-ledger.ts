import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { common, ledger } from '@hyperledger/fabric-protos';
import {
  BlockReader,
  decodePrivatePart,
  fileName,
  scanBlocks,
  systemDisk,
  type StoredBlock,
} from '../blocks/index.js';
import {
  FileChannelLedger,
  lockData,
  NO_TRANSIENT,
  unusableState,
  type ChannelOptions,
} from '../channel/index.js';
import { blockCommit, BlockJudge, lastHeight, validationCodes } from '../committer/index.js';
import type { MspManager, TxValidationCode } from '../parts.js';
import { SnapshotBase, SnapshotError } from '../snapshot/index.js';
import { StateDatabase, type Erasure } from '../state/index.js';
import { checkBlock } from './block-checks.js';
import { LedgerFault, type FaultPlace } from './ledger-fault.js';
import { checkPrivateSets, Unexplained } from './private-checks.js';
import { compareState, readStoredState, type StoredState } from './stored-state.js';
import { checkCommitHash, checkVerdicts, mspsFor } from './verdict-checks.js';

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

class Check {
  readonly #options: CheckOptions;
  readonly #scratch: string;
  readonly #state: StateDatabase;
  readonly #ledger: FileChannelLedger;
  readonly #msps: { now: MspManager; before: MspManager };
  readonly #base: SnapshotBase | undefined;
  readonly #unexplained = new Unexplained();
  readonly #faults: LedgerFault[] = [];
  readonly #notes: string[] = [];
  #transactions = 0;
  #stored: StoredState | undefined;

  constructor(options: CheckOptions, scratch: string, base: SnapshotBase | undefined) {
    this.#options = options;
    this.#scratch = scratch;
    this.#state = StateDatabase.open(join(scratch, 'state'), { scratch: true });
    this.#base = base;
    this.#ledger = new FileChannelLedger({
      ...options,
      state: this.#state,
      base,
      transientStore: NO_TRANSIENT,
    });
    this.#ledger.useFiles(new BlockReader(this.#blocksDir));
    this.#msps = { now: options.msps, before: options.msps.beforeRevocations() };
  }

  get #blocksDir(): string {
    return join(this.#options.dir, 'blocks');
  }

  get #stateDir(): string {
    return join(this.#options.dir, 'state');
  }

  async run(): Promise<CheckReport> {
    try {
      await this.#attempt(async () => {
        const reason = unusableState(this.#options.dir);
        if (reason !== undefined) this.#notes.push(`the state is made again at the next start: ${reason}`);
        else this.#stored = await readStoredState(this.#stateDir, this.#scratch);
      });
      await this.#attempt(() => this.#checkBlocks());
      return {
        channelId: this.#options.channelId,
        blocks: this.#ledger.height,
        transactions: this.#transactions,
        faults: this.#faults,
        notes: this.#notes,
      };
    } finally {
      await this.#ledger.close();
    }
  }

  async #attempt(step: () => Promise<void>): Promise<void> {
    try {
      await step();
    } catch (error) {
      if (!(error instanceof LedgerFault)) throw error;
      this.#faults.push(error);
    }
  }

  async #checkBlocks(): Promise<void> {
    const { onProgress } = this.#options;
    if (this.#base !== undefined) await this.#loadBase(this.#base);
    for (const found of scanBlocks(systemDisk, this.#blocksDir)) {
      const number = this.#ledger.height;
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
      await this.#checkBlock(found, place);
      onProgress?.(number + 1, this.#stored?.height);
    }
    this.#finish();
  }

  /** What a ledger that was begun from a snapshot rests on. */
  async #loadBase(base: SnapshotBase): Promise<void> {
    try {
      const erased = await base.load(this.#state);
      this.#unexplained.add(
        erased.flatMap(({ writtenAt, ...ref }) => (writtenAt === undefined ? [] : [{ ...ref, writtenAt }])),
      );
    } catch (error) {
      throw snapshotFault(error);
    }
    this.#notes.push(
      `it was begun from a snapshot: the first ${String(this.#ledger.height)} blocks are not here to be checked`,
    );
    if (this.#ledger.height === this.#stored?.height) this.#compare();
  }

  async #checkBlock(stored: StoredBlock, place: FaultPlace): Promise<void> {
    try {
      const block = decodeBlock(stored.block);
      const height = this.#ledger.height;
      checkBlock(block, {
        last: this.#state.savepoint(),
        msps: this.#msps.before,
        policies: () => this.#ledger.policies,
        lastConfigBlock: this.#base?.manifest.lastConfigBlock ?? 0,
      });
      const unerased = await this.#replay(block, stored, place);
      if (height + 1 === this.#stored?.height) this.#compare();
      if (unerased !== undefined) throw unerased;
    } catch (error) {
      throw error instanceof LedgerFault ? error.at(place) : error;
    }
  }

  /** Judges the block again and brings the scratch state forward by it. */
  async #replay(
    block: common.Block,
    stored: StoredBlock,
    place: FaultPlace,
  ): Promise<LedgerFault | undefined> {
    const number = block.getHeader()?.getNumber() ?? 0;
    const recorded = validationCodes(block);
    const privateSets = decodePrivate(stored.privatePart);
    const reasons = new Map<string, string>();
    const judge = new BlockJudge({
      channelId: this.#options.channelId,
      state: this.#state,
      chaincode: (name, at) => this.#ledger.chaincode(name, at),
      msps: (index) => mspsFor(recorded[index], this.#msps),
      privateSet: (_judged, index) => {
        const bytes = privateSets.get(index);
        return bytes && ledger.rwset.TxPvtReadWriteSet.deserializeBinary(bytes);
      },
      onInvalid: (txId, _code, reason) => reasons.set(txId, reason),
    });
    const snapshot = this.#ledger.snapshot();
    try {
      const { judged, writeSets, commitHash } = await judge.judge(block, snapshot);
      checkVerdicts(recorded, judged, reasons);
      if (number > 0) checkCommitHash(block, commitHash);
      this.#unexplained.add(checkPrivateSets(number, judged, privateSets));
      const expiring = this.#state.expiring(number);
      const end = lastHeight(number, judged.length);
      writeSets.expire(expiring, end);
      for (const purge of writeSets.batch.purges) this.#unexplained.explain(purge, purge.version);
      for (const ref of expiring) this.#unexplained.explain(ref, end, ref.version.block);
      await this.#state.commit(
        blockCommit(block.getHeader() ?? new common.BlockHeader(), {
          transactions: judged,
          updates: writeSets.batch,
          location: stored.location,
          commitHash,
          chaincode: (name) => this.#ledger.chaincode(name, snapshot),
        }),
      );
      for (const { txId, code } of judged) this.#options.onTransaction?.(txId, code);
      this.#transactions += judged.length;
      return await this.#settleErasures(place);
    } finally {
      snapshot.close();
    }
  }

  /** What was to be erased and is still in the files is a fault, unless the next start erases it. */
  async #settleErasures(place: FaultPlace): Promise<LedgerFault | undefined> {
    const idOf = ({ namespace, collection, keyHash, writtenAt }: Erasure): string =>
      [
        namespace,
        collection,
        Buffer.from(keyHash).toString('hex'),
        writtenAt.block,
        writtenAt.transaction,
      ].join();
    const expected = new Set(this.#stored?.erasures.map(idOf));
    const left = this.#state.pendingErasures().filter((erasure) => !expected.has(idOf(erasure)));
    if (left.length === 0) return undefined;
    await this.#state.forgetErased(left);
    const [first] = left;
    const isBehind = (place.block ?? 0) >= (this.#stored?.height ?? 0);
    if (first === undefined || isBehind) return undefined;
    return new LedgerFault(
      'PRIVATE_DATA',
      `it erases a private value of ${first.collection} that is still in block ${String(first.writtenAt.block)}`,
    );
  }

  #finish(): void {
    const { height } = this.#ledger;
    const missing = this.#unexplained.first();
    if (missing !== undefined) {
      const { block, transaction } = missing.writtenAt;
      const location = this.#state.location(block);
      const file = location && this.#path(location.file);
      throw new LedgerFault(
        'PRIVATE_DATA',
        `a private value of ${missing.collection} is gone that nobody erased`,
        {
          block,
          transaction,
          file,
          offset: location?.offset,
        },
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

  /** A state that differs is no fault of the block's: the blocks are checked to their end. */
  #compare(): void {
    if (this.#stored === undefined) return;
    try {
      compareState(this.#stored, this.#state, this.#stateDir);
    } catch (error) {
      if (!(error instanceof LedgerFault)) throw error;
      this.#faults.push(error);
    }
  }

  #path(file: number): string {
    return join(this.#blocksDir, fileName(file));
  }
}

function decodeBlock(bytes: Uint8Array): common.Block {
  try {
    return common.Block.deserializeBinary(bytes);
  } catch {
    throw new LedgerFault('BLOCK_DAMAGED', 'it is no block');
  }
}

function decodePrivate(part: Buffer): Map<number, Uint8Array> {
  try {
    return decodePrivatePart(part);
  } catch {
    throw new LedgerFault('PRIVATE_DATA', 'its private data cannot be read');
  }
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
