import { randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** Relative path → content. Keys are readable by their owner alone. */
export type FolderFiles = Readonly<Record<string, { readonly content: string; readonly secret?: boolean }>>;

/**
 * Makes a folder with all its files in one step: it is there whole, or not at all. An existing folder is kept.
 * Left-overs of a run that was cut off are removed.
 * @returns whether it was made
 */
export function makeFolderOnce(folder: string, files: FolderFiles): boolean {
  if (existsSync(folder)) return false;
  const parent = dirname(folder);
  mkdirSync(parent, { recursive: true });
  const prefix = `.${basename(folder)}.tmp-`;
  for (const name of readdirSync(parent)) {
    if (name.startsWith(prefix)) rmSync(join(parent, name), { recursive: true, force: true });
  }
  const temporary = join(parent, `${prefix}${randomBytes(6).toString('hex')}`);
  try {
    mkdirSync(temporary);
    for (const [path, { content, secret }] of Object.entries(files)) {
      const target = join(temporary, path);
      mkdirSync(dirname(target), { recursive: true });
      writeSynced(target, content, secret === true ? 0o600 : 0o644);
    }
    renameSync(temporary, folder);
  } catch (error) {
    rmSync(temporary, { recursive: true, force: true });
    throw error;
  }
  syncFolder(parent);
  return true;
}

/**
 * Replaces a file in a folder whose every file is read (an MSP's `crls`): the new content is made ready in
 * `staging`, a folder of the same file system, so that no reader and no crash ever leaves half a file there.
 */
export function replaceFrom(staging: string, path: string, content: string): void {
  const folder = dirname(path);
  mkdirSync(folder, { recursive: true });
  const temporary = join(staging, `.${basename(path)}.${randomBytes(6).toString('hex')}`);
  try {
    writeSynced(temporary, content, 0o644);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  syncFolder(folder);
}

function writeSynced(path: string, content: string, mode: number): void {
  const file = openSync(path, 'wx', mode);
  try {
    writeSync(file, content);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function syncFolder(folder: string): void {
  const directory = openSync(folder, 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}
