import { join } from 'node:path';
import { common } from '@hyperledger/fabric-protos';
import { CodedError } from '../../coded-error.js';
import type { RunLock } from '../../process/index.js';
import { BlockFiles, type BlockStoreError } from '../blocks/index.js';
import { channelIdOf, Committer } from '../committer/index.js';
import { signedConfig } from '../configuration/index.js';
import { startOrderer } from '../orderer/index.js';
import type { ChannelLedger, CommittedBlock, MspManager, NodeSigner, Orderer } from '../parts.js';
import { SnapshotBase } from '../snapshot/index.js';
import { StateDatabase } from '../state/index.js';
import type { ChannelConfig } from './channel-config.js';
import { FileChannelLedger } from './channel-ledger.js';
import { prepareDataFolders } from './data-folders.js';
import { lockData } from './data-lock.js';
import { genesisBlock } from './genesis-block.js';
import { TransientDatabase } from './transient-database.js';

export interface ChannelOptions {
  /** Folder of this channel's data; made where it is absent. */
  readonly dir: string;
  readonly channelId: string;
  /** Block 0, or what it is to say; read only where the channel has no block yet. */
  readonly genesis: common.Block | ChannelConfig;
  readonly msps: MspManager;
  readonly ordererSigner: NodeSigner;
  readonly maxQueued?: number;
  /** Told of every transaction that a block marks invalid: code (protos.TxValidationCode) and reason. */
  onInvalid?(txId: string, code: number, reason: string): void;
  /** State or transient data could not be used as they were, and are made again. */
  onRemade?(folder: string, reason: string): void;
  /** The disk is full: nothing is taken until there is room (undefined), and what was taken waits. */
  onDiskFull?(error: BlockStoreError | undefined): void;
  /** How often a block that the disk has no room for is tried again, in milliseconds. */
  readonly retryMs?: number;
  /** A block could not be written: the ledger takes nothing any more and has to be restarted. */
  onFailure?(error: unknown): void;
}

/**
 * Opens a channel's data, recovers what a crash left (a torn last block is cut off, the state is brought up to the
 * last block on disk), and starts ordering. Close the orderer first, then the ledger.
 * @throws BlockStoreError (CORRUPT) where the block files are damaged; CodedError LEDGER_IN_USE, LEDGER_FORMAT where
 * another version of this program wrote them, WRONG_CHANNEL.
 */
export async function openChannelLedger(
  options: ChannelOptions,
): Promise<{ ledger: ChannelLedger; orderer: Orderer }> {
  const { ledger, orderer } = await openChannel(options);
  return { ledger, orderer };
}

export interface OpenedChannel {
  readonly ledger: ChannelLedger;
  readonly orderer: Orderer;
  /** The orderer's way to the committer; tests put blocks of their own through it. */
  readonly commitBlock: (block: common.Block) => Promise<CommittedBlock>;
}

/** As openChannelLedger, with the way to the committer. */
export async function openChannel(options: ChannelOptions): Promise<OpenedChannel> {
  const lock = lockData(options.dir);
  try {
    return await openLocked(options, lock);
  } catch (error) {
    lock.release();
    throw error;
  }
}

async function openLocked(options: ChannelOptions, lock: RunLock): Promise<OpenedChannel> {
  const base = SnapshotBase.open(options.dir);
  const { state, transientStore } = openDatabases(options);
  const ledger = new FileChannelLedger({
    channelId: options.channelId,
    msps: options.msps,
    state,
    base,
    transientStore,
    onClosed: () => {
      lock.release();
    },
  });
  let files: BlockFiles | undefined;
  let isFull = false;
  try {
    const committer = new Committer({
      channelId: options.channelId,
      msps: options.msps,
      files: () => {
        if (files === undefined) throw new Error('the block files are not open yet');
        return files;
      },
      state,
      base,
      transientStore,
      chaincode: (name, at) => ledger.chaincode(name, at),
      configuration: () => ledger.configuration,
      onConfiguration: () => {
        ledger.configurationChanged();
      },
      onLifecycleChange: () => {
        ledger.lifecycleChanged();
      },
      snapshot: () => ledger.snapshot(),
      onErased: (blocks) => {
        ledger.forget(blocks);
      },
      onInvalid: options.onInvalid,
      retryMs: options.retryMs,
      onDiskFull: (error) => {
        isFull = error !== undefined;
        options.onDiskFull?.(error);
      },
    });
    base?.recover();
    if (state.savepoint() === undefined) await base?.load(state);
    files = await BlockFiles.open(join(options.dir, 'blocks'), {
      from: state.savepoint()?.location,
      visit: (stored, opened) => {
        // Definitions are judged by the configuration in force.
        ledger.useFiles(opened);
        return committer.replay(stored);
      },
    });
    ledger.useFiles(files);
    await committer.erase();
    if (state.savepoint() === undefined) {
      const genesis =
        options.genesis instanceof common.Block ? options.genesis : genesisBlock(options.genesis);
      await committer.commit(genesis);
    }
    checkChannelId(ledger, options);
    ledger.configurationChanged();
    const commitBlock = async (block: common.Block): Promise<CommittedBlock> => {
      const committed = await committer.commit(block);
      ledger.publish(committed);
      return committed;
    };
    const orderer = startOrderer({
      channelId: options.channelId,
      msps: options.msps,
      policies: () => ledger.policies,
      signer: options.ordererSigner,
      batch: () => ledger.configuration.batch,
      lastConfigBlock: () => ledger.configuration.block,
      configure: (update) => {
        const config = ledger.configuration.propose(update, options.msps);
        return signedConfig(options.channelId, config, options.ordererSigner);
      },
      tip: () => {
        const last = state.savepoint();
        if (last === undefined) throw new Error('the channel has no block 0');
        return { number: last.block, headerHash: last.headerHash };
      },
      maxQueued: options.maxQueued,
      commit: async (block) => {
        await commitBlock(block);
      },
      refusal: () => (isFull ? 'the disk of the ledger is full' : undefined),
      onFailure: options.onFailure,
    });
    return { ledger, orderer: closingFirst(orderer, committer), commitBlock };
  } catch (error) {
    await Promise.all([state.close(), transientStore.close(), files?.close()]);
    throw error;
  }
}

/** An orderer that closes lets go of a block that waits for room on the disk. */
function closingFirst(orderer: Orderer, committer: Committer): Orderer {
  return {
    broadcast: (envelope) => orderer.broadcast(envelope),
    close: () => {
      committer.close();
      return orderer.close();
    },
  };
}

function openDatabases({ dir, onRemade }: ChannelOptions) {
  const { remade, opened } = prepareDataFolders(dir);
  for (const { folder, reason } of remade) onRemade?.(folder, reason);
  const state = StateDatabase.open(join(dir, 'state'));
  const transientStore = TransientDatabase.open(join(dir, 'transient'));
  // Reading shows what opening alone does not.
  state.savepoint();
  opened();
  return { state, transientStore };
}

/** Data of another channel in the folder would be answered for this one. */
function checkChannelId(ledger: FileChannelLedger, { channelId, dir }: ChannelOptions): void {
  const [envelope] = ledger.configBlock.getData()?.getDataList_asU8() ?? [];
  const found = envelope === undefined ? '' : channelIdOf(envelope);
  if (found !== channelId) {
    throw new CodedError('WRONG_CHANNEL', `${dir} holds channel "${found}", not "${channelId}"`);
  }
}
