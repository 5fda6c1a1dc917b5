import {
  appendFile,
  mkdtemp,
  open,
  readdir,
  readFile,
  rm,
  stat,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BlockFiles, decodePrivatePart, encodePrivatePart, type BlockLocation } from './index.js';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'blocks-'));
});
afterEach(() => rm(dir, { recursive: true }));

const first = (): string => join(dir, 'blocks_000000');
const bytesOf = (name: string): Buffer => Buffer.from(name.repeat(20));

async function write(...names: string[]): Promise<BlockLocation[]> {
  const files = await BlockFiles.open(dir);
  const locations: BlockLocation[] = [];
  for (const name of names) locations.push(await files.append(bytesOf(name), Buffer.from(`private ${name}`)));
  await files.close();
  return locations;
}
async function readAll(options: { from?: BlockLocation; maxFileBytes?: number } = {}): Promise<string[]> {
  const found: string[] = [];
  const files = await BlockFiles.open(dir, {
    ...options,
    visit: ({ block, privatePart }) => {
      found.push(`${block.toString().slice(0, 3)}/${privatePart.toString()}`);
    },
  });
  await files.close();
  return found;
}
const all = (...names: string[]): string[] => names.map((name) => `${name}/private ${name}`);

describe('block files', () => {
  it('give back what was appended, from anywhere, also over several files', async () => {
    const files = await BlockFiles.open(dir, { maxFileBytes: 150 });
    const locations: BlockLocation[] = [];
    for (const name of ['one', 'two', 'six']) {
      locations.push(await files.append(bytesOf(name), Buffer.from(`private ${name}`)));
    }
    const last = locations.at(-1);
    if (last === undefined) throw new Error('nothing appended');
    expect(files.read(last).block).toEqual(bytesOf('six'));
    await files.close();
    expect(await readdir(dir)).toEqual(['blocks_000000', 'blocks_000001']);
    expect(await readAll()).toEqual(all('one', 'two', 'six'));
    expect(await readAll({ from: locations[0] })).toEqual(all('two', 'six'));
    expect(await readAll({ from: last })).toEqual([]);
  });

  it('cut off a torn last record, wherever it was torn, and go on after it', async () => {
    await write('one', 'two');
    const whole = await readFile(first());
    const end = whole.length / 2;
    for (let size = end; size < whole.length; size += 7) {
      await writeFile(first(), whole.subarray(0, size));
      expect(await readAll()).toEqual(all('one'));
      expect((await stat(first())).size).toBe(end);
    }
    // A file grown before its content arrived is zeros; a record whose content is wrong is torn as well.
    await writeFile(first(), Buffer.concat([whole.subarray(0, end), Buffer.alloc(5_000)]));
    expect(await readAll()).toEqual(all('one'));
    const flipped = Buffer.from(whole);
    flipped[end + 40] = 0;
    await writeFile(first(), flipped);
    expect(await readAll()).toEqual(all('one'));
    await write('six');
    expect(await readAll()).toEqual(all('one', 'six'));
  });

  it('refuse damage before the tail', async () => {
    const [one, two] = await write('one', 'two');
    const whole = await readFile(first());
    const damage = async (at: number): Promise<void> => {
      const bytes = Buffer.from(whole);
      bytes[at] = (bytes[at] ?? 0) ^ 0xff;
      await writeFile(first(), bytes);
    };
    for (const at of [2, 6, 30, 90]) {
      await damage(at);
      await expect(readAll()).rejects.toMatchObject({ code: 'CORRUPT' });
    }
    await writeFile(first(), whole);
    await truncate(first(), two?.offset);
    await expect(readAll({ from: two })).rejects.toMatchObject({ code: 'CORRUPT' });
    expect(one?.offset).toBe(0);
  });

  it('take nothing more after a failed write', async () => {
    const files = await BlockFiles.open(dir);
    await files.append(bytesOf('one'), Buffer.alloc(0));
    await files.close();
    await expect(files.append(bytesOf('two'), Buffer.alloc(0))).rejects.toMatchObject({ code: 'FAILED' });
    await expect(files.append(bytesOf('two'), Buffer.alloc(0))).rejects.toMatchObject({ code: 'FAILED' });
  });
});

describe('erasing a private part', () => {
  it('replaces it in place; an interrupted one is finished at the next start', async () => {
    const [one] = await write('one', 'two');
    if (one === undefined) throw new Error('no block');
    const files = await BlockFiles.open(dir);
    files.replacePrivatePart(one, Buffer.from('___________'));
    expect(files.read(one).privatePart.toString()).toBe('___________');
    await files.close();
    expect(await readAll()).toEqual(['one/___________', ...all('two')]);

    const scrubbed = await readFile(first());
    const privateAt = scrubbed.indexOf('___________');
    const body = JSON.stringify({
      file: 'blocks_000000',
      pieces: [
        { offset: 0, bytes: scrubbed.subarray(0, 24).toString('base64') },
        { offset: privateAt, bytes: Buffer.from('___________').toString('base64') },
      ],
    });
    // The crash came after the journal and in the middle of the pieces.
    const handle = await open(first(), 'r+');
    await handle.write(Buffer.from('private one'), 0, 11, privateAt);
    await handle.close();
    await writeFile(join(dir, 'scrub.journal'), `${String(crc32(body))}\n${body}`);
    expect(await readAll()).toEqual(['one/___________', ...all('two')]);
    expect(await readdir(dir)).toEqual(['blocks_000000']);
  });

  it('does nothing where the journal was not complete', async () => {
    await write('one');
    await writeFile(join(dir, 'scrub.journal'), '123\n{"file":"blocks_0000');
    await appendFile(join(dir, 'scrub.journal.new'), 'x');
    expect(await readAll()).toEqual(all('one'));
    expect(await readdir(dir)).toEqual(['blocks_000000']);
  });
});

describe('the private part', () => {
  it('survives its encoding, padded or not', () => {
    const sets = new Map([
      [0, Uint8Array.from([1, 2, 3])],
      [7, new Uint8Array()],
    ]);
    expect(decodePrivatePart(encodePrivatePart(sets))).toEqual(sets);
    expect(decodePrivatePart(encodePrivatePart(sets, 500))).toEqual(sets);
    expect(encodePrivatePart(sets, 500)).toHaveLength(500);
    expect(encodePrivatePart(new Map())).toHaveLength(0);
    expect(decodePrivatePart(Buffer.alloc(0)).size).toBe(0);
  });
});
