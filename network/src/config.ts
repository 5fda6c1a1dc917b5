import { homedir } from 'node:os';
import { join } from 'node:path';

/** Every environment variable that `network` reads. */
export const config = {
  /** Where a consortium lives, when `--home` is not given. */
  home: nonEmpty(process.env.MEDACCORD_HOME) ?? '.medaccord',
  /** URL template of a PostgreSQL server of one's own; `{organisation}` stands for each organisation's name. */
  databaseUrl: nonEmpty(process.env.MEDACCORD_DATABASE_URL),
  /** Where Fabric's own programs are looked for. */
  fabric: {
    fabricBin: nonEmpty(process.env.FABRIC_BIN),
    path: process.env.PATH,
    cache: nonEmpty(process.env.XDG_CACHE_HOME) ?? join(homedir(), '.cache'),
  },
  /** What is downloaded where there are none: a mirror of Fabric's releases (`none`: nothing), the archive's hash. */
  fabricRelease: {
    url: nonEmpty(process.env.MEDACCORD_FABRIC_URL),
    sha256: nonEmpty(process.env.MEDACCORD_FABRIC_SHA256),
    anyVersion: nonEmpty(process.env.MEDACCORD_FABRIC_ANY_VERSION) !== undefined,
  },
  /** Log level of the gateways and the ledger. */
  logLevel: nonEmpty(process.env.LOG_LEVEL) ?? 'info',
  /** Fabric's own setting of a peer, `chaincode.executetimeout`: how long a chaincode may take. */
  executeTimeout: nonEmpty(process.env.CORE_CHAINCODE_EXECUTETIMEOUT),
  /** Where `production` may be said; the embedded ledger does not start then. */
  environments: { NODE_ENV: process.env.NODE_ENV, MEDACCORD_ENV: process.env.MEDACCORD_ENV },
  /** Set by npm while it runs one of the package's scripts. */
  underNpm: nonEmpty(process.env.npm_lifecycle_event) !== undefined,
} as const;

/** The environment of a process that is to find what this one was told; unlike its arguments, no other user sees it. */
export function inheritedEnvironment(told: { readonly databaseUrl?: string }): NodeJS.ProcessEnv {
  return { ...process.env, MEDACCORD_DATABASE_URL: told.databaseUrl };
}

/** What every child process gets besides its own settings: enough to find programs, folders and the language. */
export function baseEnvironment(): NodeJS.ProcessEnv {
  const kept = /^(PATH|LANG|LC_[A-Z]+|TZ|TMPDIR|TEMP|TMP|SYSTEMROOT|NODE_EXTRA_CA_CERTS|NODE_OPTIONS)$/i;
  const inherited = Object.entries(process.env).filter(([name]) => kept.test(name));
  return { HOME: homedir(), ...Object.fromEntries(inherited) };
}

function nonEmpty(text: string | undefined): string | undefined {
  return text === undefined || text === '' ? undefined : text;
}
