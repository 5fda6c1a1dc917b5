import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';

/** A socket's path has at most 107 bytes on Linux, 103 on macOS. */
const MAX_BYTES = 100;

/** Calls `use` with a path to the socket that the system takes: through a passing symbolic link where it is long. */
export async function withShortPath<T>(socket: string, use: (path: string) => Promise<T>): Promise<T> {
  if (Buffer.byteLength(socket) <= MAX_BYTES) return use(socket);
  const folder = mkdtempSync(join(tmpdir(), 'medaccord-'));
  try {
    const link = join(folder, 'run');
    symlinkSync(dirname(socket), link);
    return await use(join(link, basename(socket)));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
