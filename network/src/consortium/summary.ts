import { existsSync, readdirSync } from 'node:fs';
import { relative } from 'node:path';
import type { IdentityFile } from '../crypto-material/index.js';
import { readIdentityFile } from '../crypto-material/index.js';
import { organisationPaths } from '../home/index.js';
import type { ConsortiumOrganisation, Organisation, Topology } from '../topology/index.js';
import { isConsortium } from '../topology/index.js';
import type { EngineName } from './engine.js';

/** Where a Fabric client finds one organisation. */
export interface NetworkOrganisationSummary {
  readonly name: string;
  readonly mspId: string;
  /** `localhost:7051` …, the first peer's first. */
  readonly peers: readonly string[];
  readonly ca: string;
  readonly msp: string;
  readonly connectionProfile: string;
  readonly tlsCaFile: string;
  readonly identities: readonly string[];
}

/** With its gateway. */
export interface OrganisationSummary extends NetworkOrganisationSummary {
  readonly kind: string;
  readonly rest: string;
  readonly docs: string;
  /** The first peer. */
  readonly peer: string;
}

interface SummaryOf<Use extends string, O> {
  readonly home: string;
  readonly name: string;
  readonly engine: EngineName;
  /** A network of Fabric's alone, or a consortium with contracts and gateways. */
  readonly use: Use;
  readonly channels: readonly string[];
  readonly organisations: readonly O[];
  /** Commands to try, for a shell in the folder where `up` was typed. */
  readonly commands: readonly string[];
}
export type NetworkSummary = SummaryOf<'network', NetworkOrganisationSummary>;
export type ConsortiumSummary = SummaryOf<'consortium', OrganisationSummary>;

/** What `up` shows, and what other commands need to know of what runs. */
export type Summary = NetworkSummary | ConsortiumSummary;

export function summarize(home: string, topology: Topology, engine: EngineName = 'embedded'): Summary {
  const { name, channel, channels } = topology;
  const common = {
    home,
    name,
    engine,
    channels: [channel, ...channels.map((further) => further.name)],
  } as const;
  if (!isConsortium(topology)) {
    const organisations = topology.organisations.map((organisation) => ofNetwork(home, organisation));
    return { ...common, use: 'network', organisations, commands: networkCommands(home, topology) };
  }
  const organisations = topology.organisations.map((organisation) => ofConsortium(home, organisation));
  return { ...common, use: 'consortium', organisations, commands: consortiumCommands(home, organisations) };
}

function ofNetwork(home: string, organisation: Organisation): NetworkOrganisationSummary {
  const paths = organisationPaths(home, organisation);
  return {
    name: organisation.name,
    mspId: organisation.mspId,
    peers: organisation.peers.map(({ port }) => `localhost:${port}`),
    ca: `https://localhost:${organisation.ca.port}`,
    msp: paths.msp,
    connectionProfile: paths.connectionProfile,
    tlsCaFile: paths.tlsCa.certificate,
    identities: identitiesOf(home, organisation).map(({ name }) => name),
  };
}

function ofConsortium(home: string, organisation: ConsortiumOrganisation): OrganisationSummary {
  const network = ofNetwork(home, organisation);
  return {
    ...network,
    kind: organisation.kind,
    rest: `https://localhost:${organisation.gateway.rest}`,
    docs: `https://localhost:${organisation.gateway.rest}/docs`,
    peer: network.peers[0] ?? '',
  };
}

/** The users whose folders hold an `identity.json`, sorted by name. */
export function identitiesOf(home: string, organisation: Organisation): IdentityFile[] {
  const paths = organisationPaths(home, organisation);
  if (!existsSync(paths.usersFolder)) return [];
  const domain = `@${organisation.domain}`;
  return readdirSync(paths.usersFolder)
    .filter((folder) => folder.endsWith(domain))
    .sort()
    .map((folder) => readIdentityFile(paths.user(folder.slice(0, -domain.length)).identity))
    .filter((identity) => identity !== undefined);
}

function networkCommands(home: string, { organisations }: Topology): string[] {
  const [first] = organisations;
  const name = first === undefined ? '' : `${first.peers[0]?.name ?? ''}.${first.name}`;
  return [
    `npx medaccord peer list${homeOption(home)}`,
    `eval "$(npx medaccord peer env ${name}${homeOption(home)})"`,
  ];
}

function consortiumCommands(home: string, organisations: readonly OrganisationSummary[]): string[] {
  const [first] = organisations;
  if (first === undefined) return [];
  const person = ['doctor', 'technician', 'clerk'].find((name) => first.identities.includes(name)) ?? 'Admin';
  return [
    `TOKEN=$(npx medaccord login --as ${person}@${first.name}${homeOption(home)})`,
    `curl --cacert ${quote(shorten(first.tlsCaFile))} -H "Authorization: Bearer $TOKEN" ${first.rest}/v1/me`,
  ];
}

function homeOption(home: string): string {
  return relative(process.cwd(), home) === '.medaccord' ? '' : ` --home ${quote(shorten(home))}`;
}

/** Relative to the working folder where that is below it. */
export function shorten(path: string): string {
  const short = relative(process.cwd(), path);
  return short.startsWith('..') ? path : short;
}

function quote(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
