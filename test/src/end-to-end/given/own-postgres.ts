import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { preparePostgres, wipePlace } from '../../../../network/src/postgres/index.js';
import { Supervisor } from '../../../../network/src/process/index.js';

const OWNER = 'clinic owner';
/** What a URL must not show as it is. */
const PASSWORD = 'p@ss/word: 100%';

/** A PostgreSQL server that no consortium knows of before it is given its address. */
export class OwnPostgres {
  private supervisor: Supervisor | undefined;

  private constructor(
    private readonly folder: string,
    readonly port: number,
  ) {}

  /** Runs, with one role and its empty databases. */
  static async start(databases: readonly string[]): Promise<OwnPostgres> {
    const folder = mkdtempSync(join(tmpdir(), 'medaccord-own-postgres-'));
    chmodSync(folder, 0o755);
    const server = new OwnPostgres(folder, await freePort());
    await server.resume();
    const { superuser } = JSON.parse(await readFile(join(folder, 'postgres/credentials.json'), 'utf8')) as {
      superuser: string;
    };
    const client = new Client({ connectionString: server.url('medaccord', superuser, 'postgres') });
    await client.connect();
    const owner = client.escapeIdentifier(OWNER);
    await client.query(`CREATE ROLE ${owner} LOGIN PASSWORD ${client.escapeLiteral(PASSWORD)}`);
    for (const name of databases) {
      await client.query(`CREATE DATABASE ${client.escapeIdentifier(name)} OWNER ${owner}`);
    }
    await client.end();
    return server;
  }

  /** @param database may hold `{organisation}`. */
  template(database: string, password = PASSWORD): string {
    return this.url(encodeURIComponent(OWNER), encodeURIComponent(password), database);
  }

  async resume(): Promise<void> {
    const { process } = await preparePostgres(this.folder, this.port, []);
    this.supervisor = new Supervisor({ logFolder: this.folder });
    await this.supervisor.start(process);
  }

  async stop(): Promise<void> {
    await this.supervisor?.stop();
  }

  async remove(): Promise<void> {
    await this.stop();
    wipePlace(this.folder);
    rmSync(this.folder, { recursive: true, force: true });
  }

  private url(user: string, password: string, database: string): string {
    return `postgres://${user}:${password}@127.0.0.1:${String(this.port)}/${database}`;
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
