import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { inject } from 'vitest';

/**
 * Runs `work` while no other scenario of this suite, in whatever process, runs such work: deployments want every peer,
 * and some scenarios stop one. The lock is a listening socket, which goes with its process.
 */
export async function oneAtATime<T>(work: () => Promise<T>): Promise<T> {
  const path = join(inject('conformance').folder, 'lock');
  const lock = await acquire(path);
  try {
    return await work();
  } finally {
    await new Promise((resolve) => {
      lock.close(resolve);
      for (const waiting of held) waiting.destroy();
      held.clear();
    });
  }
}

/** Connections of those that wait for this process to let go. */
const held = new Set<{ destroy(): void }>();

async function acquire(path: string): Promise<Server> {
  for (;;) {
    const lock = createServer((waiting) => {
      held.add(waiting);
      waiting.on('error', () => undefined);
    });
    try {
      lock.listen(path);
      await once(lock, 'listening');
      return lock;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error;
      await released(path);
    }
  }
}

/** Resolves when whoever holds the lock lets go of it; a socket that nobody holds any more is removed. */
async function released(path: string): Promise<void> {
  const socket = connect(path);
  try {
    await once(socket, 'connect');
    await once(socket, 'close');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ECONNREFUSED') await rm(path, { force: true });
    else if (code !== 'ENOENT' && code !== 'ECONNRESET') throw error;
  }
}
