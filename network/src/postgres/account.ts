import { readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { OWN_SERVER_HINT, PostgresError } from './errors.js';

/** A user of this machine as whom the server runs. */
export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/** Unprivileged users that systems come with; the first that exists is taken. */
const CANDIDATES = ['nobody', 'daemon', 'bin'];

/**
 * As whom the server runs: PostgreSQL refuses root, so root needs an existing user; none is created.
 * @param owner whose the data already is, if there is any: it stays theirs.
 * @returns undefined for "as the user we are".
 * @throws PostgresError POSTGRES_NO_ACCOUNT where root finds no unprivileged user.
 */
export function chooseAccount(owner?: { uid: number; gid: number }): Account | undefined {
  if (process.getuid?.() !== 0) return undefined;
  if (owner !== undefined && owner.uid !== 0) return { name: `uid ${owner.uid}`, ...owner };
  const accounts = readAccounts();
  for (const name of CANDIDATES) {
    const account = accounts.find((one) => one.name === name && one.uid !== 0);
    if (account !== undefined) return account;
  }
  throw new PostgresError(
    'POSTGRES_NO_ACCOUNT',
    'PostgreSQL does not run as root, and /etc/passwd knows none of nobody, daemon and bin to run it as',
    { hint: `Run as a plain user, ${OWN_SERVER_HINT}.` },
  );
}

/**
 * Whether this user can get to the path and use it: enter every folder above, and read it (a folder also
 * entered, a file marked executable also run).
 */
export function canReach(path: string, account: Account): boolean {
  const own = statSync(path, { throwIfNoEntry: false });
  if (own === undefined) return false;
  const needed = own.isDirectory() || (own.mode & 0o111) !== 0 ? 0o5 : 0o4;
  if ((permissions(own, account) & needed) !== needed) return false;
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    if ((permissions(statSync(folder), account) & 0o1) === 0) return false;
    if (folder === dirname(folder)) return true;
  }
}

function permissions(file: { mode: number; uid: number; gid: number }, account: Account): number {
  if (file.uid === account.uid) return (file.mode >> 6) & 0o7;
  if (file.gid === account.gid) return (file.mode >> 3) & 0o7;
  return file.mode & 0o7;
}

function readAccounts(): Account[] {
  let text = '';
  try {
    text = readFileSync('/etc/passwd', 'utf8');
  } catch {
    return [];
  }
  return text.split('\n').flatMap((line) => {
    const [name, , uid, gid] = line.split(':');
    return name === undefined || name === '' || uid === undefined || gid === undefined
      ? []
      : [{ name, uid: Number(uid), gid: Number(gid) }];
  });
}
