import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import path from 'node:path';

/** Suffix of files that were being written; a crash may leave them, `removeUnfinished` takes them away. */
const UNFINISHED = '.unfinished';

/** The file system calls of this file, so that a test can let each of them fail. */
export interface FileSystem {
  mkdir: typeof mkdir;
  open: typeof open;
  rename: typeof rename;
}
const real: FileSystem = { mkdir, open, rename };

/**
 * Writes a whole file. When it resolves, its bytes are on disk under its name, once `syncFolder` of its folder has
 * resolved too. When it rejects, or the machine stops in between, the name holds what it held before.
 */
export async function writeDurably(
  file: string,
  bytes: Uint8Array,
  system: FileSystem = real,
): Promise<void> {
  const unfinished = `${file}.${randomBytes(6).toString('hex')}${UNFINISHED}`;
  const handle = await system.open(unfinished, 'wx', 0o600);
  try {
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await system.rename(unfinished, file);
  } catch (error) {
    await rm(unfinished, { force: true });
    throw error;
  }
}

/** When it resolves, the names that were created, renamed or removed in the folder before are on disk. */
export async function syncFolder(folder: string, system: FileSystem = real): Promise<void> {
  const handle = await system.open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** When it resolves, the folder and its name in its parent are on disk. */
export async function makeFolder(folder: string, system: FileSystem = real): Promise<void> {
  const made = await system.mkdir(folder, { recursive: true, mode: 0o700 });
  if (made !== undefined) await syncFolder(path.dirname(made), system);
}

/** Removes what interrupted writes left in a folder. Only while nobody writes there. */
export async function removeUnfinished(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (name.endsWith(UNFINISHED)) await rm(path.join(folder, name), { force: true });
  }
}
