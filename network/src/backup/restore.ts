import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, rmdirSync } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { readArchive, type ArchiveVisitor, type Manifest } from './archive.js';
import type { KeySource } from './archive-key.js';
import { BackupError } from './backup-error.js';

/** What others on the machine must not list. */
const CLOSED = /^(gateways|ca|run)(\/|$)/;

/**
 * Makes a home from an archive: it is there whole and checked, or not at all. The next `up` makes again what follows
 * from it (state, read models) and takes what belongs into the databases.
 * @param home A folder that is empty, or not there.
 * @throws BackupError HOME_NOT_EMPTY, and as `readArchive`; the home is then as it was.
 */
export async function restoreBackup(archive: string, key: KeySource, home: string): Promise<Manifest> {
  const target = resolve(home);
  if (existsSync(target) && readdirSync(target).length > 0) {
    throw new BackupError(
      'HOME_NOT_EMPTY',
      `${target} is not empty`,
      'Give another --home, or move it away.',
    );
  }
  const parent = dirname(target);
  mkdirSync(parent, { recursive: true });
  const prefix = `.${basename(target)}.restoring-`;
  for (const name of readdirSync(parent).filter((entry) => entry.startsWith(prefix))) {
    rmSync(join(parent, name), { recursive: true, force: true });
  }
  const staging = join(parent, `${prefix}${randomBytes(6).toString('hex')}`);
  mkdirSync(staging);
  const writer = writerInto(staging);
  try {
    const manifest = await readArchive(resolve(archive), key, writer).finally(() => writer.close());
    if (existsSync(target)) rmdirSync(target);
    renameSync(staging, target);
    return manifest;
  } catch (error) {
    rmSync(staging, { recursive: true, force: true });
    throw error;
  }
}

/** Every file is on the disk before the next begins. */
function writerInto(folder: string): ArchiveVisitor & { close(): Promise<void> } {
  let file: FileHandle | undefined;
  return {
    begin: async ({ path, mode }) => {
      const target = join(folder, path);
      mkdirSync(dirname(target), { recursive: true, mode: CLOSED.test(path) ? 0o700 : 0o755 });
      file = await open(target, 'wx', mode);
    },
    data: async (bytes) => {
      await file?.appendFile(bytes);
    },
    end: async () => {
      await file?.sync();
      await file?.close();
      file = undefined;
    },
    /** One that was cut off. */
    close: async () => {
      await file?.close();
    },
  };
}
