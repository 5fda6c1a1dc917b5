import { common, ledger } from '@hyperledger/fabric-protos';
import {
  BlockStoreError,
  dataHash,
  decodePrivatePart,
  encodePrivatePart,
  getMetadata,
  setMetadata,
  wrapMetadata,
  type BlockFiles,
  type StoredBlock,
} from '../blocks/index.js';
import type {
  ChaincodeDefinition,
  CommittedBlock,
  Height,
  MspManager,
  Snapshot,
  TransientStore,
  TxValidationCode,
} from '../parts.js';
import type { ChannelConfiguration } from '../configuration/index.js';
import type { StateDatabase, UpdateBatch } from '../state/index.js';
import { blockCommit } from './block-changes.js';
import { BlockJudge, type Judged } from './block-judge.js';
import { isConfig } from './config-transaction.js';
import { describeBlock, validationCodes } from './committed-block.js';
import { readTransaction, txIdOf } from './endorser-transaction.js';
import { erasePrivateValues, type ErasableValues } from './erasure.js';
import { fittingPrivateSet } from './private-sets.js';
import { Room, type RoomOptions } from './room.js';
import { Code } from './verdict.js';
import { WriteSets } from './write-sets.js';

/** Blocks that an endorsed transaction may take to come back before its private data is forgotten. */
const TRANSIENT_BLOCKS = 1_000;
const LIFECYCLE = '_lifecycle';

export interface CommitterOptions extends RoomOptions {
  readonly channelId: string;
  readonly msps: MspManager;
  /** Opened after the committer, which recovery needs. */
  files(): BlockFiles;
  readonly state: StateDatabase;
  /** What the ledger was begun from, where that was a snapshot. */
  readonly base?: ErasableValues | undefined;
  readonly transientStore: TransientStore;
  /** The definition in force at a height. */
  chaincode(name: string, at: Snapshot): ChaincodeDefinition | undefined;
  /** The configuration in force. */
  configuration(): ChannelConfiguration;
  /** A block has put another configuration into force. */
  onConfiguration(): void;
  /** A block's changes of the state of `_lifecycle` are visible. */
  onLifecycleChange(): void;
  snapshot(): Snapshot;
  /** Private values are gone from these blocks: what was decoded of them has to be forgotten. */
  onErased(blocks: readonly number[]): void;
  /** Told of every transaction that was found invalid. */
  onInvalid?(txId: string, code: TxValidationCode, reason: string): void;
}

/** Judges ordered blocks, makes them durable, then visible. One block at a time. */
export class Committer {
  readonly #options: CommitterOptions;
  readonly #judge: BlockJudge;
  readonly #room: Room;

