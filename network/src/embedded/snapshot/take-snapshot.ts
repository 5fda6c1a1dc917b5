import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { common } from '@hyperledger/fabric-protos';
import { BlockReader, lastConfigOf, replaceFile, systemDisk } from '../blocks/index.js';
import type { NodeSigner } from '../parts.js';
import {
  StateDatabase,
  STATE_PART_NAMES,
  writeEntries,
  type FrozenState,
  type Savepoint,
} from '../state/index.js';
import { CONFIG_BLOCK, fileOfPart, hashFile, writeManifest, type SnapshotManifest } from './manifest.js';
import { SnapshotError } from './snapshot-error.js';
import { SnapshotBase } from './snapshot-base.js';

export interface SnapshotSource {
  /** Folder of the channel's data. */
  readonly dir: string;
  readonly channelId: string;
  /** An orderer of the channel. */
  readonly signer: NodeSigner;
}

/**
 * Copies the state at its present height, private values and transaction ids with it, into a new folder (0700) with a
 * signed manifest. The ledger may run meanwhile, in another process.
 * @param out Folder to be made; called with the height, which is known only then.
 * @throws SnapshotError SNAPSHOT_EXISTS, NO_STATE; nothing is then left behind.
 */
export async function takeSnapshot(
  source: SnapshotSource,
  out: (height: number) => string,
): Promise<{ dir: string; manifest: SnapshotManifest }> {
  const folder = join(source.dir, 'state');
  if (!existsSync(join(folder, 'data.mdb'))) throw noState(source);
  const state = StateDatabase.open(folder, { readOnly: true });
  const frozen = state.freeze();
  try {
    const { savepoint } = frozen;
    if (savepoint === undefined) throw noState(source);
    const dir = out(savepoint.block + 1);
    if (existsSync(dir)) {
      throw new SnapshotError('SNAPSHOT_EXISTS', `${dir} is there already`, { hint: 'Give another --out.' });
    }
    mkdirSync(dirname(dir), { recursive: true });
    const temporary = mkdtempSync(join(dirname(dir), `.${basename(dir)}-`));
    try {
      const manifest = writeFiles(temporary, source, state, frozen, savepoint);
      writeManifest(temporary, manifest, source.signer);
      renameSync(temporary, dir);
      systemDisk.syncFolder(dirname(dir));
      return { dir, manifest };
    } catch (error) {
      rmSync(temporary, { recursive: true, force: true });
      throw error;
    }
  } finally {
    frozen.close();
    await state.close();
  }
}

function writeFiles(
  dir: string,
  { dir: source, channelId }: SnapshotSource,
  state: StateDatabase,
  frozen: FrozenState,
  savepoint: Savepoint,
): SnapshotManifest {
  const chain = readChain(source, state, savepoint);
  const files: SnapshotManifest['files'] = {};
  replaceFile(systemDisk, dir, CONFIG_BLOCK, chain.configBlock);
  files[CONFIG_BLOCK] = hashFile(dir, CONFIG_BLOCK);
  for (const part of STATE_PART_NAMES) {
    const name = fileOfPart(part);
    const hash = createHash('sha256');
    const { bytes } = writeEntries(join(dir, name), frozen.part(part), (chunk) => hash.update(chunk));
    files[name] = { sha256: hash.digest('hex'), bytes };
  }
  return {
    format: 1,
    channel: channelId,
    height: savepoint.block + 1,
    lastBlockHash: savepoint.headerHash.toString('hex'),
    previousBlockHash: chain.previousBlockHash,
    commitHash: savepoint.commitHash.toString('hex'),
    lastConfigBlock: chain.lastConfigBlock,
    stateHash: frozen.hash() ?? '',
    files,
  };
}

/** What a snapshot takes from the blocks, or from the snapshot that the ledger was begun from. */
function readChain(
  dir: string,
  state: StateDatabase,
  { location }: Savepoint,
): { configBlock: Uint8Array; lastConfigBlock: number; previousBlockHash: string } {
  const base = SnapshotBase.open(dir);
  const blocks = new BlockReader(join(dir, 'blocks'));
  try {
    const last = location && common.Block.deserializeBinary(blocks.read(location).block);
    const lastConfigBlock = (last === undefined ? base?.manifest.lastConfigBlock : lastConfigOf(last)) ?? 0;
    const place = state.location(lastConfigBlock);
    const configBlock = place === undefined ? base?.configBlock.serializeBinary() : blocks.read(place).block;
    if (configBlock === undefined) throw new SnapshotError('NO_STATE', `${dir} has no configuration block`);
    const previousBlockHash = last === undefined ? base?.manifest.previousBlockHash : previousHash(last);
    return { configBlock, lastConfigBlock, previousBlockHash: previousBlockHash ?? '' };
  } finally {
    blocks.close();
  }
}

function previousHash(block: common.Block): string {
  return Buffer.from(block.getHeader()?.getPreviousHash_asU8() ?? []).toString('hex');
}

function noState({ dir, channelId }: SnapshotSource): SnapshotError {
  return new SnapshotError('NO_STATE', `channel ${channelId} has no state in ${dir}`, {
    hint: 'Start the ledger once: medaccord up',
  });
}
