import { copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { systemDisk } from '../blocks/index.js';
import type { MspManager } from '../parts.js';
import { ConfiguredPolicies, type ChannelPolicies } from '../policy/index.js';
import {
  checkFiles,
  checkManifestSignature,
  readConfigBlock,
  readManifest,
  type SnapshotManifest,
} from './manifest.js';
import { baseFolder } from './snapshot-base.js';
import { invalid, SnapshotError } from './snapshot-error.js';

export interface RestoreTarget {
  /** Folder of the channel's data. */
  readonly dir: string;
  readonly channelId: string;
  readonly msps: MspManager;
}

/**
 * Copies a snapshot to where the next start takes the state from. The copy is checked, not the original: what is used
 * is what was checked.
 * @throws SnapshotError SNAPSHOT_INVALID for one that was changed or is another channel's or consortium's, LEDGER_EXISTS.
 */
export function restoreSnapshot(from: string, target: RestoreTarget): SnapshotManifest {
  const { dir, channelId, msps } = target;
  const exists = ['base', 'blocks', 'state'].find((name) => holdsFiles(join(dir, name)));
  if (exists !== undefined) {
    throw new SnapshotError(
      'LEDGER_EXISTS',
      `channel ${channelId} has data already, in ${join(dir, exists)}`,
      {
        hint: 'A snapshot is restored into a home without a ledger.',
      },
    );
  }
  const temporary = join(dir, '.base-restored');
  rmSync(temporary, { recursive: true, force: true });
  mkdirSync(temporary, { recursive: true, mode: 0o700 });
  try {
    copyFiles(from, temporary);
    const manifest = readManifest(temporary);
    if (manifest.channel !== channelId) {
      throw invalid(from, `it is of channel ${manifest.channel}, not ${channelId}`);
    }
    checkFiles(temporary, manifest);
    checkManifestSignature(temporary, msps, policiesOf(temporary));
    systemDisk.syncFolder(temporary);
    renameSync(temporary, baseFolder(dir));
    systemDisk.syncFolder(dir);
    return manifest;
  } catch (error) {
    rmSync(temporary, { recursive: true, force: true });
    throw error;
  }
}

function policiesOf(dir: string): ChannelPolicies {
  try {
    return ConfiguredPolicies.ofBlock(readConfigBlock(dir));
  } catch (cause) {
    throw invalid(dir, 'its configuration cannot be read', cause);
  }
}

function holdsFiles(folder: string): boolean {
  return existsSync(folder) && readdirSync(folder).some((name) => name !== 'format');
}

function copyFiles(from: string, to: string): void {
  let names: string[];
  try {
    names = readdirSync(from);
  } catch (cause) {
    throw invalid(from, 'it cannot be read', cause);
  }
  for (const name of names) {
    copyFileSync(join(from, name), join(to, name));
    const file = systemDisk.open(join(to, name), 'write');
    try {
      systemDisk.syncNow(file);
    } finally {
      systemDisk.close(file);
    }
  }
}
