import { statfsSync } from 'node:fs';
import type { RootDatabase } from 'lmdb';
import { BlockStoreError, isDiskFull } from '../blocks/index.js';

/** LMDB calls a write that came short an input/output error: with less room than this it was the disk that was full. */
const SCARCE_BYTES = 1024 * 1024;
const EIO = 5;
const FULL_ERRNOS = [28, 122];

/**
 * Waits until a write is committed.
 * @throws BlockStoreError DISK_FULL where there is no room: nothing has changed; else what LMDB says.
 */
export async function committed<V, K extends string | Buffer>(
  db: RootDatabase<V, K>,
  path: string,
  write: Promise<unknown>,
): Promise<void> {
  try {
    await write;
  } catch (error) {
    const cause = await reasonOf(error);
    // After a failure LMDB would wait for ever when it closes, unless something has been committed since.
    await db.transaction(() => undefined).catch(reasonOf);
    throw isFull(cause, path)
      ? new BlockStoreError('DISK_FULL', `there is no room for ${path}`, { cause })
      : cause;
  }
}

/** LMDB tells the reason apart from the failure. */
function reasonOf(error: unknown): Promise<unknown> {
  const { commitError } = error as { commitError?: Promise<unknown> };
  return Promise.resolve(commitError).then(
    () => error,
    (reason: unknown) => reason,
  );
}

function isFull(cause: unknown, path: string): boolean {
  const { code } = (cause ?? {}) as { code?: unknown };
  return isDiskFull(cause) || FULL_ERRNOS.includes(Number(code)) || (code === EIO && isScarce(path));
}

function isScarce(path: string): boolean {
  const { bavail, bsize } = statfsSync(path);
  return bavail * bsize < SCARCE_BYTES;
}
