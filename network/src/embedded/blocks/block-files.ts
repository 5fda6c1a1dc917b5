import { closeSync, fsyncSync, openSync, readSync } from 'node:fs';
import { mkdir, open, readdir, stat, truncate, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { BlockStoreError } from './block-store-error.js';
import { decodeFrameHead, encodeFrameHead, fitsHead, FRAME_HEAD_BYTES, FRAME_MAGIC } from './frame.js';
import { replayScrub, writeScrub } from './scrub-journal.js';

/** Where a block lies. */
export interface BlockLocation {
  readonly file: number;
  readonly offset: number;
  readonly blockLength: number;
  readonly privateLength: number;
}
export interface StoredBlock {
  readonly location: BlockLocation;
  readonly block: Buffer;
  readonly privatePart: Buffer;
}

const RESTORE =
  'Restore the folder of the blocks from a backup, and remove the folders state and transient beside it';
const DEFAULT_MAX_FILE_BYTES = 64 * 1024 * 1024;
const FILE_NAME = /^blocks_(\d{6})$/;
const fileName = (file: number): string => `blocks_${String(file).padStart(6, '0')}`;

function syncDirectory(dir: string): void {
  const descriptor = openSync(dir, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/**
 * Append-only files of blocks. `append` returns when the block is on disk; a crash leaves at most a torn last
 * record, which `open` cuts off. One writer; reads may come at any time.
 */
export class BlockFiles {
  readonly #dir: string;
  readonly #maxFileBytes: number;
  readonly #readers = new Map<number, number>();
  #writer: FileHandle;
  #file: number;
  #offset: number;
  #failed: unknown;

  private constructor(dir: string, maxFileBytes: number, writer: FileHandle, file: number, offset: number) {
    this.#dir = dir;
    this.#maxFileBytes = maxFileBytes;
    this.#writer = writer;
    this.#file = file;
    this.#offset = offset;
  }

  /**
   * Opens the files and gives `visit` every block that comes after `from` (undefined: all), in order. A torn
   * last record is cut off.
   * @throws BlockStoreError (CORRUPT) where a record before the tail is damaged.
   */
  static async open(
    dir: string,
    options: {
      maxFileBytes?: number;
      from?: BlockLocation | undefined;
      visit?: (stored: StoredBlock) => Promise<void> | void;
    } = {},
  ): Promise<BlockFiles> {
    await mkdir(dir, { recursive: true });
    await replayScrub(dir);
    const files = (await readdir(dir))
      .map((name) => FILE_NAME.exec(name)?.[1])
      .filter((digits) => digits !== undefined)
      .map(Number)
      .sort((a, b) => a - b);
    const last = files.at(-1) ?? 0;
    const writer = await open(join(dir, fileName(last)), 'a');
    syncDirectory(dir);
    const store = new BlockFiles(dir, options.maxFileBytes ?? DEFAULT_MAX_FILE_BYTES, writer, last, 0);
    try {
      for (const file of files.length === 0 ? [last] : files) {
        if (options.from !== undefined && file < options.from.file) continue;
        await store.#scan(file, file === last, options);
      }
    } catch (error) {
      await store.close();
      throw error;
    }
    return store;
  }

  /** @returns once block and private part are on disk. After a failure every further call is refused. */
  async append(block: Uint8Array, privatePart: Uint8Array): Promise<BlockLocation> {
    if (this.#failed !== undefined) {
      throw new BlockStoreError('FAILED', 'an earlier write of a block failed; restart', {
        cause: this.#failed,
      });
    }
    try {
      if (this.#offset > 0 && this.#offset >= this.#maxFileBytes) await this.#startFile();
      const head = encodeFrameHead(block, privatePart);
      const record = Buffer.concat([head, block, privatePart]);
      const location = {
        file: this.#file,
        offset: this.#offset,
        blockLength: block.length,
        privateLength: privatePart.length,
      };
      await this.#writer.appendFile(record);
      await this.#writer.datasync();
      this.#offset += record.length;
      return location;
    } catch (cause) {
      // What the disk holds now is unknown: only a restart, which reads it, can tell.
      this.#failed = cause;
      throw new BlockStoreError('FAILED', 'a block could not be written', { cause });
    }
  }

  /** @throws BlockStoreError (CORRUPT) where the record is damaged. */
  read(location: BlockLocation): StoredBlock {
    const record = Buffer.alloc(FRAME_HEAD_BYTES + location.blockLength + location.privateLength);
    const count = readSync(this.#reader(location.file), record, 0, record.length, location.offset);
    const head = decodeFrameHead(record);
    const block = record.subarray(FRAME_HEAD_BYTES, FRAME_HEAD_BYTES + location.blockLength);
    const privatePart = record.subarray(FRAME_HEAD_BYTES + location.blockLength);
    if (count !== record.length || head === undefined || !fitsHead(head, block, privatePart)) {
      throw new BlockStoreError(
        'CORRUPT',
        `${join(this.#dir, fileName(location.file))} is damaged at ${String(location.offset)}`,
        { hint: RESTORE },
      );
    }
    return { location, block, privatePart };
  }

  /**
   * Replaces a block's private part by one of the same length, so that erased values are gone from the file. A
   * crash in between leaves the old or the new part, never a mixture.
   */
  async replacePrivatePart(location: BlockLocation, privatePart: Buffer): Promise<void> {
    if (privatePart.length !== location.privateLength)
      throw new RangeError('the private part keeps its length');
    const { block } = this.read(location);
    const head = encodeFrameHead(block, privatePart);
    await writeScrub(this.#dir, {
      file: fileName(location.file),
      pieces: [
        { offset: location.offset, bytes: head },
        { offset: location.offset + FRAME_HEAD_BYTES + location.blockLength, bytes: privatePart },
      ],
    });
  }

  async close(): Promise<void> {
    for (const descriptor of this.#readers.values()) closeSync(descriptor);
    this.#readers.clear();
    await this.#writer.close();
  }

  async #startFile(): Promise<void> {
    await this.#writer.close();
    this.#file += 1;
    this.#offset = 0;
    this.#writer = await open(join(this.#dir, fileName(this.#file)), 'a');
    syncDirectory(this.#dir);
  }

  #reader(file: number): number {
    let descriptor = this.#readers.get(file);
    if (descriptor === undefined) {
      descriptor = openSync(join(this.#dir, fileName(file)), 'r');
      this.#readers.set(file, descriptor);
    }
    return descriptor;
  }

  async #scan(
    file: number,
    isLast: boolean,
    options: { from?: BlockLocation | undefined; visit?: (stored: StoredBlock) => Promise<void> | void },
  ): Promise<void> {
    const path = join(this.#dir, fileName(file));
    const { size } = await stat(path);
    const from = options.from?.file === file ? options.from : undefined;
    let offset = from === undefined ? 0 : recordEnd(from);
    if (offset > size)
      throw new BlockStoreError('CORRUPT', `${path} is shorter than what was committed`, { hint: RESTORE });
    while (offset < size) {
      const head = Buffer.alloc(FRAME_HEAD_BYTES);
      readSync(this.#reader(file), head, 0, FRAME_HEAD_BYTES, offset);
      const decoded = decodeFrameHead(head);
      const location = decoded && {
        file,
        offset,
        blockLength: decoded.blockLength,
        privateLength: decoded.privateLength,
      };
      if (location === undefined || recordEnd(location) > size || !this.#isWhole(location, size, isLast)) {
        if (!isLast || (location === undefined && this.#hasRecordAfter(file, offset, size)))
          throw new BlockStoreError('CORRUPT', `${path} is damaged at ${String(offset)}`, { hint: RESTORE });
        await this.#cut(path, offset);
        break;
      }
      await options.visit?.(this.read(location));
      offset = recordEnd(location);
    }
    if (isLast) this.#offset = Math.min(offset, (await stat(path)).size);
  }

  /** A record whose content is damaged is a torn tail only where nothing follows it. */
  #isWhole(location: BlockLocation, size: number, isLast: boolean): boolean {
    try {
      this.read(location);
      return true;
    } catch (error) {
      if (isLast && recordEnd(location) === size) return false;
      throw error;
    }
  }

  /** A torn write has nothing behind it: a record further on means that this place was damaged later. */
  #hasRecordAfter(file: number, offset: number, size: number): boolean {
    const rest = Buffer.alloc(size - offset);
    readSync(this.#reader(file), rest, 0, rest.length, offset);
    for (let at = rest.indexOf(FRAME_MAGIC, 1); at !== -1; at = rest.indexOf(FRAME_MAGIC, at + 1)) {
      if (decodeFrameHead(rest.subarray(at)) !== undefined) return true;
    }
    return false;
  }

  async #cut(path: string, offset: number): Promise<void> {
    await truncate(path, offset);
    await this.#writer.sync();
  }
}

function recordEnd(location: BlockLocation): number {
  return location.offset + FRAME_HEAD_BYTES + location.blockLength + location.privateLength;
}
