import { randomBytes } from 'node:crypto';
import {
  chownSync,
  existsSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { baseEnvironment } from '../config.js';
import { endProcess, runCommand, waitForEnd } from '../process/index.js';
import { processesOf } from '../process/working-folder.js';
import type { Binaries } from './binaries.js';
import { OWN_SERVER_HINT, PostgresError } from './errors.js';
import type { Place } from './place.js';

export const SUPERUSER = 'medaccord';

/**
 * Makes the data folder where there is none; one that was left half made is made anew.
 * @throws PostgresError POSTGRES_CANNOT_RUN with what the program said; POSTGRES_DATA_FOREIGN for data of
 * another PostgreSQL version.
 */
export async function ensureCluster(place: Place, binaries: Binaries, password: string): Promise<void> {
  if (existsSync(place.dataFolder)) {
    checkVersion(place, binaries);
    return;
  }
  const unfinished = `${place.dataFolder}.new`;
  const passwordFile = join(place.folder, `.password-${randomBytes(6).toString('hex')}`);
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { mode: 0o700 });
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600, flag: 'wx' });
  try {
    const { account } = place;
    if (account !== undefined) {
      chownSync(unfinished, account.uid, account.gid);
      chownSync(passwordFile, account.uid, account.gid);
    }
    await runCommand(
      binaries.initdb,
      [
        `--pgdata=${unfinished}`,
        `--username=${SUPERUSER}`,
        `--pwfile=${passwordFile}`,
        '--auth=scram-sha-256',
        '--encoding=UTF8',
        // The same order of strings on every machine, whatever locales it has.
        '--locale-provider=builtin',
        '--builtin-locale=C.UTF-8',
        '--locale=C',
        '--no-instructions',
      ],
      {
        cwd: place.folder,
        env: { ...baseEnvironment(), LC_ALL: 'C' },
        user: account && { uid: account.uid, gid: account.gid },
      },
    );
    renameSync(unfinished, place.dataFolder);
  } catch (cause) {
    rmSync(unfinished, { recursive: true, force: true });
    const said = cause instanceof Error ? cause.message : String(cause);
    throw new PostgresError('POSTGRES_CANNOT_RUN', `PostgreSQL's data folder could not be made: ${said}`, {
      hint: `See what it says; ${OWN_SERVER_HINT}.`,
      cause,
    });
  } finally {
    rmSync(passwordFile, { force: true });
  }
}

/**
 * Makes the folder free for a start: stops a server that a killed supervisor left running there, and removes
 * a postmaster.pid whose number belongs to nobody, or to some other program by now.
 * @returns whether a server ran.
 */
export async function clearLeftovers(dataFolder: string): Promise<boolean> {
  if (!existsSync(dataFolder)) return false;
  const folder = realpathSync(dataFolder);
  const pidFile = join(folder, 'postmaster.pid');
  const noted = existsSync(pidFile) ? Number(readFileSync(pidFile, 'utf8').split('\n', 1)[0]) : undefined;
  const left = processesOf(folder, noted);
  const server = left.find(({ pid }) => pid === noted);
  if (server !== undefined) await endProcess(server, 15_000);
  // Its children end by themselves when it has gone; one that does not is ended.
  for (const child of processesOf(folder, undefined)) {
    if (!(await waitForEnd(child, 3000))) await endProcess(child, 3000);
  }
  rmSync(pidFile, { force: true });
  return left.length > 0;
}

function checkVersion(place: Place, binaries: Binaries): void {
  const data = readFileSync(join(place.dataFolder, 'PG_VERSION'), 'utf8').trim();
  const program = binaries.version.split('.', 1)[0] ?? '';
  if (data === program) return;
  throw new PostgresError(
    'POSTGRES_DATA_FOREIGN',
    `the database in ${place.dataFolder} is of PostgreSQL ${data}, the installed programs of ${program}`,
    {
      hint: 'The read model can be rebuilt: move that folder away and run `medaccord up` again.',
    },
  );
}
