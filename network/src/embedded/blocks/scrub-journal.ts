import { closeSync, fdatasyncSync, openSync, writeSync } from 'node:fs';
import { open, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { z } from 'zod';

/** Bytes to be written over others in one file. */
export interface Scrub {
  readonly file: string;
  readonly pieces: readonly { readonly offset: number; readonly bytes: Buffer }[];
}

const JOURNAL = 'scrub.journal';
const Journal = z.object({
  file: z.string().regex(/^blocks_\d{6}$/),
  pieces: z.array(z.object({ offset: z.number().int().nonnegative(), bytes: z.base64() })),
});

async function apply(dir: string, scrub: Scrub): Promise<void> {
  // In one turn of the event loop, so that no reader of this process sees a head without its part.
  const descriptor = openSync(join(dir, scrub.file), 'r+');
  try {
    for (const { offset, bytes } of scrub.pieces) writeSync(descriptor, bytes, 0, bytes.length, offset);
    fdatasyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  await rm(join(dir, JOURNAL));
}

/** Writes the pieces so that a crash leaves all or none: journal (synced, renamed), files (synced), journal off. */
export async function writeScrub(dir: string, scrub: Scrub): Promise<void> {
  const body = JSON.stringify({
    file: scrub.file,
    pieces: scrub.pieces.map(({ offset, bytes }) => ({ offset, bytes: bytes.toString('base64') })),
  });
  const temporary = join(dir, `${JOURNAL}.new`);
  const handle = await open(temporary, 'w', 0o600);
  try {
    await handle.writeFile(`${String(crc32(body))}\n${body}`);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, join(dir, JOURNAL));
  await apply(dir, scrub);
}

/** Finishes what a crash interrupted. A journal that was not complete had not begun to be applied. */
export async function replayScrub(dir: string): Promise<void> {
  await rm(join(dir, `${JOURNAL}.new`), { force: true });
  let text: string;
  try {
    text = await readFile(join(dir, JOURNAL), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  const [checksum, body = ''] = text.split('\n', 2);
  if (checksum !== String(crc32(body))) {
    await rm(join(dir, JOURNAL));
    return;
  }
  const { file, pieces } = Journal.parse(JSON.parse(body));
  await apply(dir, {
    file,
    pieces: pieces.map(({ offset, bytes }) => ({ offset, bytes: Buffer.from(bytes, 'base64') })),
  });
}
