import { common } from '@hyperledger/fabric-protos';
import { BoundedMap } from '../identity/index.js';
import { lastConfigOf, type BlockReader } from '../blocks/index.js';
import { readCommittedBlock, readTransaction } from '../committer/index.js';
import type {
  ChaincodeDefinition,
  ChannelLedger,
  ChannelPolicies,
  CommittedBlock,
  HistoryEntry,
  MspManager,
  Snapshot,
  TransientStore,
  TxValidationCode,
} from '../parts.js';
import type { SnapshotBase } from '../snapshot/index.js';
import type { StateDatabase } from '../state/index.js';
import { ChannelConfiguration } from '../configuration/index.js';
import { Definitions } from '../lifecycle/index.js';

/** Blocks kept decoded for streams that are near the tip, and for history. */
const CACHED_BLOCKS = 64;

export interface ChannelLedgerParts {
  readonly channelId: string;
  readonly msps: MspManager;
  readonly state: StateDatabase;
  /** What the ledger was begun from, where that was a snapshot. */
  readonly base?: SnapshotBase | undefined;
  readonly transientStore: TransientStore & { close(): Promise<void> };
  onClosed?(): void;
}

/** For a ledger that only reads: nothing is endorsed. */
export const NO_TRANSIENT: ChannelLedgerParts['transientStore'] = {
  put: () => Promise.reject(new Error('nothing is endorsed here')),
  get: () => [],
  remove: () => undefined,
  purgeBelow: () => undefined,
  close: () => Promise.resolve(),
};

/** Where blocks are read from: files that are written to, or not. */
export interface BlockSource extends Pick<BlockReader, 'read'> {
  close(): Promise<void> | void;
}

export class FileChannelLedger implements ChannelLedger {
  readonly channelId: string;
  readonly msps: MspManager;
  readonly transientStore: ChannelLedgerParts['transientStore'];
  readonly begunFrom: ChannelLedger['begunFrom'];
  readonly firstBlock: number;
  readonly #state: StateDatabase;
  readonly #base: SnapshotBase | undefined;
  readonly #onClosed: (() => void) | undefined;
  readonly #listeners = new Set<(block: CommittedBlock) => void>();
  readonly #blocks = new BoundedMap<number, CommittedBlock>(CACHED_BLOCKS);
  #files: BlockSource | undefined;
  #configured:
    { readonly configuration: ChannelConfiguration; readonly definitions: Definitions } | undefined;
  #lifecycleRevision = 0;

  constructor(parts: ChannelLedgerParts) {
    this.channelId = parts.channelId;
    this.msps = parts.msps;
    this.transientStore = parts.transientStore;
    this.#state = parts.state;
    this.#base = parts.base;
    this.begunFrom = parts.base && begunFrom(parts.base);
    this.firstBlock = (this.begunFrom?.lastBlock ?? -1) + 1;
    this.#onClosed = parts.onClosed;
  }

  /** The files are opened after the ledger: recovery, which reads them, needs the ledger's snapshots. */
  useFiles(files: BlockSource): void {
    this.#files = files;
  }

  get height(): number {
    const savepoint = this.#state.savepoint();
    return savepoint === undefined ? 0 : savepoint.block + 1;
  }

  get configBlock(): common.Block {
    const last = this.block(this.height - 1)?.block;
    const found = last && this.block(lastConfigOf(last))?.block;
    // What a snapshot's last configuration is, no block here has.
    return found ?? this.#base?.configBlock ?? new common.Block();
  }

  get mspIds(): readonly string[] {
    return this.policies.organisations.map(({ mspId }) => mspId);
  }

  get policies(): ChannelPolicies {
    return this.configuration.policies;
  }

  get configuration(): ChannelConfiguration {
    return this.#inForce().configuration;
  }

  get lifecycleRevision(): number {
    return this.#lifecycleRevision;
  }

  chaincode(name: string, at?: Snapshot): ChaincodeDefinition | undefined {
    const { definitions } = this.#inForce();
    if (at !== undefined) return definitions.at(at, name);
    const snapshot = this.snapshot();
    try {
      return definitions.at(snapshot, name);
    } finally {
      snapshot.close();
    }
  }

  snapshot(): Snapshot {
    return this.#state.snapshot((block, transaction, namespace, key) =>
      this.#historyEntry(block, transaction, namespace, key),
    );
  }

  block(number: number): CommittedBlock | undefined {
    const cached = this.#blocks.get(number);
    if (cached !== undefined) return cached;
    const location = this.#state.location(number);
    if (location === undefined || this.#files === undefined) return undefined;
    const block = readCommittedBlock(this.#files.read(location));
    this.#blocks.set(number, block);
    return block;
  }

  transaction(txId: string): { code: TxValidationCode; block: number; index: number } | undefined {
    return this.#state.transaction(txId);
  }

  blockNumberByHash(headerHash: Uint8Array): number | undefined {
    return this.#state.blockNumberByHash(headerHash);
  }

  onCommit(listener: (block: CommittedBlock) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Tells the listeners; one that throws does not keep the others from hearing. */
  publish(block: CommittedBlock): void {
    this.#blocks.set(block.number, block);
    for (const listener of [...this.#listeners]) {
      try {
        listener(block);
      } catch (error) {
        process.emitWarning(`a listener for commits failed: ${String(error)}`);
      }
    }
  }

  /** Forgets decoded blocks whose private values were erased. */
  forget(blocks: readonly number[]): void {
    for (const number of blocks) this.#blocks.delete(number);
  }

  async close(): Promise<void> {
    this.#listeners.clear();
    await this.#files?.close();
    await Promise.all([this.#state.close(), this.transientStore.close()]);
    this.#onClosed?.();
  }

  /** Another configuration is in force: of what it says nothing is remembered, and its MSPs are who is known. */
  configurationChanged(): void {
    this.#configured = undefined;
    this.#lifecycleRevision += 1;
    this.msps.configure(this.configuration.msps);
  }

  /** A block wrote to the state of `_lifecycle`. */
  lifecycleChanged(): void {
    this.#lifecycleRevision += 1;
  }

  /** By the configuration in force; read when it is first asked for, as the block files are opened late. */
  #inForce() {
    if (this.#configured === undefined) {
      const configuration = new ChannelConfiguration(this.channelId, this.configBlock);
      this.#configured = { configuration, definitions: new Definitions(configuration.policies) };
    }
    return this.#configured;
  }

  #historyEntry(number: number, index: number, namespace: string, key: string): HistoryEntry | undefined {
    const envelope = this.block(number)?.block.getData()?.getDataList_asU8()[index];
    const transaction = envelope && readTransaction(envelope);
    const set = transaction?.readWriteSet.find((entry) => entry.namespace === namespace);
    const write = set?.writes.findLast((entry) => entry.key === key);
    if (transaction === undefined || write === undefined) return undefined;
    return {
      txId: transaction.txId,
      value: write.isDelete ? new Uint8Array() : write.value,
      isDelete: write.isDelete,
      timestamp: transaction.timestamp,
    };
  }
}

function begunFrom({ manifest }: SnapshotBase): ChannelLedger['begunFrom'] {
  return {
    lastBlock: manifest.height - 1,
    lastBlockHash: Buffer.from(manifest.lastBlockHash, 'hex'),
    previousBlockHash: Buffer.from(manifest.previousBlockHash, 'hex'),
  };
}