  constructor(options: CommitterOptions) {
    this.#options = options;
    this.#room = new Room(options);
    const { channelId, state, msps, transientStore } = options;
    this.#judge = new BlockJudge({
      channelId,
      state,
      chaincode: (name, at) => options.chaincode(name, at),
      configuration: () => options.configuration(),
      msps: () => ({ creators: msps, endorsers: msps }),
      privateSet: ({ txId, transaction }) =>
        fittingPrivateSet(transaction?.readWriteSet ?? [], transientStore.get(txId)),
      onInvalid: options.onInvalid,
    });
  }

  /**
   * Validates the block, writes verdicts and commit hash into its metadata, appends it to the files with one sync
   * and brings the state forward. While the disk is full it waits for room.
   * @returns once the block is durable and its state visible.
   */
  async commit(block: common.Block): Promise<CommittedBlock> {
    const { state, transientStore } = this.#options;
    const header = this.#checkPlace(block);
    const number = header.getNumber();
    const snapshot = this.#options.snapshot();
    try {
      const { judged, filter, writeSets, privateSets, commitHash } = await this.#judge.judge(block, snapshot);
      setMetadata(block, 'TRANSACTIONS_FILTER', filter);
      if (number > 0) setMetadata(block, 'COMMIT_HASH', wrapMetadata(commitHash));
      writeSets.expire(state.expiring(number), lastHeight(number, judged.length));
      const bytes = block.serializeBinary();
      const location = await this.#room.wait(() =>
        this.#options.files().append(bytes, encodePrivatePart(privateSets)),
      );
      const changes = blockCommit(header, {
        transactions: judged,
        updates: writeSets.batch,
        location,
        commitHash,
        chaincode: (name) => this.#options.chaincode(name, snapshot),
      });
      await this.#room.wait(() => state.commit(changes));
      this.#tellOfLifecycle(writeSets.batch);
      this.#tellOfConfiguration(block, judged);
      transientStore.remove(judged.map(({ txId }) => txId));
      transientStore.purgeBelow(number - TRANSIENT_BLOCKS);
      await this.erase();
      return describeBlock(block, privateSets, judged);
    } finally {
      snapshot.close();
    }
  }

  /** Takes purged and expired private values out of the block files. */
  async erase(): Promise<void> {
    const { state, base } = this.#options;
    const erased = await this.#room.wait(() => erasePrivateValues(this.#options.files(), state, base));
    if (erased.length > 0) this.#options.onErased(erased);
  }

  /** Brings the state forward by a block that is on disk already; its verdicts are in it. */
  async replay(stored: StoredBlock): Promise<void> {
    const { state } = this.#options;
    const block = common.Block.deserializeBinary(stored.block);
    const header = this.#checkPlace(block);
    const number = header.getNumber();
    const snapshot = this.#options.snapshot();
    try {
      const codes = validationCodes(block);
      const judged = (block.getData()?.getDataList_asU8() ?? []).map((envelope, index): Judged => {
        const code = codes[index] ?? Code.NOT_VALIDATED;
        const transaction = code === Code.VALID ? readTransaction(envelope) : undefined;
        return { txId: txIdOf(envelope), code, transaction };
      });
      const privateSets = decodePrivatePart(stored.privatePart);
      const writeSets = WriteSets.over(state, snapshot);
      judged.forEach(({ transaction }, index) => {
        if (transaction === undefined) return;
        const bytes = privateSets.get(index);
        const privateSet = bytes && ledger.rwset.TxPvtReadWriteSet.deserializeBinary(bytes);
        writeSets.apply(transaction.readWriteSet, { block: number, transaction: index }, privateSet);
      });
      writeSets.expire(state.expiring(number), lastHeight(number, judged.length));
      const hash = common.Metadata.deserializeBinary(getMetadata(block, 'COMMIT_HASH')).getValue_asU8();
      await state.commit(
        blockCommit(header, {
          transactions: judged,
          updates: writeSets.batch,
          location: stored.location,
          commitHash: Buffer.from(hash),
          chaincode: (name) => this.#options.chaincode(name, snapshot),
        }),
      );
      this.#tellOfLifecycle(writeSets.batch);
      this.#tellOfConfiguration(block, judged);
    } finally {
      snapshot.close();
    }
  }

  #tellOfLifecycle({ publicUpdates, hashedUpdates }: UpdateBatch): void {
    const isTouched =
      publicUpdates.names().includes(LIFECYCLE) ||
      hashedUpdates.names().some((name) => name.split('\0')[0] === LIFECYCLE);
    if (isTouched) this.#options.onLifecycleChange();
  }

  #tellOfConfiguration(block: common.Block, [first]: readonly Judged[]): void {
    const [envelope] = block.getData()?.getDataList_asU8() ?? [];
    if (envelope === undefined || first?.code !== Code.VALID || !isConfig(envelope)) return;
    this.#options.onConfiguration();
  }

  /** Ends a wait for room: what waits is given up. */
  close(): void {
    this.#room.close();
  }

  /** @returns the block's header. @throws BlockStoreError (CORRUPT) where it does not follow the last one. */
  #checkPlace(block: common.Block): common.BlockHeader {
    const header = block.getHeader() ?? new common.BlockHeader();
    const last = this.#options.state.savepoint();
    const follows =
      header.getNumber() === (last?.block ?? -1) + 1 &&
      (last?.headerHash ?? Buffer.alloc(0)).equals(header.getPreviousHash_asU8()) &&
      dataHash(block.getData()?.getDataList_asU8() ?? []).equals(header.getDataHash_asU8());
    if (!follows) {
      throw new BlockStoreError(
        'CORRUPT',
        `block ${String(header.getNumber())} does not follow the last one`,
      );
    }
    return header;
  }
}

export function lastHeight(block: number, transactions: number): Height {
  return { block, transaction: Math.max(transactions - 1, 0) };
}
