import type { Dirent } from 'node:fs';
import { lstat, readdir, statfs } from 'node:fs/promises';
import { join } from 'node:path';

const BLOCK_BYTES = 512;

/** Bytes of the disk that a folder's files take; undefined where there is no such folder. */
export async function folderBytes(folder: string): Promise<number | undefined> {
  let entries: Dirent[];
  try {
    entries = await readdir(folder, { withFileTypes: true });
  } catch {
    return undefined;
  }
  const sizes = await Promise.all(
    entries.map(async (entry) => {
      const path = join(folder, entry.name);
      // Files come and go while a node writes.
      if (entry.isDirectory()) return (await folderBytes(path)) ?? 0;
      const { blocks } = await lstat(path).catch(() => ({ blocks: 0 }));
      return blocks * BLOCK_BYTES;
    }),
  );
  return sizes.reduce((sum, bytes) => sum + bytes, 0);
}

/** Bytes that an ordinary user may still write where that folder lies. */
export async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder);
  return bavail * bsize;
}
