import {
  closeSync,
  existsSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { encodeFrameHead } from '../blocks/frame.js';
import { TestChannel } from '../testing/test-channel.js';
import { DATA_FORMATS } from './data-folders.js';

let channel: TestChannel;
let remade: { folder: string; reason: string }[];
let txId: string;
const at = (...names: string[]) => join(channel.options.dir, ...names);

beforeEach(async () => {
  remade = [];
  channel = await TestChannel.make({ onRemade: (folder, reason) => remade.push({ folder, reason }) });
  const transaction = channel.transaction({ sets: [{ writes: { a: 'one' } }] });
  ({ txId } = transaction);
  await channel.commit(transaction);
  await channel.stop();
});
afterEach(() => rmSync(channel.dir, { recursive: true, force: true }));

/** Opens the channel, reads what was written before, and closes it again. */
async function read(): Promise<string | undefined> {
  await channel.open();
  expect(channel.ledger.transaction(txId)).toMatchObject({ code: 0, block: 2 });
  const snapshot = channel.ledger.snapshot();
  const value = snapshot.get('cc', 'a')?.value;
  snapshot.close();
  await channel.stop();
  return value && Buffer.from(value).toString();
}

describe('the folders of a channel', () => {
  it('say their format, and open again as they are', async () => {
    for (const [name, format] of Object.entries(DATA_FORMATS)) {
      expect(readFileSync(at(name, 'format'), 'utf8')).toBe(`${String(format)}\n`);
    }
    expect(await read()).toBe('one');
    expect(remade).toEqual([]);
  });

  it.each([
    [
      'another format',
      () => writeFileSync(at('blocks', 'format'), '0\n'),
      /format 0; this version reads format 1/,
    ],
    ['no format', () => rmSync(at('blocks', 'format')), /no format; this version reads format 1/],
  ])('with blocks of %s are refused with what to do, and stay as they are', async (_what, spoil, message) => {
    spoil();
    const before = readFileSync(at('blocks', 'blocks_000000'));
    await expect(channel.open()).rejects.toMatchObject({
      code: 'LEDGER_FORMAT',
      message: expect.stringMatching(message),
      hint: expect.stringContaining('--wipe'),
    });
    expect(readFileSync(at('blocks', 'blocks_000000'))).toEqual(before);
    expect(existsSync(at('state', 'data.mdb'))).toBe(true);
  });

  it.each([
    ['of another format', () => writeFileSync(at('state', 'format'), '0\n')],
    ['without a format', () => rmSync(at('state', 'format'))],
    ['damaged', () => overwrite(at('state', 'data.mdb'), 8192)],
    ['that ended the process', () => writeFileSync(at('state', 'opening'), '')],
    ['that is gone', () => rmSync(at('state'), { recursive: true })],
  ])('with a state %s get one from the blocks', async (_what, spoil) => {
    spoil();
    const gone = !existsSync(at('state'));
    expect(await read()).toBe('one');
    expect(remade.map(({ folder }) => folder)).toEqual(gone ? [] : [at('state')]);
    expect(existsSync(at('state', 'opening'))).toBe(false);
    remade = [];
    expect(await read()).toBe('one');
    expect(remade).toEqual([]);
  });

  it('with transient data of another format drop these', async () => {
    writeFileSync(at('transient', 'format'), '0\n');
    expect(await read()).toBe('one');
    expect(remade.map(({ folder }) => folder)).toEqual([at('transient')]);
  });

  it('with damaged blocks are refused with what to do', async () => {
    const file = at('blocks', 'blocks_000000');
    rmSync(at('state'), { recursive: true });
    overwrite(file, 100);
    await expect(channel.open()).rejects.toMatchObject({
      code: 'CORRUPT',
      message: `${file} is damaged at 0: there is no head of a block`,
      hint: expect.stringContaining('backup'),
    });
  });

  it('with fewer blocks than the state knows are refused with what to do', async () => {
    truncateSync(at('blocks', 'blocks_000000'), statSync(at('blocks', 'blocks_000000')).size - 1);
    await expect(channel.open()).rejects.toMatchObject({
      code: 'CORRUPT',
      hint: expect.stringContaining('state'),
    });
  });
});

function overwrite(file: string, bytes: number): void {
  const descriptor = openSync(file, 'r+');
  writeSync(descriptor, Buffer.alloc(bytes, 0x5a), 0, bytes, 0);
  closeSync(descriptor);
}

describe('format 1', () => {
  // Where this changes, data that exist are read wrongly: give DATA_FORMATS.blocks the next number.
  it('of blocks has this head', () => {
    expect(encodeFrameHead(Buffer.from('block'), Buffer.from('private')).toString('hex')).toBe(
      '4d424c4b0000000500000007831b9722d206c1d12adc68ce',
    );
  });
});
