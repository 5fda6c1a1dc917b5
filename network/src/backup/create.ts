import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { cp, mkdtemp, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { CodedError } from '../coded-error.js';
import {
  ConsortiumError,
  engineFor,
  processControl,
  requireTopology,
  runningState,
  withDatabases,
  type EngineName,
} from '../consortium/index.js';
import { ORDERER_ORGANISATION } from '../crypto-material/index.js';
import { fabricPaths, organisationPaths, runPaths } from '../home/index.js';
import { takeRunLock, type RunLock } from '../process/index.js';
import { withAuthority } from '../identity/local-authority.js';
import {
  findOrganisation,
  isConsortiumOrganisation,
  type Organisation,
  type Topology,
} from '../topology/index.js';
import { writeArchive, type ArchivedSource, type Manifest } from './archive.js';
import type { KeySource } from './archive-key.js';
import { BackupError } from './backup-error.js';
import { filesIn, filesOfHome, pathIn, type Scope } from './contents.js';
import { dumpServices } from './service-dumps.js';

export interface BackupOptions {
  readonly home: string;
  /** File to be made. */
  readonly out: string;
  readonly key: KeySource;
  /** Names; all and the orderers where left out. */
  readonly organisations?: readonly string[];
  /** A PostgreSQL server of the user's own, where the home's databases are on one and nothing runs. */
  readonly databaseUrl?: string;
}

/** What a backup would hold, and which processes it would stop for the time of a copy. */
export interface BackupPlan {
  readonly engine: EngineName;
  readonly organisations: readonly string[];
  readonly stops: readonly string[];
}

const STAGING = 'backup-';

/** @throws BackupError BACKUP_NEEDS_STOP; CodedError ORGANISATION_UNKNOWN, NOT_RUNNING. */
export function planBackup({
  home,
  organisations,
}: Pick<BackupOptions, 'home' | 'organisations'>): BackupPlan {
  const topology = requireTopology(home);
  const engine = engineFor(home, undefined);
  const running = runningState(home) !== undefined;
  if (engine === 'fabric' && running && organisations === undefined) {
    throw new BackupError(
      'BACKUP_NEEDS_STOP',
      'real orderers and all peers cannot be copied as they are at one instant while they run',
      'Name one organisation with --org, whose peer is stopped for the copy, or stop all: medaccord down',
    );
  }
  const names = organisations ?? [...topology.organisations.map(({ name }) => name), ORDERER_ORGANISATION];
  for (const name of names) if (name !== ORDERER_ORGANISATION) findOrganisation(topology, name);
  const stops = engine === 'fabric' && running ? peersOf(topology, names).map(({ process }) => process) : [];
  return { engine, organisations: names, stops };
}

/**
 * Copies organisations' keys, ledger, registry, wallets, vault and what only their databases hold into one encrypted
 * archive. While the network runs: databases and registries as of one instant each, then vaults, which have whatever the
 * databases name; the embedded ledger's blocks, which are only appended to; of a real organisation its one peer, stopped
 * as long as its data are copied to the same disk, and started again even where this process is killed.
 * @throws BackupError BACKUP_EXISTS, BACKUP_KEY_INVALID, BACKUP_NEEDS_STOP.
 */
export async function createBackup(options: BackupOptions): Promise<Manifest & { readonly bytes: number }> {
  const home = resolve(options.home);
  const out = resolve(options.out);
  if (existsSync(out)) throw new BackupError('BACKUP_EXISTS', `${out} is there already`);
  if (!existsSync(dirname(out))) {
    throw new CodedError('FILE_UNREADABLE', `there is no folder ${dirname(out)}`);
  }
  const plan = planBackup(options);
  const topology = requireTopology(home);
  const scope: Scope = { home, topology, engine: plan.engine, organisations: plan.organisations };
  const lock = runningState(home) === undefined ? lockStopped(home) : undefined;
  const staging = await openStaging(home);
  try {
    const staged = [
      ...(await stageRegistries(scope, staging)),
      ...(await stageDatabases(scope, staging, options.databaseUrl)),
      ...(await stageNodes(scope, staging)),
    ];
    const description = {
      version: 1 as const,
      made: new Date().toISOString(),
      consortium: topology.name,
      engine: plan.engine,
      organisations: [...plan.organisations],
    };
    const manifest = await writeArchive(out, options.key, description, [...staged, ...filesOfHome(scope)]);
    return { ...manifest, bytes: (await stat(out)).size };
  } finally {
    rmSync(staging, { recursive: true, force: true });
    lock?.release();
  }
}

/** So that no `up` begins meanwhile. */
function lockStopped(home: string): RunLock {
  const lock: RunLock | { pid: number } = takeRunLock(runPaths(home).lock);
  if ('release' in lock) return lock;
  throw new ConsortiumError('STILL_STARTING', `process ${lock.pid} is starting the consortium in ${home}`);
}

/** On the home's own disk; what a killed backup left there goes. */
async function openStaging(home: string): Promise<string> {
  const run = join(home, 'run');
  mkdirSync(run, { recursive: true });
  for (const name of readdirSync(run).filter((entry) => entry.startsWith(STAGING))) {
    rmSync(join(run, name), { recursive: true, force: true });
  }
  return mkdtemp(join(run, STAGING));
}

async function stageRegistries(
  { home, topology, organisations }: Scope,
  staging: string,
): Promise<ArchivedSource[]> {
  const sources: ArchivedSource[] = [];
  for (const name of organisations) {
    if (name === ORDERER_ORGANISATION) continue;
    const { registry } = organisationPaths(home, findOrganisation(topology, name)).caService;
    const source = join(staging, `registry-${name}.mdb`);
    await withAuthority({ home, topology }, name, (authority) => authority.registry.copyTo(source));
    sources.push({ path: pathIn(home, registry), source });
  }
  return sources;
}

async function stageDatabases(
  { home, topology, organisations }: Scope,
  staging: string,
  databaseUrl: string | undefined,
): Promise<ArchivedSource[]> {
  const gateways = topology.organisations
    .filter(isConsortiumOrganisation)
    .filter(({ name }) => organisations.includes(name));
  if (gateways.length === 0) return [];
  const dumps = await withDatabases(home, topology, databaseUrl, () => dumpServices(home, gateways, staging));
  return dumps.map(({ organisation, file }) => ({
    path: pathIn(home, join(organisationPaths(home, organisation).gateway.folder, 'service.dump')),
    source: file,
  }));
}

/** Data of real nodes: the running ones' peers copied while each is stopped; all, orderers too, where nothing runs. */
async function stageNodes(scope: Scope, staging: string): Promise<ArchivedSource[]> {
  const { home, topology, engine, organisations } = scope;
  if (engine !== 'fabric') return [];
  if (runningState(home) === undefined) {
    const orderers = organisations.includes(ORDERER_ORGANISATION) ? topology.orderers.nodes : [];
    const { domain } = topology.orderers;
    return [
      ...orderers.flatMap(({ name }) => filesIn(home, fabricPaths(home).orderer(name, domain).data)),
      ...peersOf(topology, organisations).flatMap(({ organisation, peer }) =>
        filesIn(home, fabricPaths(home).peer(peer, organisation.domain).data),
      ),
    ];
  }
  const sources: ArchivedSource[] = [];
  for (const { organisation, peer, process } of peersOf(topology, organisations)) {
    const { data } = fabricPaths(home).peer(peer, organisation.domain);
    const copy = join(staging, process);
    await processControl(home).hold(process, () => cp(data, copy, { recursive: true }));
    const files = filesIn(copy, copy);
    sources.push(...files.map(({ path, source }) => ({ path: `${pathIn(home, data)}/${path}`, source })));
  }
  return sources;
}

interface ChosenPeer {
  readonly organisation: Organisation;
  readonly peer: string;
  readonly process: string;
}

function peersOf({ organisations }: Topology, names: readonly string[]): ChosenPeer[] {
  return organisations
    .filter(({ name }) => names.includes(name))
    .flatMap((organisation) =>
      organisation.peers.map(({ name }) => ({
        organisation,
        peer: name,
        process: `${name}.${organisation.name}`,
      })),
    );
}
