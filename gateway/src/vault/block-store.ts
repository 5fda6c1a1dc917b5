import { createHash } from 'node:crypto';
import { readdir, readFile, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { makeFolder, removeUnfinished, syncFolder, writeDurably } from './durable-file.js';

/** Largest sealed block: a document of 8 MiB and room for its envelope. */
export const BLOCK_MAX_BYTES = 9 * 1024 * 1024;

/** A disk syncs several files in little more than the time of one. */
const WRITES_AT_ONCE = 16;

export class BlockStoreError extends Error {
  constructor(
    readonly code: 'BLOCK_TOO_LARGE' | 'BLOCK_MISSING' | 'BLOCK_DAMAGED' | 'NOT_A_HASH',
    message: string,
  ) {
    super(message);
  }
}

/** Sealed blocks by the SHA-256 of their bytes. A block never changes under its name. */
export interface BlockStore {
  /** Durable when it resolves: each of the blocks survives a crash. @returns their hashes, in order. */
  put(blocks: readonly Uint8Array[]): Promise<string[]>;
  /** @throws BlockStoreError BLOCK_MISSING, or BLOCK_DAMAGED where the bytes are not those of the name. */
  get(hash: string): Promise<Buffer>;
  /** Durable when it resolves; a missing block is no error. */
  delete(hash: string): Promise<void>;
  /** All blocks; one that is written or deleted meanwhile may be missing. */
  list(): AsyncIterable<{ hash: string; writtenAt: Date }>;
}

/** Blocks as files: `<folder>/<first two digits>/<hash>`. */
export async function openFileBlocks(folder: string): Promise<BlockStore> {
  await makeFolder(folder);
  for (const name of await readdir(folder)) await removeUnfinished(path.join(folder, name));
  return new FileBlocks(folder);
}

class FileBlocks implements BlockStore {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  async put(blocks: readonly Uint8Array[]): Promise<string[]> {
    const named = blocks.map((block) => {
      if (block.length > BLOCK_MAX_BYTES) {
        throw new BlockStoreError('BLOCK_TOO_LARGE', `a block has at most ${BLOCK_MAX_BYTES} bytes`);
      }
      return { hash: createHash('sha256').update(block).digest('hex'), block };
    });
    const parents = new Set(named.map(({ hash }) => path.dirname(this.#file(hash))));
    for (const parent of parents) await makeFolder(parent);
    for (let from = 0; from < named.length; from += WRITES_AT_ONCE) {
      await Promise.all(named.slice(from, from + WRITES_AT_ONCE).map((entry) => this.#write(entry)));
    }
    for (const parent of parents) await syncFolder(parent);
    return named.map(({ hash }) => hash);
  }

  async get(hash: string): Promise<Buffer> {
    const file = this.#file(hash);
    const bytes = await readFile(file).catch((error: unknown) => {
      if (isMissing(error)) throw new BlockStoreError('BLOCK_MISSING', 'a sealed block is not in the store');
      throw error;
    });
    if (createHash('sha256').update(bytes).digest('hex') !== hash) {
      throw new BlockStoreError('BLOCK_DAMAGED', 'a sealed block is not what its name says');
    }
    return bytes;
  }

  async delete(hash: string): Promise<void> {
    const file = this.#file(hash);
    await rm(file, { force: true });
    await syncFolder(path.dirname(file)).catch((error: unknown) => {
      if (!isMissing(error)) throw error;
    });
  }

  async *list(): AsyncGenerator<{ hash: string; writtenAt: Date }> {
    for (const parent of await readdir(this.#folder)) {
      for (const name of await readdir(path.join(this.#folder, parent))) {
        if (!/^[0-9a-f]{64}$/.test(name)) continue;
        const found = await stat(this.#file(name)).catch(() => undefined);
        if (found !== undefined) yield { hash: name, writtenAt: found.mtime };
      }
    }
  }

  async #write({ hash, block }: { hash: string; block: Uint8Array }): Promise<void> {
    const file = this.#file(hash);
    if (!(await holds(file, block.length))) await writeDurably(file, block);
  }

  #file(hash: string): string {
    if (!/^[0-9a-f]{64}$/.test(hash)) throw new BlockStoreError('NOT_A_HASH', 'blocks are named by SHA-256');
    return path.join(this.#folder, hash.slice(0, 2), hash);
  }
}

/** A whole file of that name has that content; a name appears only when its bytes are on disk. */
async function holds(file: string, size: number): Promise<boolean> {
  const found = await stat(file).catch(() => undefined);
  return found?.size === size;
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
