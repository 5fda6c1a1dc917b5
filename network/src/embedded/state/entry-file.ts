import { closeSync, fsyncSync, openSync, readSync, writeSync } from 'node:fs';

/** Entries of the state database in a file: length of key · length of value · key · value, big-endian, in order. */
export interface Entry {
  readonly key: Buffer;
  readonly value: Buffer;
}

const HEAD_BYTES = 8;
const CHUNK_BYTES = 1024 * 1024;

export function encodeEntry({ key, value }: Entry): Buffer {
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeUInt32BE(key.length, 0);
  head.writeUInt32BE(value.length, 4);
  return Buffer.concat([head, key, value]);
}

/** Writes a new file (0600) and syncs it. `seen` is told of the bytes, in order. */
export function writeEntries(
  path: string,
  entries: Iterable<Entry>,
  seen: (bytes: Buffer) => void = () => undefined,
): { entries: number; bytes: number } {
  const file = openSync(path, 'wx', 0o600);
  let waiting: Buffer[] = [];
  let size = 0;
  const total = { entries: 0, bytes: 0 };
  const flush = (): void => {
    const chunk = Buffer.concat(waiting);
    for (let done = 0; done < chunk.length;) done += writeSync(file, chunk, done);
    seen(chunk);
    total.bytes += chunk.length;
    waiting = [];
    size = 0;
  };
  try {
    for (const entry of entries) {
      const bytes = encodeEntry(entry);
      waiting.push(bytes);
      size += bytes.length;
      total.entries += 1;
      if (size >= CHUNK_BYTES) flush();
    }
    flush();
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  return total;
}

/** The entries of a file, each with the offset at which it begins. @throws Error where the file ends inside an entry. */
export function* readEntries(path: string): Generator<Entry & { readonly offset: number }, void, void> {
  const file = openSync(path, 'r');
  try {
    let buffered = Buffer.alloc(0);
    let start = 0;
    const fill = (length: number): boolean => {
      while (buffered.length < length) {
        const chunk = Buffer.alloc(Math.max(CHUNK_BYTES, length - buffered.length));
        const count = readSync(file, chunk, 0, chunk.length, start + buffered.length);
        if (count === 0) return false;
        buffered = Buffer.concat([buffered, chunk.subarray(0, count)]);
      }
      return true;
    };
    while (fill(1)) {
      const whole = fill(HEAD_BYTES);
      const keyLength = whole ? buffered.readUInt32BE(0) : 0;
      const length = HEAD_BYTES + keyLength + (whole ? buffered.readUInt32BE(4) : 0);
      if (!whole || !fill(length)) throw new Error(`${path} ends inside an entry`);
      yield {
        offset: start,
        key: buffered.subarray(HEAD_BYTES, HEAD_BYTES + keyLength),
        value: buffered.subarray(HEAD_BYTES + keyLength, length),
      };
      buffered = buffered.subarray(length);
      start += length;
    }
  } finally {
    closeSync(file);
  }
}
