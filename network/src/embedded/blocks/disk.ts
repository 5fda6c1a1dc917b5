import {
  closeSync,
  constants,
  fdatasync,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { promisify } from 'node:util';

/** The system calls that durable files are made of; tests count them and let them fail. Each throws the system's error. */
export interface Disk {
  /** `write` makes a missing file (0600) and keeps what an existing one holds. */
  open(path: string, access: 'read' | 'write'): number;
  close(file: number): void;
  size(file: number): number;
  /** @returns how many bytes there were, from `at` on. */
  read(file: number, into: Buffer, at: number): number;
  /** @returns how many bytes were written, which may be fewer than given. */
  write(file: number, bytes: Uint8Array, at: number): number;
  truncate(file: number, size: number): void;
  /** Once it returns, content and size survive a power cut. */
  sync(file: number): Promise<void>;
  syncNow(file: number): void;
  rename(from: string, to: string): void;
  /** A missing file is no error. */
  remove(path: string): void;
  list(folder: string): string[];
  /** Once it returns, names made, changed or removed in the folder survive a power cut. */
  syncFolder(folder: string): void;
}

const syncData = promisify(fdatasync);

export const systemDisk: Disk = {
  open: (path, access) =>
    openSync(path, access === 'read' ? constants.O_RDONLY : constants.O_RDWR | constants.O_CREAT, 0o600),
  close: closeSync,
  size: (file) => fstatSync(file).size,
  read: (file, into, at) => readSync(file, into, 0, into.length, at),
  write: (file, bytes, at) => writeSync(file, bytes, 0, bytes.length, at),
  truncate: ftruncateSync,
  sync: syncData,
  syncNow: fdatasyncSync,
  rename: renameSync,
  remove: (path) => {
    rmSync(path, { force: true });
  },
  list: (folder) => readdirSync(folder),
  syncFolder: (folder) => {
    const descriptor = openSync(folder, constants.O_RDONLY);
    try {
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  },
};

/** Writes all the bytes; a call that takes only some of them is followed by another. */
export function writeWhole(disk: Disk, file: number, bytes: Uint8Array, at: number): void {
  for (let done = 0; done < bytes.length;) {
    done += disk.write(file, bytes.subarray(done), at + done);
  }
}

/** Bytes from `at` on, fewer than `length` where the file ends before. */
export function readUpTo(disk: Disk, file: number, length: number, at: number): Buffer {
  const bytes = Buffer.alloc(length);
  let done = 0;
  while (done < length) {
    const count = disk.read(file, bytes.subarray(done), at + done);
    if (count === 0) break;
    done += count;
  }
  return bytes.subarray(0, done);
}

/**
 * Replaces a small file in one step: after a crash it holds the old content or the new, whole, and once this returns
 * the new one survives a power cut.
 */
export function replaceFile(disk: Disk, folder: string, name: string, content: Uint8Array): void {
  const temporary = `${folder}/${name}.new`;
  disk.remove(temporary);
  const file = disk.open(temporary, 'write');
  try {
    writeWhole(disk, file, content, 0);
    disk.syncNow(file);
  } finally {
    disk.close(file);
  }
  disk.rename(temporary, `${folder}/${name}`);
  disk.syncFolder(folder);
}

/** True for what ends when somebody makes room. */
export function isDiskFull(error: unknown): boolean {
  const { code } = (error ?? {}) as { code?: unknown };
  return code === 'ENOSPC' || code === 'EDQUOT';
}
