import { existsSync, readdirSync } from 'node:fs';
import { relative } from 'node:path';
import type { IdentityFile } from '../crypto-material/index.js';
import { readIdentityFile } from '../crypto-material/index.js';
import { organisationPaths } from '../home/index.js';
import type { OrganisationEntry, Topology } from '../topology/index.js';

export interface OrganisationSummary {
  readonly name: string;
  readonly kind: string;
  readonly mspId: string;
  readonly rest: string;
  readonly docs: string;
  readonly peer: string;
  readonly tlsCaFile: string;
  readonly identities: readonly string[];
}

/** What `up` shows, and what other commands need to know of a running consortium. */
export interface Summary {
  readonly home: string;
  readonly name: string;
  readonly engine: 'embedded';
  readonly organisations: readonly OrganisationSummary[];
  /** Commands to try, for a shell in the folder where `up` was typed. */
  readonly commands: readonly string[];
}

export function summarize(home: string, topology: Topology): Summary {
  const organisations = topology.organisations.map((organisation) => ({
    name: organisation.name,
    kind: organisation.kind,
    mspId: organisation.mspId,
    rest: `https://localhost:${organisation.gateway.rest}`,
    docs: `https://localhost:${organisation.gateway.rest}/docs`,
    peer: `localhost:${organisation.peers[0]?.port ?? ''}`,
    tlsCaFile: organisationPaths(home, organisation).tlsCa.certificate,
    identities: identitiesOf(home, organisation).map(({ name }) => name),
  }));
  return {
    home: home,
    name: topology.name,
    engine: 'embedded',
    organisations,
    commands: commandsToTry(home, organisations),
  };
}

/** The users whose folders hold an `identity.json`, sorted by name. */
export function identitiesOf(home: string, organisation: OrganisationEntry): IdentityFile[] {
  const paths = organisationPaths(home, organisation);
  if (!existsSync(paths.usersFolder)) return [];
  const domain = `@${organisation.domain}`;
  return readdirSync(paths.usersFolder)
    .filter((folder) => folder.endsWith(domain))
    .sort()
    .map((folder) => readIdentityFile(paths.user(folder.slice(0, -domain.length)).identity))
    .filter((identity) => identity !== undefined);
}

function commandsToTry(home: string, organisations: readonly OrganisationSummary[]): string[] {
  const [first] = organisations;
  if (first === undefined) return [];
  const person = ['doctor', 'technician', 'clerk'].find((name) => first.identities.includes(name)) ?? 'Admin';
  const homeOption = relative(process.cwd(), home) === '.medaccord' ? '' : ` --home ${quote(shorten(home))}`;
  return [
    `TOKEN=$(npx medaccord login --as ${person}@${first.name}${homeOption})`,
    `curl --cacert ${quote(shorten(first.tlsCaFile))} -H "Authorization: Bearer $TOKEN" ${first.rest}/v1/me`,
  ];
}

/** Relative to the working folder where that is below it. */
function shorten(path: string): string {
  const short = relative(process.cwd(), path);
  return short.startsWith('..') ? path : short;
}

function quote(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
