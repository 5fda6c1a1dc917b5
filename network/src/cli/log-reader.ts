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

/** Gives every line that is written from now on, over rotations; ends with the process. */
export function followLog(path: string, onLine: (line: string) => void): Promise<never> {
  let { ino: inode, size: position } = statSync(path);
  let pending = '';
  const read = () => {
    const now = statSync(path, { throwIfNoEntry: false });
    if (now === undefined) return;
    // Rotated: a new file has taken the name.
    if (now.ino !== inode || now.size < position) [inode, position] = [now.ino, 0];
    if (now.size === position) return;
    const file = openSync(path, 'r');
    const chunk = Buffer.alloc(now.size - position);
    position += readSync(file, chunk, 0, chunk.length, position);
    closeSync(file);
    const lines = (pending + chunk.toString('utf8')).split('\n');
    pending = lines.pop() ?? '';
    lines.forEach(onLine);
  };
  setInterval(read, 250);
  return new Promise(() => undefined);
}

function countLines(text: Buffer): number {
  return text.reduce((sum, byte) => sum + (byte === 10 ? 1 : 0), 0);
}
