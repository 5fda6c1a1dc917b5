import { readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import {
  ConsortiumOrganisation,
  formatTopology,
  isConsortium,
  isConsortiumOrganisation,
  Organisation,
  parseTopology,
  YamlSource,
  type Topology,
} from '../topology/index.js';
import { ChangeError } from './change-error.js';

/**
 * Reads an organisation as it stands in a topology file.
 * @throws ChangeError ORGANISATION_FILE_INVALID that lists what is wrong with it.
 */
export function readOrganisation(file: string, topology: Topology): Organisation {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    throw invalid(file, [cause instanceof Error ? cause.message : String(cause)]);
  }
  const source = new YamlSource(text);
  if (source.syntaxProblems.length > 0) {
    throw invalid(
      file,
      source.syntaxProblems.map(({ line, column, message }) => `${line}:${column} ${message}`),
    );
  }
  const parsed = (isConsortium(topology) ? ConsortiumOrganisation : Organisation).safeParse(source.value);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map(({ path, message }) => {
    const field = path.filter((part) => typeof part !== 'symbol');
    const { line, column } = source.position(field);
    return `${line}:${column} ${field.join('.')}: ${message}`;
  });
  throw invalid(file, problems);
}

/**
 * The topology with one organisation more, on its own channel and on those further ones; the contracts' definition, which
 * follows from the organisations, takes the next sequence. The same topology where the organisation is there already.
 * @throws ChangeError ORGANISATION_CONFLICT where there is another of that name; TopologyError for clashes.
 */
export function withOrganisation(
  topology: Topology,
  organisation: Organisation,
  channels: readonly string[],
): Topology {
  const known = topology.organisations.find(({ name }) => name === organisation.name);
  if (known !== undefined) {
    // The port of its chaincode service moves with upgrades.
    const asKnown =
      isConsortiumOrganisation(known) && isConsortiumOrganisation(organisation)
        ? { ...organisation, chaincode: known.chaincode }
        : organisation;
    if (isDeepStrictEqual(known, asKnown)) return topology;
    throw new ChangeError(
      'ORGANISATION_CONFLICT',
      `there is an organisation ${known.name} already, and it is another`,
      'Give it another name, or the ports and names that it has: topology.yaml in the home folder.',
    );
  }
  const next = {
    ...topology,
    organisations: [...topology.organisations, organisation],
    channels: topology.channels.map((channel) =>
      channels.includes(channel.name)
        ? { ...channel, organisations: [...channel.organisations, organisation.name] }
        : channel,
    ),
    ...(isConsortium(topology)
      ? {
          chaincode: nextSequence(topology.chaincode),
          formerOrganisations: topology.formerOrganisations.filter(({ name }) => name !== organisation.name),
        }
      : {}),
  };
  return parseTopology(formatTopology(next as Topology), `the topology with ${organisation.name}`);
}

/** Another definition of the contracts is one sequence on. */
export function nextSequence<C extends { readonly sequence: number }>(chaincode: C): C {
  return { ...chaincode, sequence: chaincode.sequence + 1 };
}

function invalid(file: string, problems: readonly string[]): ChangeError {
  return new ChangeError(
    'ORGANISATION_FILE_INVALID',
    `${file} is no organisation:\n  ${problems.join('\n  ')}`,
    'It holds what stands below `organisations` in a topology file for one: name, mspId, domain, peers, ca …',
  );
}
