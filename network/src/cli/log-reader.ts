import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';

const CHUNK = 65_536;

/** The newest lines of a file, oldest first; reads from its end, whatever its size. */
export function lastLines(path: string, count: number): string[] {
  if (count <= 0) return [];
  const file = openSync(path, 'r');
  try {
    let start = fstatSync(file).size;
    let tail = Buffer.alloc(0);
    while (start > 0 && countLines(tail) <= count) {
      const length = Math.min(CHUNK, start);
      start -= length;
      const chunk = Buffer.alloc(length);
      readSync(file, chunk, 0, length, start);
      tail = Buffer.concat([chunk, tail]);
    }
    return tail
      .toString('utf8')
      .replace(/\n$/, '')
      .split('\n')
      .slice(-count)
      .filter((line) => line !== '');
  } finally {
    closeSync(file);
  }
}

export interface FollowOptions {
  readonly signal?: AbortSignal;
  readonly everyMs?: number;
}

/** Gives every whole line that is written from now on, over rotations, until the signal. */
export async function followLog(
  path: string,
  onLine: (line: string) => void,
  { signal, everyMs = 250 }: FollowOptions = {},
): Promise<void> {
  let { ino: inode, size: position } = statSync(path);
  let pending = '';
  while (signal?.aborted !== true) {
    const now = statSync(path, { throwIfNoEntry: false });
    // Rotated: a new file has taken the name.
    if (now !== undefined && (now.ino !== inode || now.size < position)) [inode, position] = [now.ino, 0];
    if (now !== undefined && now.size > position) {
      const chunk = readFrom(path, position, now.size - position);
      position += chunk.length;
      const lines = (pending + chunk.toString('utf8')).split('\n');
      pending = lines.pop() ?? '';
      lines.forEach(onLine);
    }
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
}

function readFrom(path: string, position: number, length: number): Buffer {
  const file = openSync(path, 'r');
  try {
    const chunk = Buffer.alloc(length);
    return chunk.subarray(0, readSync(file, chunk, 0, length, position));
  } finally {
    closeSync(file);
  }
}

function countLines(text: Buffer): number {
  return text.reduce((sum, byte) => sum + (byte === 10 ? 1 : 0), 0);
}
