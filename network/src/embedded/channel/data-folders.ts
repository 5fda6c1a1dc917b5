import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { CodedError } from '../../coded-error.js';
import { replaceFrom } from '../../home/index.js';

/**
 * Version of what the files of each folder of a channel mean, kept in its file `format`: one more whenever their bytes
 * mean something else.
 */
export const DATA_FORMATS = { blocks: 1, state: 1, transient: 2 } as const;
type Folder = keyof typeof DATA_FORMATS;

/** Something that can be made again was not as it should be, and was removed. */
export interface Remade {
  readonly folder: string;
  readonly reason: string;
}

const FORMAT_FILE = 'format';
/** There while the database is being opened: LMDB ends the process where it stumbles over damaged pages. */
const OPENING_FILE = 'opening';

/**
 * Readies the folders of a channel's data for this program. State follows from the blocks, and what is transient
 * belongs to transactions that a client can send again: where these are of another format, or damaged, they are
 * removed. Call `opened` once the databases are open.
 * @throws CodedError LEDGER_FORMAT where the blocks are of another format; nothing is then changed.
 */
export function prepareDataFolders(dir: string): { remade: Remade[]; opened: () => void } {
  requireBlocksFormat(join(dir, 'blocks'));
  const remade = (['state', 'transient'] as const).flatMap((name) => {
    const folder = join(dir, name);
    const reason = existsSync(folder) ? whatIsWrong(folder, name) : undefined;
    if (reason !== undefined) rmSync(folder, { recursive: true });
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    if (readFormat(folder) === undefined) writeFormat(folder, name);
    writeFileSync(join(folder, OPENING_FILE), '');
    return reason === undefined ? [] : [{ folder, reason }];
  });
  for (const left of ['state.new', 'state.old', 'check']) {
    rmSync(join(dir, left), { recursive: true, force: true });
  }
  const opened = () => {
    for (const name of ['state', 'transient']) rmSync(join(dir, name, OPENING_FILE), { force: true });
  };
  return { remade, opened };
}

/** Makes the folder of a state that is to take the place of another. */
export function prepareStateFolder(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  writeFormat(folder, 'state');
}

/** Why the state of a channel cannot be used as it is; undefined where it can, or is not there. */
export function unusableState(dir: string): string | undefined {
  const folder = join(dir, 'state');
  return existsSync(folder) ? whatIsWrong(folder, 'state') : undefined;
}

/** @throws CodedError LEDGER_FORMAT. */
export function requireBlocksFormat(folder: string): void {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const found = readFormat(folder);
  if (found === String(DATA_FORMATS.blocks)) return;
  const holdsBlocks = readdirSync(folder).some(
    (name) => name.startsWith('blocks_') && statSync(join(folder, name)).size > 0,
  );
  if (found === undefined && !holdsBlocks) {
    writeFormat(folder, 'blocks');
    return;
  }
  const written = found === undefined ? 'no format' : `format ${found}`;
  throw new CodedError(
    'LEDGER_FORMAT',
    `the blocks in ${folder} say ${written}; this version reads format ${String(DATA_FORMATS.blocks)}`,
    {
      hint: 'Run the version of medaccord that wrote them, or begin anew in another --home, or without these data: medaccord down --wipe --yes',
    },
  );
}

function whatIsWrong(folder: string, name: Folder): string | undefined {
  const found = readFormat(folder);
  if (found !== String(DATA_FORMATS[name]))
    return `it was of ${found === undefined ? 'no' : `another (${found})`} format`;
  if (existsSync(join(folder, OPENING_FILE))) return 'the process ended while it was being opened';
  const data = join(folder, 'data.mdb');
  if (existsSync(data) && !isDatabase(data)) return 'its data.mdb is damaged';
  return undefined;
}

function readFormat(folder: string): string | undefined {
  const file = join(folder, FORMAT_FILE);
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : undefined;
}

function writeFormat(folder: string, name: Folder): void {
  replaceFrom(folder, join(folder, FORMAT_FILE), `${String(DATA_FORMATS[name])}\n`);
}

const LMDB_MAGIC = 0xbeefc0de;
const LMDB_MAGIC_AT = 24;

/** Its first page begins as LMDB's does. Damage further on is not looked for. */
function isDatabase(file: string): boolean {
  const { size } = statSync(file);
  if (size === 0) return true;
  const descriptor = openSync(file, 'r');
  try {
    const magic = Buffer.alloc(4);
    readSync(descriptor, magic, 0, magic.length, LMDB_MAGIC_AT);
    // In the byte order of the machine.
    return [magic.readUInt32LE(), magic.readUInt32BE()].includes(LMDB_MAGIC);
  } finally {
    closeSync(descriptor);
  }
}
