import { join } from 'node:path';
import { common, ledger } from '@hyperledger/fabric-protos';
import { BlockReader, decodePrivatePart, type StoredBlock } from '../blocks/index.js';
import { FileChannelLedger, NO_TRANSIENT, type ChannelOptions } from '../channel/index.js';
import {
  blockCommit,
  BlockJudge,
  isConfig,
  lastHeight,
  validationCodes,
  type Judged,
} from '../committer/index.js';
import type { MspManager } from '../parts.js';
import type { SnapshotBase } from '../snapshot/index.js';
import { StateDatabase, type Erasure } from '../state/index.js';
import { checkBlock } from './block-checks.js';
import { LedgerFault } from './ledger-fault.js';
import { checkPrivateSets, Unexplained, type MissingValue } from './private-checks.js';
import { checkCommitHash, checkVerdicts, mspsFor } from './verdict-checks.js';

/** The ledger made once more beside its files, block by block, by the committer's own code; each block is held against it. */
export class Replay {
  readonly state: StateDatabase;
  readonly #channelId: string;
  readonly #ledger: FileChannelLedger;
  readonly #msps: { now: MspManager; before: MspManager };
  readonly #base: SnapshotBase | undefined;
  readonly #unexplained = new Unexplained();

  /** @param scratch Folder for its state. */
  constructor(
    options: Pick<ChannelOptions, 'dir' | 'channelId' | 'msps'>,
    scratch: string,
    base: SnapshotBase | undefined,
  ) {
    this.#channelId = options.channelId;
    this.state = StateDatabase.open(join(scratch, 'state'), { scratch: true });
    this.#base = base;
    this.#ledger = new FileChannelLedger({
      ...options,
      state: this.state,
      base,
      transientStore: NO_TRANSIENT,
    });
    this.#ledger.useFiles(new BlockReader(join(options.dir, 'blocks')));
    this.#msps = { now: options.msps, before: options.msps.beforeRevocations() };
  }

  /** Blocks so far. */
  get height(): number {
    return this.#ledger.height;
  }

  /** What a ledger that was begun from a snapshot rests on. @throws SnapshotError. */
  async load(base: SnapshotBase): Promise<void> {
    const erased = await base.load(this.state);
    this.#unexplained.add(
      erased.flatMap(({ writtenAt, ...ref }) => (writtenAt === undefined ? [] : [{ ...ref, writtenAt }])),
    );
    this.#configure();
  }

  /**
   * Judges the next block and brings the state forward by it.
   * @param isAwaited Whether the next start erases it: then it stays in the state.
   * @returns its transactions, and what should have been erased and is still in the files.
   * @throws LedgerFault.
   */
  async block(
    stored: StoredBlock,
    isAwaited: (erasure: Erasure) => boolean,
  ): Promise<{ judged: readonly Judged[]; unerased: Erasure[] }> {
    const block = decodeBlock(stored.block);
    checkBlock(block, {
      last: this.state.savepoint(),
      msps: this.#msps.before,
      policies: () => this.#ledger.policies,
      lastConfigBlock: () => this.#ledger.configuration.block,
    });
    const judged = await this.#judge(block, stored);
    const unerased = this.state.pendingErasures().filter((erasure) => !isAwaited(erasure));
    if (unerased.length > 0) await this.state.forgetErased(unerased);
    return { judged, unerased };
  }

  /** A private value that is gone though no block so far erases it. */
  missing(): MissingValue | undefined {
    return this.#unexplained.first();
  }

  close(): Promise<void> {
    return this.#ledger.close();
  }

  /** Who is known from here on. */
  #configure(): void {
    this.#ledger.configurationChanged();
    this.#msps.before.configure(this.#ledger.configuration.msps);
  }

  async #judge(block: common.Block, stored: StoredBlock): Promise<readonly Judged[]> {
    const number = block.getHeader()?.getNumber() ?? 0;
    const recorded = validationCodes(block);
    const privateSets = decodePrivate(stored.privatePart);
    const reasons = new Map<string, string>();
    const judge = new BlockJudge({
      channelId: this.#channelId,
      state: this.state,
      chaincode: (name, at) => this.#ledger.chaincode(name, at),
      configuration: () => this.#ledger.configuration,
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
      const expiring = this.state.expiring(number);
      const end = lastHeight(number, judged.length);
      writeSets.expire(expiring, end);
      for (const purge of writeSets.batch.purges) this.#unexplained.explain(purge, purge.version);
      for (const ref of expiring) this.#unexplained.explain(ref, end, ref.version.block);
      await this.state.commit(
        blockCommit(block.getHeader() ?? new common.BlockHeader(), {
          transactions: judged,
          updates: writeSets.batch,
          location: stored.location,
          commitHash,
          chaincode: (name) => this.#ledger.chaincode(name, snapshot),
        }),
      );
      if (isConfig(block.getData()?.getDataList_asU8()[0] ?? new Uint8Array())) this.#configure();
      return judged;
    } finally {
      snapshot.close();
    }
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
