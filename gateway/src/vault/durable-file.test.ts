import { mkdir, mkdtemp, open, readdir, readFile, rename } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { makeFolder, removeUnfinished, syncFolder, writeDurably, type FileSystem } from './durable-file.js';

const folder = () => mkdtemp(path.join(tmpdir(), 'medaccord-files-'));
const failure = new Error('disk is gone');

/** The real calls, of which one fails. */
function failing(call: 'open' | 'writeFile' | 'sync' | 'rename'): FileSystem {
  return {
    mkdir,
    rename: call === 'rename' ? () => Promise.reject(failure) : rename,
    open: (async (...parameters: Parameters<typeof open>) => {
      if (call === 'open') throw failure;
      const handle = await open(...parameters);
      if (call !== 'rename') handle[call] = () => Promise.reject(failure);
      return handle;
    }) as typeof open,
  };
}

describe('durable files', () => {
  it('are whole or as before, whichever call fails', async () => {
    const at = await folder();
    const file = path.join(at, 'block');
    await writeDurably(file, Buffer.from('before'));
    for (const call of ['open', 'writeFile', 'sync', 'rename'] as const) {
      await expect(writeDurably(file, Buffer.from('after'), failing(call))).rejects.toBe(failure);
      expect(await readFile(file, 'utf8')).toBe('before');
      expect(await readdir(at)).toEqual(['block']);
    }
    await writeDurably(file, Buffer.from('after'));
    expect(await readFile(file, 'utf8')).toBe('after');
    await expect(syncFolder(at, failing('sync'))).rejects.toBe(failure);
  });

  it('leave nothing unfinished after a crash', async () => {
    const at = path.join(await folder(), 'a', 'b');
    await makeFolder(at);
    await makeFolder(at);
    await writeDurably(path.join(at, 'kept'), Buffer.of(1));
    await writeDurably(path.join(at, 'half.00.unfinished'), Buffer.of(1));
    await removeUnfinished(at);
    expect(await readdir(at)).toEqual(['kept']);
  });
});
