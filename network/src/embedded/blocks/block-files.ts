import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  blockFiles,
  fileName,
  recordEnd,
  scanBlocks,
  type BlockLocation,
  type Damage,
  type StoredBlock,
} from './block-scan.js';
import { BlockReader, corruptBlock } from './block-reader.js';
import { BlockStoreError } from './block-store-error.js';
import { isDiskFull, systemDisk, writeWhole, type Disk } from './disk.js';
import { encodeFrameHead, FRAME_HEAD_BYTES } from './frame.js';
import { replayScrub, writeScrub } from './scrub-journal.js';

const DEFAULT_MAX_FILE_BYTES = 64 * 1024 * 1024;

/**
 * Append-only files of blocks. `append` returns when the block is on disk; a crash leaves at most a torn last
 * record, which `open` cuts off. One writer; reads may come at any time.
 */
export class BlockFiles {
  readonly #disk: Disk;
  readonly #dir: string;
  readonly #maxFileBytes: number;
  readonly #reader: BlockReader;
  #writer: number;
  #file: number;
  #offset: number;
  #failed: unknown;

  private constructor(
    disk: Disk,
    dir: string,
    maxFileBytes: number,
    writer: number,
    file: number,
    offset: number,
  ) {
    this.#disk = disk;
    this.#dir = dir;
    this.#reader = new BlockReader(dir, disk);
    this.#maxFileBytes = maxFileBytes;
    this.#writer = writer;
    this.#file = file;
    this.#offset = offset;
  }

  /**
   * Opens the files and gives `visit` every block that comes after `from` (undefined: all), in order; what lies
   * before is not read. A torn last record is cut off.
   * @throws BlockStoreError (CORRUPT) where the record at `from`, or one behind it and before the tail, is damaged.
   */
  static async open(
    dir: string,
    options: {
      maxFileBytes?: number;
      from?: BlockLocation | undefined;
      visit?: (stored: StoredBlock, files: BlockFiles) => Promise<void> | void;
      disk?: Disk;
    } = {},
  ): Promise<BlockFiles> {
    const { from, disk = systemDisk } = options;
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    replayScrub(disk, dir);
    const last = Math.max(blockFiles(disk, dir).at(-1) ?? 0, from?.file ?? 0);
    const writer = disk.open(join(dir, fileName(last)), 'write');
    const maxFileBytes = options.maxFileBytes ?? DEFAULT_MAX_FILE_BYTES;
    const store = new BlockFiles(disk, dir, maxFileBytes, writer, last, 0);
    try {
      disk.syncFolder(dir);
      if (from !== undefined) store.read(from);
      if (from?.file === last) store.#offset = recordEnd(from);
      for (const found of scanBlocks(disk, dir, from)) {
        if ('what' in found) store.#cutTail(found);
        else {
          await options.visit?.(found, store);
          if (found.location.file === last) store.#offset = recordEnd(found.location);
        }
      }
    } catch (error) {
      await store.close();
      throw error;
    }
    return store;
  }

  /**
   * @returns once block and private part are on disk.
   * @throws BlockStoreError DISK_FULL where there is no room, and nothing of the block is left: try again later.
   * FAILED after any other failure, and at every further call.
   */
  async append(block: Uint8Array, privatePart: Uint8Array): Promise<BlockLocation> {
    if (this.#failed !== undefined) {
      throw new BlockStoreError('FAILED', 'an earlier write of a block failed; restart', {
        cause: this.#failed,
      });
    }
    const record = Buffer.concat([encodeFrameHead(block, privatePart), block, privatePart]);
    try {
      if (this.#offset > 0 && this.#offset >= this.#maxFileBytes) this.#startFile();
      const location = {
        file: this.#file,
        offset: this.#offset,
        blockLength: block.length,
        privateLength: privatePart.length,
      };
      writeWhole(this.#disk, this.#writer, record, this.#offset);
      await this.#disk.sync(this.#writer);
      this.#offset += record.length;
      return location;
    } catch (cause) {
      throw this.#afterFailure(cause);
    }
  }

  /** @throws BlockStoreError (CORRUPT) where the record is damaged. */
  read(location: BlockLocation): StoredBlock {
    return this.#reader.read(location);
  }

  /**
   * Replaces a block's private part by one of the same length, so that erased values are gone from the file. A
   * crash in between leaves the old or the new part, never a mixture.
   * @throws BlockStoreError DISK_FULL where there is no room: try again, as the part may be half erased until then.
   */
  replacePrivatePart(location: BlockLocation, privatePart: Buffer): void {
    if (privatePart.length !== location.privateLength)
      throw new RangeError('the private part keeps its length');
    try {
      // One that failed half-way comes first.
      replayScrub(this.#disk, this.#dir);
      const { block } = this.read(location);
      const head = encodeFrameHead(block, privatePart);
      writeScrub(this.#disk, this.#dir, {
        file: fileName(location.file),
        pieces: [
          { offset: location.offset, bytes: head },
          { offset: location.offset + FRAME_HEAD_BYTES + location.blockLength, bytes: privatePart },
        ],
      });
    } catch (cause) {
      if (!isDiskFull(cause)) throw cause;
      throw new BlockStoreError('DISK_FULL', 'there is no room to erase private data', { cause });
    }
  }

  close(): Promise<void> {
    this.#reader.close();
    if (this.#writer !== -1) this.#disk.close(this.#writer);
    this.#writer = -1;
    this.#failed ??= new Error('the files are closed');
    return Promise.resolve();
  }

  /** A full disk leaves what was written before untouched: what came of the block is cut off again. */
  #afterFailure(cause: unknown): BlockStoreError {
    if (isDiskFull(cause)) {
      try {
        this.#disk.truncate(this.#writer, this.#offset);
        this.#disk.syncNow(this.#writer);
        return new BlockStoreError('DISK_FULL', 'there is no room for the next block', { cause });
      } catch {
        // As any other failure.
      }
    }
    // What the disk holds now is unknown: only a restart, which reads it, can tell.
    this.#failed = cause;
    return new BlockStoreError('FAILED', 'a block could not be written', { cause });
  }

  #startFile(): void {
    const path = join(this.#dir, fileName(this.#file + 1));
    const writer = this.#disk.open(path, 'write');
    try {
      this.#disk.syncFolder(this.#dir);
    } catch (error) {
      this.#disk.close(writer);
      throw error;
    }
    this.#disk.close(this.#writer);
    this.#writer = writer;
    this.#file += 1;
    this.#offset = 0;
  }

  #cutTail(damage: Damage): void {
    if (!damage.isTail) throw corruptBlock(this.#dir, damage);
    this.#disk.truncate(this.#writer, damage.offset);
    this.#disk.syncNow(this.#writer);
    this.#offset = damage.offset;
  }
}
