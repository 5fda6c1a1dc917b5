import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { z } from 'zod';
import { readUpTo, replaceFile, writeWhole, type Disk } from './disk.js';

/** Bytes to be written over others in one file. */
export interface Scrub {
  readonly file: string;
  readonly pieces: readonly { readonly offset: number; readonly bytes: Buffer }[];
}

const JOURNAL = 'scrub.journal';
const Journal = z.object({
  file: z.string().regex(/^(blocks_\d{6}|private\.data)$/),
  pieces: z.array(z.object({ offset: z.number().int().nonnegative(), bytes: z.base64() })),
});

/** In one turn of the event loop, so that no reader of this process sees a head without its part. */
function apply(disk: Disk, dir: string, scrub: Scrub): void {
  const file = disk.open(join(dir, scrub.file), 'write');
  try {
    for (const { offset, bytes } of scrub.pieces) writeWhole(disk, file, bytes, offset);
    disk.syncNow(file);
  } finally {
    disk.close(file);
  }
  disk.remove(join(dir, JOURNAL));
}

/** Writes the pieces so that a crash leaves all or none: journal (synced, renamed), files (synced), journal off. */
export function writeScrub(disk: Disk, dir: string, scrub: Scrub): void {
  const body = JSON.stringify({
    file: scrub.file,
    pieces: scrub.pieces.map(({ offset, bytes }) => ({ offset, bytes: bytes.toString('base64') })),
  });
  replaceFile(disk, dir, JOURNAL, Buffer.from(`${String(crc32(body))}\n${body}`));
  apply(disk, dir, scrub);
}

/** Finishes what a crash interrupted. A journal that was not complete had not begun to be applied. */
export function replayScrub(disk: Disk, dir: string): void {
  disk.remove(join(dir, `${JOURNAL}.new`));
  if (!disk.list(dir).includes(JOURNAL)) return;
  const scrub = readJournal(disk, join(dir, JOURNAL));
  if (scrub === undefined) disk.remove(join(dir, JOURNAL));
  else apply(disk, dir, scrub);
}

/** True where a crash interrupted an erasure; the next start finishes it. */
export function isScrubPending(disk: Disk, dir: string): boolean {
  return disk.list(dir).includes(JOURNAL);
}

function readJournal(disk: Disk, path: string): Scrub | undefined {
  const file = disk.open(path, 'read');
  let text: string;
  try {
    text = readUpTo(disk, file, disk.size(file), 0).toString('utf8');
  } finally {
    disk.close(file);
  }
  const [checksum, body = ''] = text.split('\n', 2);
  if (checksum !== String(crc32(body))) return undefined;
  const { file: name, pieces } = Journal.parse(JSON.parse(body));
  return {
    file: name,
    pieces: pieces.map(({ offset, bytes }) => ({ offset, bytes: Buffer.from(bytes, 'base64') })),
  };
}
