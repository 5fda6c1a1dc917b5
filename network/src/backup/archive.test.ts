import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readArchive, writeArchive, type ArchivedSource, type Description } from './archive.js';
import { restoreBackup } from './restore.js';

const DESCRIPTION: Description = {
  version: 1,
  made: '2031-01-01T00:00:00.000Z',
  consortium: 'test',
  engine: 'embedded',
  organisations: ['hospital-a'],
};
let folder: string;
let archive: string;
let key: { keyFile: string };
let sources: ArchivedSource[];
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'medaccord-archive-'));
  key = { keyFile: join(folder, 'key') };
  writeFileSync(key.keyFile, randomBytes(32).toString('hex'));
  mkdirSync(join(folder, 'from'));
  const make = (path: string, content: Uint8Array, mode = 0o644): ArchivedSource => {
    const source = join(folder, 'from', path.replaceAll('/', '_'));
    writeFileSync(source, content);
    chmodSync(source, mode);
    return { path, source };
  };
  sources = [
    make('topology.yaml', Buffer.from('name: test\n')),
    make('gateways/hospital-a/secrets.json', Buffer.from('{}'), 0o600),
    make('ledger/care/blocks/blocks_000000', randomBytes(2_500_000)),
    make('ledger/care/blocks/empty', Buffer.alloc(0)),
  ];
  archive = join(folder, 'one.backup');
  await writeArchive(archive, key, DESCRIPTION, sources);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('an archive', () => {
  it('becomes a home with the same files, bytes and modes', async () => {
    const home = join(folder, 'home');
    const manifest = await restoreBackup(archive, key, home);
    expect(manifest).toMatchObject(DESCRIPTION);
    for (const { path, source } of sources) {
      expect(readFileSync(join(home, path)).equals(readFileSync(source)), path).toBe(true);
      expect(statSync(join(home, path)).mode & 0o777, path).toBe(statSync(source).mode & 0o777);
    }
    expect(statSync(join(home, 'gateways')).mode & 0o777).toBe(0o700);
    await expect(restoreBackup(archive, key, home)).rejects.toMatchObject({ code: 'HOME_NOT_EMPTY' });
  });

  it('tells nothing without the key: no name, no content', () => {
    const bytes = readFileSync(archive).toString('latin1');
    for (const word of ['topology', 'hospital', 'secrets', 'name: test']) expect(bytes).not.toContain(word);
  });

  it('of which one byte was flipped, wherever, is told apart, and nothing of it is restored', async () => {
    const good = readFileSync(archive);
    const spoilt = join(folder, 'spoilt.backup');
    const home = join(folder, 'never');
    const frames = good.length - 256;
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 0, max: frames - 1 }),
        fc.integer({ min: 1, max: 255 }),
        async (at, flip) => {
          const bytes = Buffer.from(good);
          bytes[256 + at] = (bytes[256 + at] ?? 0) ^ flip;
          writeFileSync(spoilt, bytes);
          const error: unknown = await restoreBackup(spoilt, key, home).catch((thrown: unknown) => thrown);
          expect(['BACKUP_DAMAGED', 'BACKUP_KEY_WRONG']).toContain((error as { code?: string }).code);
          expect(existsSync(home)).toBe(false);
        },
      ),
      { numRuns: 60 },
    );
    expect(readdirSync(folder).filter((name) => name.includes('restoring'))).toEqual([]);
  });

  it('names the file in which a byte was flipped', async () => {
    const bytes = readFileSync(archive);
    const middle = Math.floor(bytes.length / 2);
    bytes[middle] = (bytes[middle] ?? 0) ^ 1;
    const spoilt = join(folder, 'middle.backup');
    writeFileSync(spoilt, bytes);
    await expect(readArchive(spoilt, key)).rejects.toMatchObject({
      code: 'BACKUP_DAMAGED',
      message: expect.stringContaining('ledger/care/blocks/blocks_000000') as string,
    });
  });

  it('that was cut off anywhere, or grew, is told apart', async () => {
    const good = readFileSync(archive);
    const cut = join(folder, 'cut.backup');
    for (const length of [10, 256, 300, 1_000_000, good.length - 1]) {
      writeFileSync(cut, good.subarray(0, length));
      await expect(readArchive(cut, key), String(length)).rejects.toMatchObject({
        code: expect.stringMatching(/^BACKUP_(DAMAGED|UNREADABLE|KEY_WRONG)$/) as string,
      });
    }
    writeFileSync(cut, Buffer.concat([good, Buffer.from('x')]));
    await expect(readArchive(cut, key)).rejects.toMatchObject({ code: 'BACKUP_DAMAGED' });
  });

  it('opens with its own key or passphrase alone', async () => {
    const other = join(folder, 'other');
    writeFileSync(other, randomBytes(32).toString('base64url'));
    await expect(readArchive(archive, { keyFile: other })).rejects.toMatchObject({
      code: 'BACKUP_KEY_WRONG',
    });
    const passphraseFile = join(folder, 'passphrase');
    writeFileSync(passphraseFile, 'correct horse battery\n');
    await expect(readArchive(archive, { passphraseFile })).rejects.toMatchObject({
      code: 'BACKUP_KEY_WRONG',
      hint: 'Give --key-file FILE.',
    });
    const second = join(folder, 'second.backup');
    await writeArchive(second, { passphraseFile }, DESCRIPTION, sources);
    expect((await readArchive(second, { passphraseFile })).files).toHaveLength(4);
    writeFileSync(passphraseFile, 'correct horse batterz\n');
    await expect(readArchive(second, { passphraseFile })).rejects.toMatchObject({ code: 'BACKUP_KEY_WRONG' });
    writeFileSync(passphraseFile, 'short\n');
    await expect(readArchive(second, { passphraseFile })).rejects.toMatchObject({
      code: 'BACKUP_KEY_INVALID',
    });
  });

  it('is whole or not there, and never replaces another', async () => {
    const out = join(folder, 'half.backup');
    const missing = { path: 'gone', source: join(folder, 'gone') };
    await expect(writeArchive(out, key, DESCRIPTION, [...sources, missing])).rejects.toThrow('ENOENT');
    expect(readdirSync(folder).filter((name) => name.startsWith('half'))).toEqual([]);
    await expect(writeArchive(archive, key, DESCRIPTION, sources)).rejects.toMatchObject({
      code: 'BACKUP_EXISTS',
    });
    // An erased record is no fault.
    const manifest = await writeArchive(out, key, DESCRIPTION, [...sources, { ...missing, mayVanish: true }]);
    expect(manifest.files).toHaveLength(4);
  });

  it('cannot write outside of the home', async () => {
    const out = join(folder, 'evil.backup');
    const [first] = sources;
    for (const path of ['../evil', '/etc/evil', 'a/../../evil', 'a\\evil']) {
      await expect(
        writeArchive(out, key, DESCRIPTION, [{ path, source: first?.source ?? '' }]),
        path,
      ).rejects.toThrow();
    }
  });
});
