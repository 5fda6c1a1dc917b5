import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { CodedError } from '../../coded-error.js';
import { takeRunLock, type RunLock } from '../../process/index.js';

/**
 * Keeps a channel's data for this process: none but one at a time may open, check or rebuild them. The lock of a process
 * that has died counts for nothing.
 * @throws CodedError LEDGER_IN_USE naming the process that has them.
 */
export function lockData(dir: string): RunLock {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const lock = takeRunLock(join(dir, 'lock'));
  if ('release' in lock) return lock;
  throw new CodedError('LEDGER_IN_USE', `process ${String(lock.pid)} has the ledger in ${dir}`, {
    hint: 'Stop the ledger first: medaccord down',
  });
}
