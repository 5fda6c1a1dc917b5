import { existsSync, readdirSync } from 'node:fs';
import { join, relative, resolve, sep } from 'node:path';
import type { EngineName } from '../consortium/index.js';
import { ORDERER_ORGANISATION } from '../crypto-material/index.js';
import { fabricPaths, ordererPaths, organisationPaths, ownServerFile, topologyFile } from '../home/index.js';
import { isConsortiumOrganisation, type Organisation, type Topology } from '../topology/index.js';
import type { ArchivedSource } from './archive.js';

/** What of a home goes into an archive. */
export interface Scope {
  readonly home: string;
  readonly topology: Topology;
  readonly engine: EngineName;
  /** Whose keys and data; of all others what everybody may see. `orderer` for the orderers. */
  readonly organisations: readonly string[];
}

/** Files that the embedded ledger makes again from its blocks, or that are of the process that runs. */
const NOT_OF_THE_LEDGER = /\/(state|transient|lock)(\/|$)/;
const PUBLIC = /^(msp\/|ca\/[^/]+-cert\.pem$|tlsca\/([^/]+-cert|crl)\.pem$|connection-)/;

/**
 * The files that lie in the home, apart from what has to be copied in a way of its own (registries, real nodes' data,
 * the databases). Vaults come last, after the databases that say what is in them.
 */
export function filesOfHome(scope: Scope): ArchivedSource[] {
  const { home, topology, engine, organisations } = scope;
  const chosen = topology.organisations.filter(({ name }) => organisations.includes(name));
  return [
    ...existing(home, [topologyFile(home), ownServerFile(home)]),
    ...ofOrderers(scope),
    ...topology.organisations.flatMap((organisation) => ofOrganisation(scope, organisation)),
    ...(engine === 'embedded' ? embeddedLedger(home) : []),
    ...(engine === 'fabric' ? filesIn(home, join(fabricPaths(home).root, 'channels')) : []),
    ...chosen.flatMap((organisation) => ofGateway(home, organisation)),
  ];
}

function ofOrderers({ home, topology, organisations }: Scope): ArchivedSource[] {
  const { root } = ordererPaths(home, topology.orderers);
  const all = filesIn(home, root);
  return organisations.includes(ORDERER_ORGANISATION) ? all : all.filter((file) => isPublic(root, file));
}

function ofOrganisation({ home, organisations }: Scope, organisation: Organisation): ArchivedSource[] {
  const { root, caService } = organisationPaths(home, organisation);
  const all = filesIn(home, root);
  if (!organisations.includes(organisation.name)) return all.filter((file) => isPublic(root, file));
  return [...all, ...filesIn(home, caService.tls)];
}

function ofGateway(home: string, organisation: Organisation): ArchivedSource[] {
  if (!isConsortiumOrganisation(organisation)) return [];
  const { gateway } = organisationPaths(home, organisation);
  const vault = filesIn(home, gateway.vault).map((file) => ({ ...file, mayVanish: true }));
  return [
    ...existing(home, [gateway.secrets]),
    ...filesIn(home, gateway.wallet),
    ...filesIn(home, gateway.tls),
    ...vault,
  ];
}

/** Blocks are appended to; what was cut in the middle of one is cut off when the ledger starts. */
function embeddedLedger(home: string): ArchivedSource[] {
  return filesIn(home, join(home, 'ledger')).filter(({ path }) => !NOT_OF_THE_LEDGER.test(path));
}

function isPublic(root: string, { source }: ArchivedSource): boolean {
  return PUBLIC.test(relative(root, source).split(sep).join('/'));
}

/** Every file below a folder; temporary ones of writes under way begin with a dot or end so. */
export function filesIn(home: string, folder: string): ArchivedSource[] {
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith('.tmp') && !entry.name.startsWith('.'))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  return existing(home, files);
}

function existing(home: string, files: readonly string[]): ArchivedSource[] {
  return files.filter(existsSync).map((source) => ({ path: pathIn(resolve(home), source), source }));
}

export function pathIn(home: string, file: string): string {
  return relative(home, file).split(sep).join('/');
}
