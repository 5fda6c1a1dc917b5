import { hkdfSync, randomBytes, scrypt } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { z } from 'zod';
import { BackupError } from './backup-error.js';

/** Where the key of an archive comes from. Exactly one of them. */
export interface KeySource {
  /** Its first line, 12 or more characters. */
  readonly passphraseFile?: string;
  /** 32 bytes in base64url or hex, as `openssl rand -hex 32` makes them. */
  readonly keyFile?: string;
}

/** How an archive's own key follows from what its owner keeps: written in clear at the head of the archive. */
export const KeyDerivation = z.object({
  kind: z.enum(['passphrase', 'key']),
  /** Hex; another one for every archive, so that no key is used twice. */
  salt: z.string().regex(/^[0-9a-f]{64}$/),
});
export type KeyDerivation = z.infer<typeof KeyDerivation>;

const KEY = 32;
/** 128 MiB and about half a second: an archive may be guessed at without end. */
const SCRYPT = { N: 2 ** 17, r: 8, p: 1, maxmem: 256 * 1024 * 1024 };
const LEAST_CHARACTERS = 12;
const INFO = 'medaccord backup 1';

export function newDerivation(source: KeySource): KeyDerivation {
  const kind = source.keyFile === undefined ? 'passphrase' : 'key';
  return { kind, salt: randomBytes(KEY).toString('hex') };
}

/** @throws BackupError BACKUP_KEY_INVALID, BACKUP_KEY_WRONG where the archive wants the other kind. */
export async function archiveKey(source: KeySource, { kind, salt }: KeyDerivation): Promise<Buffer> {
  const own = source.keyFile === undefined ? 'passphrase' : 'key';
  if (own !== kind) {
    const wanted = kind === 'key' ? '--key-file' : '--passphrase-file';
    throw new BackupError('BACKUP_KEY_WRONG', `the archive was made with a ${kind}`, `Give ${wanted} FILE.`);
  }
  const saltBytes = Buffer.from(salt, 'hex');
  const secret = source.keyFile === undefined ? passphraseOf(source) : keyOf(source.keyFile);
  const root =
    kind === 'key'
      ? secret
      : await promisify<Buffer, Buffer, number, object, Buffer>(scrypt)(secret, saltBytes, KEY, SCRYPT);
  return Buffer.from(hkdfSync('sha256', root, saltBytes, INFO, KEY));
}

function passphraseOf({ passphraseFile = '' }: KeySource): Buffer {
  const [line = ''] = read(passphraseFile).split(/\r?\n/, 1);
  if (line.length < LEAST_CHARACTERS) {
    throw new BackupError(
      'BACKUP_KEY_INVALID',
      `the first line of ${passphraseFile} has fewer than ${LEAST_CHARACTERS} characters`,
    );
  }
  return Buffer.from(line.normalize('NFC'));
}

function keyOf(file: string): Buffer {
  const text = read(file).trim();
  const key = /^[0-9a-f]{64}$/i.test(text) ? Buffer.from(text, 'hex') : Buffer.from(text, 'base64url');
  if (key.length === KEY) return key;
  throw new BackupError(
    'BACKUP_KEY_INVALID',
    `${file} does not hold 32 bytes in hex or base64url`,
    `Make one: openssl rand -hex 32 > ${file}`,
  );
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new BackupError('BACKUP_KEY_INVALID', `${file} cannot be read`, undefined, cause);
  }
}
