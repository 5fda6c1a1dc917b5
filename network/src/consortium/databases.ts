import { runPaths } from '../home/index.js';
import { databasesFromTemplate, preparePostgres, requireBuiltInServer } from '../postgres/index.js';
import { Supervisor } from '../process/index.js';
import { keepDatabaseUrl } from '../crypto-material/index.js';
import { findOrganisation, isConsortium, type Topology } from '../topology/index.js';
import { runningState } from './running.js';

/**
 * Does something for which the gateways' databases have to serve: while a consortium runs they do; of one that does not,
 * the built-in server is started for that time.
 * @param databaseUrl template of a server of the user's own.
 * @throws PostgresError DATABASE_URL_MISSING where the databases are on a server of the user's own, and nothing runs.
 */
export async function withDatabases<T>(
  home: string,
  topology: Topology,
  databaseUrl: string | undefined,
  work: () => Promise<T>,
): Promise<T> {
  if (!isConsortium(topology) || runningState(home) !== undefined) return work();
  const names = topology.organisations.map(({ name }) => name);
  const keep = (databases: readonly { readonly organisation: string; readonly url: string }[]): void => {
    for (const { organisation, url } of databases) {
      keepDatabaseUrl(home, findOrganisation(topology, organisation), url);
    }
  };
  if (databaseUrl !== undefined) {
    keep(databasesFromTemplate(databaseUrl, names));
    return work();
  }
  requireBuiltInServer(home);
  const server = await preparePostgres(home, topology.postgres.port, names);
  const supervisor = new Supervisor({ logFolder: runPaths(home).logs });
  try {
    await supervisor.start(server.process);
    await server.ensureDatabases();
    keep(server.databases);
    return await work();
  } finally {
    await supervisor.stop();
  }
}
