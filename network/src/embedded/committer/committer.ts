import { setImmediate } from 'node:timers/promises';
import { common, ledger } from '@hyperledger/fabric-protos';
import {
  BlockStoreError,
  dataHash,
  decodePrivatePart,
  encodePrivatePart,
  headerHash,
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
import type { StateDatabase, UpdateBatch } from '../state/index.js';
import { commitHash } from './commit-hash.js';
import { describeBlock, validationCodes } from './committed-block.js';
import { checkConflicts } from './conflict-check.js';
import { EndorsementCheck, PolicyCache } from './endorsement-policies.js';
import {
  readTransaction,
  txIdOf,
  validateEnvelope,
  type EndorserTransaction,
} from './endorser-transaction.js';
import { erasePrivateValues } from './erasure.js';
import { fittingPrivateSet } from './private-sets.js';
import { Code, Invalid } from './verdict.js';
import { WriteSets } from './write-sets.js';

/** Transactions verified before other work gets a turn. */
const VERIFY_BATCH = 8;
/** Blocks that an endorsed transaction may take to come back before its private data is forgotten. */
const TRANSIENT_BLOCKS = 1_000;
const HASH_BYTES = 32;

export interface CommitterOptions {
  readonly channelId: string;
  readonly msps: MspManager;
  /** Opened after the committer, which recovery needs. */
  files(): BlockFiles;
  readonly state: StateDatabase;
  readonly transientStore: TransientStore;
  chaincode(name: string): ChaincodeDefinition | undefined;
  snapshot(): Snapshot;
  /** Private values are gone from these blocks: what was decoded of them has to be forgotten. */
  onErased(blocks: readonly number[]): void;
  /** Told of every transaction that was found invalid. */
  onInvalid?(txId: string, code: TxValidationCode, reason: string): void;
}

interface Judged {
  readonly txId: string;
  code: TxValidationCode;
  readonly transaction: EndorserTransaction | undefined;
}

/** Judges ordered blocks, makes them durable, then visible. One block at a time. */
export class Committer {
  readonly #options: CommitterOptions;
  readonly #policies = new PolicyCache();

  constructor(options: CommitterOptions) {
    this.#options = options;
  }

  /**
   * Validates the block, writes verdicts and commit hash into its metadata, appends it to the files with one sync
   * and brings the state forward.
   * @returns once the block is durable and its state visible.
   */
  async commit(block: common.Block): Promise<CommittedBlock> {
    const number = this.#checkPlace(block);
    const snapshot = this.#options.snapshot();
    try {
      const judged = await this.#judge(block, snapshot);
      const { writeSets, privateSets } = this.#resolve(judged, number, snapshot);
      const filter = Uint8Array.from(judged.map(({ code }) => code));
      setMetadata(block, 'TRANSACTIONS_FILTER', filter);
      const previous = this.#options.state.savepoint()?.commitHash ?? Buffer.alloc(0);
      const hash = number === 0 ? Buffer.alloc(0) : commitHash(filter, writeSets.batch, previous);
      if (number > 0) setMetadata(block, 'COMMIT_HASH', wrapMetadata(hash));
      writeSets.expire(this.#options.state.expiring(number), lastHeight(number, judged.length));
      const location = await this.#options
        .files()
        .append(block.serializeBinary(), encodePrivatePart(privateSets));
      await this.#store(block, judged, writeSets.batch, location, hash);
      this.#options.transientStore.remove(judged.map(({ txId }) => txId));
      this.#options.transientStore.purgeBelow(number - TRANSIENT_BLOCKS);
      const erased = await erasePrivateValues(this.#options.files(), this.#options.state);
      if (erased.length > 0) this.#options.onErased(erased);
      return describeBlock(block, privateSets);
    } finally {
      snapshot.close();
    }
  }

  /** Brings the state forward by a block that is on disk already; its verdicts are in it. */
  async replay(stored: StoredBlock): Promise<void> {
    const block = common.Block.deserializeBinary(stored.block);
    const number = this.#checkPlace(block);
    const snapshot = this.#options.snapshot();
    try {
      const codes = validationCodes(block);
      const judged = (block.getData()?.getDataList_asU8() ?? []).map((envelope, index): Judged => {
        const code = codes[index] ?? Code.NOT_VALIDATED;
        const transaction = code === Code.VALID ? readTransaction(envelope) : undefined;
        return { txId: txIdOf(envelope), code, transaction };
      });
      const privateSets = decodePrivatePart(stored.privatePart);
      const writeSets = this.#writeSets(snapshot);
      judged.forEach(({ transaction }, index) => {
        if (transaction === undefined) return;
        const bytes = privateSets.get(index);
        const privateSet = bytes && ledger.rwset.TxPvtReadWriteSet.deserializeBinary(bytes);
        writeSets.apply(transaction.readWriteSet, { block: number, transaction: index }, privateSet);
      });
      writeSets.expire(this.#options.state.expiring(number), lastHeight(number, judged.length));
      const hash = common.Metadata.deserializeBinary(
        block.getMetadata()?.getMetadataList_asU8()[common.BlockMetadataIndex.COMMIT_HASH] ??
          new Uint8Array(),
      ).getValue_asU8();
      await this.#store(block, judged, writeSets.batch, stored.location, Buffer.from(hash));
    } finally {
      snapshot.close();
    }
  }

  /** @returns the block's number. @throws BlockStoreError (CORRUPT) where it does not follow the last one. */
  #checkPlace(block: common.Block): number {
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
    return header.getNumber();
  }

  #writeSets(snapshot: Snapshot): WriteSets {
    const { state } = this.#options;
    return new WriteSets({
      snapshot,
      preimage: (ref) => state.preimage(ref),
      canStore: (namespace, collection, key) => state.canStore(namespace, collection, key),
    });
  }

  /** Everything that can be said of each transaction without the block's other writes. */
  async #judge(block: common.Block, snapshot: Snapshot): Promise<Judged[]> {
    const { channelId, msps, state } = this.#options;
    const endorsements = new EndorsementCheck({
      msps,
      snapshot,
      policies: this.#policies,
      chaincode: (name) => this.#options.chaincode(name),
    });
    const seen = new Set<string>();
    const judged: Judged[] = [];
    for (const [index, envelope] of (block.getData()?.getDataList_asU8() ?? []).entries()) {
      if (index > 0 && index % VERIFY_BATCH === 0) await setImmediate();
      const result = this.#attempt(txIdOf(envelope), () => {
        if (block.getHeader()?.getNumber() === 0) return undefined;
        const transaction = validateEnvelope(envelope, {
          channelId,
          msps,
          isCommitted: (txId) => state.transaction(txId) !== undefined,
        });
        endorsements.check(transaction);
        if (seen.has(transaction.txId)) throw new Invalid('DUPLICATE_TXID', 'twice in this block');
        seen.add(transaction.txId);
        this.#checkKeys(transaction);
        return transaction;
      });
      judged.push(result);
    }
    return judged;
  }

  #attempt(txId: string, judge: () => EndorserTransaction | undefined): Judged {
    try {
      return { txId, code: Code.VALID, transaction: judge() };
    } catch (error) {
      if (!(error instanceof Invalid)) throw error;
      this.#options.onInvalid?.(txId, error.code, error.message);
      return { txId, code: error.code, transaction: undefined };
    }
  }

  /** What the database could not hold, as Fabric's state database has its say about keys. */
  #checkKeys(transaction: EndorserTransaction): void {
    const canStore = (namespace: string, key: string): boolean =>
      key !== '' && this.#options.state.canStore(namespace, '', key);
    for (const { namespace, writes, metadataWrites, collections } of transaction.readWriteSet) {
      if (![...writes, ...metadataWrites].every(({ key }) => canStore(namespace, key))) {
        throw new Invalid('INVALID_WRITESET', 'a key is empty or too long');
      }
      for (const collection of collections) {
        const hashes = [...collection.writes, ...collection.metadataWrites];
        if (collection.name === '' || !hashes.every(({ keyHash }) => keyHash.length === HASH_BYTES)) {
          throw new Invalid('INVALID_WRITESET', 'a collection has no name, or a key hash is none');
        }
      }
    }
  }

  /** In the block's order: conflicts with what was committed and with the block's earlier valid transactions. */
  #resolve(
    judged: Judged[],
    block: number,
    snapshot: Snapshot,
  ): { writeSets: WriteSets; privateSets: Map<number, Uint8Array> } {
    const writeSets = this.#writeSets(snapshot);
    const privateSets = new Map<number, Uint8Array>();
    judged.forEach((entry, index) => {
      const { transaction, txId } = entry;
      if (transaction === undefined || entry.code !== Code.VALID) return;
      try {
        checkConflicts(transaction.readWriteSet, snapshot, writeSets.batch);
      } catch (error) {
        if (!(error instanceof Invalid)) throw error;
        entry.code = error.code;
        this.#options.onInvalid?.(txId, error.code, error.message);
        return;
      }
      const privateSet = fittingPrivateSet(transaction.readWriteSet, this.#options.transientStore.get(txId));
      if (privateSet !== undefined) privateSets.set(index, privateSet.serializeBinary());
      writeSets.apply(transaction.readWriteSet, { block, transaction: index }, privateSet);
    });
    return { writeSets, privateSets };
  }

  async #store(
    block: common.Block,
    judged: readonly Judged[],
    updates: UpdateBatch,
    location: StoredBlock['location'],
    hash: Buffer,
  ): Promise<void> {
    const header = block.getHeader() ?? new common.BlockHeader();
    const number = header.getNumber();
    await this.#options.state.commit({
      block: number,
      location,
      headerHash: headerHash(header),
      commitHash: hash,
      transactions: judged.map(({ txId, code }, index) => ({ txId, code, block: number, index })),
      updates,
      expiryOf: (namespace, collection) => {
        const definition = this.#options.chaincode(namespace);
        const blocks = definition?.collections.find(({ name }) => name === collection)?.blockToLive ?? 0;
        return blocks > 0 ? number + blocks + 1 : undefined;
      },
    });
  }
}

function lastHeight(block: number, transactions: number): Height {
  return { block, transaction: Math.max(transactions - 1, 0) };
}
