import { common } from '@hyperledger/fabric-protos';
import { BoundedMap } from '../identity/index.js';
import type { BlockFiles } from '../blocks/index.js';
import { readCommittedBlock, readTransaction } from '../committer/index.js';
import type {
  ChaincodeDefinition,
  ChannelLedger,
  CommittedBlock,
  HistoryEntry,
  MspManager,
  Snapshot,
  TxValidationCode,
} from '../parts.js';
import type { StateDatabase } from '../state/index.js';
import { Definitions } from '../lifecycle/index.js';
import { ChannelPolicies } from '../policy/index.js';
import type { TransientDatabase } from './transient-database.js';

/** Blocks kept decoded for streams that are near the tip, and for history. */
const CACHED_BLOCKS = 64;

export interface ChannelLedgerParts {
  readonly channelId: string;
  readonly msps: MspManager;
  readonly state: StateDatabase;
  readonly transientStore: TransientDatabase;
}

export class FileChannelLedger implements ChannelLedger {
  readonly channelId: string;
  readonly msps: MspManager;
  readonly transientStore: TransientDatabase;
  readonly #state: StateDatabase;
  readonly #listeners = new Set<(block: CommittedBlock) => void>();
  readonly #blocks = new BoundedMap<number, CommittedBlock>(CACHED_BLOCKS);
  #files: BlockFiles | undefined;
  #configuration: { readonly policies: ChannelPolicies; readonly definitions: Definitions } | undefined;
  #lifecycleRevision = 0;

  constructor(parts: ChannelLedgerParts) {
    this.channelId = parts.channelId;
    this.msps = parts.msps;
    this.transientStore = parts.transientStore;
    this.#state = parts.state;
  }

  /** The files are opened after the ledger: recovery, which reads them, needs the ledger's snapshots. */
  useFiles(files: BlockFiles): void {
    this.#files = files;
  }

  get height(): number {
    const savepoint = this.#state.savepoint();
    return savepoint === undefined ? 0 : savepoint.block + 1;
  }

  get mspIds(): readonly string[] {
    return this.policies.organisations.map(({ mspId }) => mspId);
  }

  get policies(): ChannelPolicies {
    return this.#configured().policies;
  }

  get lifecycleRevision(): number {
    return this.#lifecycleRevision;
  }

  chaincode(name: string, at?: Snapshot): ChaincodeDefinition | undefined {
    const { definitions } = this.#configured();
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
  }

  /** A block wrote to the state of `_lifecycle`. */
  lifecycleChanged(): void {
    this.#lifecycleRevision += 1;
  }

  /** By block 0; read when it is first asked for, as the block files are opened late. */
  #configured() {
    if (this.#configuration === undefined) {
      const policies = ChannelPolicies.ofBlock(this.block(0)?.block ?? new common.Block());
      this.#configuration = { policies, definitions: new Definitions(policies) };
    }
    return this.#configuration;
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
