import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { common } from '@hyperledger/fabric-protos';
import { replayScrub, systemDisk, writeScrub } from '../blocks/index.js';
import type { Height } from '../parts.js';
import {
  decodeRecord,
  readEntries,
  readPrivateKey,
  type Erasure,
  type LoadedEntry,
  type PrivateKeyRef,
  type StateDatabase,
  type StatePart,
} from '../state/index.js';
import {
  checkFiles,
  ERASABLE,
  fileOfPart,
  readConfigBlock,
  readManifest,
  type SnapshotManifest,
} from './manifest.js';
import { invalid } from './snapshot-error.js';

const HEAD_BYTES = 8;
const PRIVATE = fileOfPart('private');

export function baseFolder(dir: string): string {
  return join(dir, 'base');
}

/** The snapshot that a ledger was begun from, kept beside its blocks: the state is made again from both. */
export class SnapshotBase {
  readonly manifest: SnapshotManifest;
  readonly configBlock: common.Block;
  readonly #dir: string;

  private constructor(dir: string) {
    this.#dir = dir;
    this.manifest = readManifest(dir);
    this.configBlock = readConfigBlock(dir);
  }

  /**
   * @param dir Folder of the channel's data.
   * @returns undefined where the ledger began with block 0.
   * @throws SnapshotError SNAPSHOT_INVALID.
   */
  static open(dir: string): SnapshotBase | undefined {
    const folder = baseFolder(dir);
    return existsSync(folder) ? new SnapshotBase(folder) : undefined;
  }

  /** Finishes an erasure that a crash interrupted. */
  recover(): void {
    replayScrub(systemDisk, this.#dir);
  }

  /** All but the private values is as the manifest says. @throws SnapshotError SNAPSHOT_INVALID. */
  check(): void {
    checkFiles(this.#dir, this.manifest, ERASABLE);
  }

  /**
   * Puts everything into an empty state.
   * @returns the private values that were erased since.
   * @throws SnapshotError SNAPSHOT_INVALID where a file is damaged or a private value does not fit its hash.
   */
  async load(state: StateDatabase): Promise<(PrivateKeyRef & { writtenAt: Height | undefined })[]> {
    this.check();
    for (const part of ['public', 'hashes', 'expiries', 'transactions'] as const) {
      await state.load(withoutOffsets(this.#entries(part)));
    }
    const erased: (PrivateKeyRef & { writtenAt: Height | undefined })[] = [];
    await state.load(this.#privateEntries(state, erased));
    await state.begin({
      block: this.manifest.height - 1,
      location: undefined,
      headerHash: Buffer.from(this.manifest.lastBlockHash, 'hex'),
      commitHash: Buffer.from(this.manifest.commitHash, 'hex'),
    });
    return erased;
  }

  /** Overwrites private values with zeros. */
  erase(state: StateDatabase, erasures: readonly Erasure[]): void {
    const offsets = new Set(erasures.map((erasure) => state.offsetInSnapshot(erasure)));
    if (offsets.size === 0) return;
    const pieces = [...this.#entries('private')]
      .filter(({ offset }) => offsets.has(offset))
      .map(({ key, value, offset }) => ({
        offset: offset + HEAD_BYTES + key.length,
        bytes: Buffer.alloc(value.length),
      }));
    writeScrub(systemDisk, this.#dir, { file: PRIVATE, pieces });
  }

  #entries(part: StatePart): ReturnType<typeof readEntries> {
    return readEntries(join(this.#dir, fileOfPart(part)));
  }

  *#privateEntries(
    state: StateDatabase,
    erased: (PrivateKeyRef & { writtenAt: Height | undefined })[],
  ): Iterable<LoadedEntry> {
    for (const entry of this.#entries('private')) {
      const { namespace, collection, key } = readPrivateKey(entry.key);
      const keyHash = createHash('sha256').update(key).digest();
      const ref = { namespace, collection, keyHash };
      if (entry.value.every((byte) => byte === 0)) {
        erased.push({ ...ref, writtenAt: state.privateHash(ref)?.version });
        continue;
      }
      const { value, version } = decodeRecord(entry.value);
      const hash = state.privateHash(ref);
      const isCurrent =
        hash?.version.block === version.block && hash.version.transaction === version.transaction;
      if (isCurrent && !createHash('sha256').update(value).digest().equals(hash.value)) {
        throw invalid(this.#dir, `a private value of ${collection} does not fit its hash`);
      }
      yield entry;
    }
  }
}

function* withoutOffsets(entries: Iterable<LoadedEntry>): Iterable<LoadedEntry> {
  for (const { key, value } of entries) yield { key, value };
}
