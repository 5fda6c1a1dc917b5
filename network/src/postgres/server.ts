import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { baseEnvironment } from '../config.js';
import type { ProcessSpec } from '../process/index.js';
import { writeDurably } from '../process/index.js';
import { findBinaries } from './binaries.js';
import { clearLeftovers, ensureCluster, SUPERUSER } from './cluster.js';
import type { OrganisationDatabase } from './databases.js';
import { databaseName, ensureDatabases } from './databases.js';
import { dataFolderOf, findPlace, rememberPlace } from './place.js';

/** The home's own PostgreSQL: a process to supervise, and the databases to make once it serves. */
export interface PostgresServer {
  readonly process: ProcessSpec;
  readonly databases: readonly OrganisationDatabase[];
  /** Makes what is missing; to be called when the process is ready. */
  ensureDatabases(): Promise<void>;
}

/**
 * Prepares the server of a home folder: place, programs, data folder, passwords (`home/postgres/
 * credentials.json`, 0600). Listens on 127.0.0.1 alone, without a Unix socket.
 * @throws PostgresError
 */
export async function preparePostgres(
  home: string,
  port: number,
  organisations: readonly string[],
): Promise<PostgresServer> {
  const place = findPlace(home);
  const binaries = findBinaries(place);
  const credentials = ensureCredentials(home, organisations);
  await ensureCluster(place, binaries, credentials.superuser);
  rememberPlace(home, place);
  const url = (user: string, password: string, database: string) =>
    `postgres://${user}:${password}@127.0.0.1:${port}/${database}`;
  return {
    process: {
      name: 'postgres',
      program: binaries.postgres,
      arguments: ['-D', place.dataFolder, '-p', String(port), ...settings(organisations.length)],
      environment: { ...baseEnvironment(), LC_ALL: 'C' },
      cwd: place.folder,
      user: place.account && { uid: place.account.uid, gid: place.account.gid },
      ready: { line: /database system is ready to accept connections/ },
      // A fast shutdown: connections are cut, nothing is lost.
      stopSignal: 'SIGINT',
      graceMs: 20_000,
      beforeStart: async () => void (await clearLeftovers(place.dataFolder)),
      port,
    },
    databases: organisations.map((organisation) => {
      const name = databaseName(organisation);
      return { organisation, url: url(name, credentials.organisations[organisation] ?? '', name) };
    }),
    ensureDatabases: () =>
      ensureDatabases(url(SUPERUSER, credentials.superuser, 'postgres'), credentials.organisations),
  };
}

/** Ends a server that still runs on this home's data, whoever started it. @returns whether there was one. */
export function endLeftServer(home: string): Promise<boolean> {
  return clearLeftovers(dataFolderOf(home));
}

/** Small, because it serves a few gateways on one machine; durable, because nothing else is. */
function settings(organisations: number): string[] {
  const values: Record<string, string> = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    max_connections: String(20 + 20 * organisations),
    shared_buffers: '32MB',
    fsync: 'on',
    wal_level: 'minimal',
    max_wal_senders: '0',
    min_wal_size: '32MB',
    max_wal_size: '256MB',
    jit: 'off',
    io_method: 'sync',
    max_worker_processes: '2',
    max_parallel_workers_per_gather: '0',
    password_encryption: 'scram-sha-256',
    log_line_prefix: '%m [%p] %d ',
    log_timezone: 'UTC',
    timezone: 'UTC',
    // A statement may hold what must not be in a log.
    log_min_error_statement: 'panic',
    log_parameter_max_length_on_error: '0',
  };
  return Object.entries(values).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
}

interface Credentials {
  readonly superuser: string;
  readonly organisations: Readonly<Record<string, string>>;
}

function ensureCredentials(home: string, organisations: readonly string[]): Credentials {
  const path = join(home, 'postgres', 'credentials.json');
  const known = readCredentials(path);
  const credentials: Credentials = {
    superuser: known?.superuser ?? password(),
    organisations: Object.fromEntries(
      organisations.map((organisation) => [organisation, known?.organisations[organisation] ?? password()]),
    ),
  };
  writeDurably(path, `${JSON.stringify(credentials, null, 2)}\n`, 0o600);
  return credentials;
}

function readCredentials(path: string): Credentials | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Credentials;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function password(): string {
  return randomBytes(24).toString('base64url');
}
