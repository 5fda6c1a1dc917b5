import { join } from 'node:path';
import { fileName, readRecord, type BlockLocation, type StoredBlock } from './block-scan.js';
import { BlockStoreError } from './block-store-error.js';
import { systemDisk, type Disk } from './disk.js';

/** What to do about damaged blocks. */
export const RESTORE =
  'Restore the folder of the blocks from a backup, and remove the folders state and transient beside it';

export function corruptBlock(
  dir: string,
  { file, offset, what }: { file: number; offset: number; what: string },
): BlockStoreError {
  const path = join(dir, fileName(file));
  return new BlockStoreError('CORRUPT', `${path} is damaged at ${String(offset)}: ${what}`, {
    hint: RESTORE,
  });
}

/** Reads blocks whose places are known; keeps the files open. */
export class BlockReader {
  readonly #dir: string;
  readonly #disk: Disk;
  readonly #open = new Map<number, number>();

  constructor(dir: string, disk: Disk = systemDisk) {
    this.#dir = dir;
    this.#disk = disk;
  }

  /** @throws BlockStoreError (CORRUPT) where the record is damaged. */
  read(location: BlockLocation): StoredBlock {
    let file = this.#open.get(location.file);
    if (file === undefined) {
      file = this.#disk.open(join(this.#dir, fileName(location.file)), 'read');
      this.#open.set(location.file, file);
    }
    const record = readRecord(this.#disk, file, location);
    if (typeof record === 'string') throw corruptBlock(this.#dir, { ...location, what: record });
    return record;
  }

  close(): void {
    for (const descriptor of this.#open.values()) this.#disk.close(descriptor);
    this.#open.clear();
  }
}
