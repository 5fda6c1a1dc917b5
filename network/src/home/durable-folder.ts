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
  writeFileSync,
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
  recoverFolder(folder);
  if (existsSync(folder)) return false;
  const parent = dirname(folder);
  const temporary = prepare(folder, files);
  renameSync(temporary, folder);
  syncFolder(parent);
  return true;
}

/**
 * Puts a folder with other files in the place of one. For a moment there is neither; a run that is cut off just then
 * leaves the old one aside, and `recoverFolder` brings it back.
 */
export function replaceFolder(folder: string, files: FolderFiles): void {
  recoverFolder(folder);
  const temporary = prepare(folder, files);
  const aside = asideOf(folder);
  renameSync(folder, aside);
  renameSync(temporary, folder);
  syncFolder(dirname(folder));
  rmSync(aside, { recursive: true, force: true });
}

/** Undoes a `replaceFolder` that was cut off between its two steps. */
export function recoverFolder(folder: string): void {
  const aside = asideOf(folder);
  if (!existsSync(aside)) return;
  if (existsSync(folder)) rmSync(aside, { recursive: true, force: true });
  else renameSync(aside, folder);
}

function asideOf(folder: string): string {
  return join(dirname(folder), `.${basename(folder)}.old`);
}

/** The files under a temporary name beside the folder. */
function prepare(folder: string, files: FolderFiles): string {
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
    return temporary;
  } catch (error) {
    rmSync(temporary, { recursive: true, force: true });
    throw error;
  }
}

/**
 * Replaces a file in a folder whose every file is read (an MSP's `crls`): the new content is made ready in
 * `staging`, a folder of the same file system, so that no reader and no crash ever leaves half a file there.
 */
export function replaceFrom(staging: string, path: string, content: string | Uint8Array, mode = 0o644): void {
  const folder = dirname(path);
  mkdirSync(folder, { recursive: true });
  const temporary = join(staging, `.${basename(path)}.${randomBytes(6).toString('hex')}`);
  try {
    writeSynced(temporary, content, mode);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  syncFolder(folder);
}

function writeSynced(path: string, content: string | Uint8Array, mode: number): void {
  const file = openSync(path, 'wx', mode);
  try {
    writeFileSync(file, content);
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
