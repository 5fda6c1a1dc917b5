import { existsSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { CodedError } from '../../coded-error.js';
import { BlockReader, BlockStoreError, RESTORE, scanBlocks, systemDisk } from '../blocks/index.js';
import { Committer } from '../committer/index.js';
import { SnapshotBase } from '../snapshot/index.js';
import { StateDatabase } from '../state/index.js';
import { FileChannelLedger, NO_TRANSIENT } from './channel-ledger.js';
import { prepareStateFolder, requireBlocksFormat } from './data-folders.js';
import { lockData } from './data-lock.js';
import type { ChannelOptions } from './open-channel.js';

export interface RebuildOptions extends Pick<ChannelOptions, 'dir' | 'channelId' | 'msps'> {
  /** Blocks that the state had before, where it could be read: fewer must not come out. */
  readonly knownHeight?: number | undefined;
  onProgress?(blocks: number): void;
}

export interface Rebuilt {
  readonly channelId: string;
  /** Number of blocks in the state. */
  readonly height: number;
  /** Hex; equal for all ledgers with the same blocks. */
  readonly stateHash: string;
}

/**
 * Makes state, history and indexes anew from the blocks, beside the old ones, and puts them in their place when they are
 * whole. Verdicts are taken as they are recorded: `fsck` is what checks them.
 * @throws CodedError LEDGER_IN_USE, LEDGER_FORMAT, NO_BLOCKS; BlockStoreError (CORRUPT). The old state is then untouched.
 */
export async function rebuildState(options: RebuildOptions): Promise<Rebuilt> {
  const { dir, channelId } = options;
  const lock = lockData(dir);
  const fresh = join(dir, 'state.new');
  try {
    requireBlocksFormat(join(dir, 'blocks'));
    rmSync(fresh, { recursive: true, force: true });
    prepareStateFolder(fresh);
    const rebuilt = await replayInto(fresh, options);
    if (rebuilt === undefined)
      throw new CodedError('NO_BLOCKS', `channel ${channelId} has no blocks in ${dir}`);
    replaceState(join(dir, 'state'), fresh);
    return rebuilt;
  } finally {
    rmSync(fresh, { recursive: true, force: true });
    lock.release();
  }
}

async function replayInto(folder: string, options: RebuildOptions): Promise<Rebuilt | undefined> {
  const { dir, channelId, msps, knownHeight = 0, onProgress } = options;
  const blocksDir = join(dir, 'blocks');
  const base = SnapshotBase.open(dir);
  const state = StateDatabase.open(folder);
  const ledger = new FileChannelLedger({ ...options, state, base, transientStore: NO_TRANSIENT });
  try {
    ledger.useFiles(new BlockReader(blocksDir));
    base?.recover();
    await base?.load(state);
    const committer = new Committer({
      channelId,
      msps,
      files: () => {
        throw new Error('nothing is written to the blocks here');
      },
      state,
      transientStore: NO_TRANSIENT,
      chaincode: (name, at) => ledger.chaincode(name, at),
      configuration: () => ledger.configuration,
      onConfiguration: () => ledger.configurationChanged(),
      onLifecycleChange: () => undefined,
      snapshot: () => ledger.snapshot(),
      onErased: () => undefined,
    });
    for (const found of scanBlocks(systemDisk, blocksDir)) {
      if ('what' in found) {
        if (found.isTail && ledger.height >= knownHeight) break;
        const place = `file ${String(found.file)}, offset ${String(found.offset)}`;
        throw corrupt(`block ${String(ledger.height)} is damaged (${place}): ${found.what}`);
      }
      await committer.replay(found);
      onProgress?.(ledger.height);
    }
    if (ledger.height < knownHeight) {
      throw corrupt(
        `the blocks end before block ${String(ledger.height)}; the state has ${String(knownHeight)}`,
      );
    }
    const frozen = state.freeze();
    const stateHash = frozen.hash();
    frozen.close();
    await state.flush();
    return stateHash === undefined ? undefined : { channelId, height: ledger.height, stateHash };
  } finally {
    await ledger.close();
  }
}

function corrupt(message: string): BlockStoreError {
  return new BlockStoreError('CORRUPT', message, { hint: RESTORE });
}

/** A crash in between leaves no state, and the next start makes one. */
function replaceState(current: string, fresh: string): void {
  const aside = `${current}.old`;
  rmSync(aside, { recursive: true, force: true });
  if (existsSync(current)) renameSync(current, aside);
  renameSync(fresh, current);
  rmSync(aside, { recursive: true, force: true });
}
