import { dirname, join } from 'node:path';
import { runPaths } from '../home/index.js';
import { takeRunLock } from '../process/index.js';
import { ChangeError } from './change-error.js';

/**
 * Keeps other commands from changing the same network meanwhile. The lock of a command that was killed counts for nothing.
 * @throws ChangeError CHANGE_UNDER_WAY.
 */
export async function withChangeLock<T>(home: string, work: () => Promise<T>): Promise<T> {
  const lock = takeRunLock(join(dirname(runPaths(home).lock), 'change.lock'));
  if (!('release' in lock)) {
    throw new ChangeError(
      'CHANGE_UNDER_WAY',
      `process ${lock.pid} is changing the network in ${home}`,
      'Wait until it is done, then try again.',
    );
  }
  try {
    return await work();
  } finally {
    lock.release();
  }
}
