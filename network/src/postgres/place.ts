import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { writeDurably } from '../process/index.js';
import type { Account } from './account.js';
import { canReach, chooseAccount } from './account.js';
import { PostgresError } from './errors.js';

/** Where the server's files are and as whom it runs. */
export interface Place {
  /** Holds `data` and, where the installed ones cannot be reached, the binaries. */
  readonly folder: string;
  readonly dataFolder: string;
  /** Undefined: as the user we are. */
  readonly account: Account | undefined;
}

/** Root's places for data that its unprivileged user must reach when the home folder lies out of reach. */
const OUTSIDE = ['/var/lib/medaccord', join(tmpdir(), 'medaccord')];

/**
 * The place of this home's server: `home/postgres`, or, for root with a home that only root can enter, a
 * folder outside, which `home/postgres/place.json` remembers.
 * @throws PostgresError POSTGRES_DATA_MISSING where a remembered folder has gone; POSTGRES_DATA_FOREIGN where
 * its data belong to somebody whom this user cannot be; POSTGRES_NO_PLACE, POSTGRES_NO_ACCOUNT.
 */
export function findPlace(home: string): Place {
  const inside = join(home, 'postgres');
  mkdirSync(inside, { recursive: true });
  const remembered = rememberedFolder(home);
  if (remembered !== undefined && !existsSync(join(remembered, 'data'))) {
    throw new PostgresError(
      'POSTGRES_DATA_MISSING',
      `the database of ${home} was in ${remembered}, which has gone`,
      {
        hint: 'Bring that folder back, or remove this consortium with `medaccord down --wipe`.',
      },
    );
  }
  const folder = remembered ?? inside;
  const owner = statSync(join(folder, 'data'), { throwIfNoEntry: false });
  if (owner !== undefined && process.getuid?.() !== 0 && owner.uid !== process.getuid?.()) {
    throw new PostgresError(
      'POSTGRES_DATA_FOREIGN',
      `the database in ${folder} belongs to user ${owner.uid}`,
      {
        hint: 'Run medaccord as the user who made this consortium (or as root), or use another --home.',
      },
    );
  }
  const account = chooseAccount(owner);
  const chosen = owner === undefined ? chooseFolder(home, inside, account) : folder;
  return { folder: chosen, dataFolder: join(chosen, 'data'), account };
}

/** Where this home's server has its data, made or not; nothing is looked for, nor made. */
export function dataFolderOf(home: string): string {
  return join(ownRememberedFolder(home) ?? join(home, 'postgres'), 'data');
}

/** Removes everything the server has outside the home folder. */
export function wipePlace(home: string): void {
  const remembered = ownRememberedFolder(home);
  if (remembered !== undefined) rmSync(remembered, { recursive: true, force: true });
}

/** Remembers a folder outside the home, once it holds data. */
export function rememberPlace(home: string, place: Place): void {
  if (place.folder === join(home, 'postgres')) return;
  writeDurably(join(home, 'postgres', 'place.json'), `${JSON.stringify({ folder: place.folder })}\n`);
}

function chooseFolder(home: string, inside: string, account: Account | undefined): string {
  if (account === undefined || canReach(realpathSync(inside), account)) return inside;
  const refusals: string[] = [];
  for (const parent of OUTSIDE) {
    const folder = join(parent, hashOf(home));
    try {
      for (const path of [parent, folder]) {
        mkdirSync(path, { recursive: true, mode: 0o755 });
        const made = lstatSync(path);
        // In a folder that others write, somebody may have been there before us.
        if (!made.isDirectory() || made.uid !== 0) throw new Error(`${path} is not root's own folder`);
        chmodSync(path, 0o755);
      }
      if (canReach(folder, account)) return folder;
      refusals.push(`${folder} is out of reach for ${account.name}`);
    } catch (error) {
      refusals.push((error as Error).message);
    }
  }
  throw new PostgresError('POSTGRES_NO_PLACE', `no folder for PostgreSQL's data: ${refusals.join('; ')}`, {
    hint: `Choose a --home that user ${account.name} can reach.`,
  });
}

function rememberedFolder(home: string): string | undefined {
  try {
    const { folder } = JSON.parse(readFileSync(join(home, 'postgres', 'place.json'), 'utf8')) as {
      folder: unknown;
    };
    return typeof folder === 'string' ? folder : undefined;
  } catch {
    return undefined;
  }
}

/** What is removed or ended outside the home is only ever in a folder that this module names itself. */
function ownRememberedFolder(home: string): string | undefined {
  const remembered = rememberedFolder(home);
  return remembered !== undefined && isOurs(remembered, home) ? remembered : undefined;
}

function isOurs(folder: string, home: string): boolean {
  return OUTSIDE.includes(dirname(folder)) && folder.endsWith(hashOf(home));
}

function hashOf(home: string): string {
  return createHash('sha256').update(realpathSync(home)).digest('hex').slice(0, 16);
}
