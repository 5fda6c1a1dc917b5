import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { stringify } from 'yaml';
import type { z } from 'zod';
import { crossCheck, type Finding } from './cross-checks.js';
import { fieldName, type FieldPath } from './field-path.js';
import { listPorts, offsetPorts } from './ports.js';
import { ConsortiumTopology, isConsortium, meansConsortium } from './consortium-schema.js';
import { Topology } from './network-schema.js';
import { TopologyError } from './topology-error.js';
import { YamlSource } from './yaml-source.js';

export interface LoadOptions {
  /** Added to every port; may be negative. */
  readonly portOffset?: number;
}

/**
 * Reads and checks a topology file, of a consortium or of a network alone (`isConsortium` tells).
 * @throws TopologyError that lists every problem with file, line, column and field.
 */
export function loadTopology(path: string, options: LoadOptions = {}): Topology {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const reason =
      (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'there is no such file' : String(error);
    throw new TopologyError(
      'TOPOLOGY_UNREADABLE',
      path,
      [{ field: '', line: 1, column: 1, message: reason }],
      error,
    );
  }
  return parseTopology(text, path, options);
}

/** As `loadTopology`. @throws TopologyError, also where the file describes a network alone. */
export function loadConsortium(path: string, options: LoadOptions = {}): ConsortiumTopology {
  const topology = loadTopology(path, options);
  if (isConsortium(topology)) return topology;
  const problem = { field: '', line: 1, column: 1, message: 'is a network alone, without contracts of ours' };
  throw new TopologyError('TOPOLOGY_INVALID', path, [problem]);
}

/** As `loadTopology`, from text; `file` only names it in errors. */
export function parseTopology(text: string, file: string, options: LoadOptions = {}): Topology {
  const source = new YamlSource(text);
  if (source.syntaxProblems.length > 0)
    throw new TopologyError('TOPOLOGY_SYNTAX', file, source.syntaxProblems);

  const schema = meansConsortium(source.value) ? ConsortiumTopology : Topology;
  const parsed = schema.safeParse(source.value);
  if (!parsed.success) throw invalid(file, source, parsed.error.issues.flatMap(toFindings));

  const here = dirname(file);
  for (const entry of parsed.data.inProcess) entry.path = resolve(here, entry.path);
  const findings = crossCheck(parsed.data);
  if (findings.length > 0) throw invalid(file, source, findings);

  const offset = options.portOffset ?? 0;
  const topology = offset === 0 ? parsed.data : offsetPorts(parsed.data, offset);
  const outside = listPorts(topology).filter(({ port }) => port < 1024 || port > 65_535);
  if (outside.length > 0) {
    const message = (port: number) =>
      `with offset ${offset} becomes ${port}, which is no port from 1024 to 65535`;
    throw invalid(
      file,
      source,
      outside.map(({ path, port }) => ({ path, message: message(port) })),
    );
  }
  return topology;
}

/** The topology as YAML that `loadTopology` reads back to the same value. */
export function formatTopology(topology: Topology): string {
  return stringify(topology, { lineWidth: 110 });
}

function invalid(file: string, source: YamlSource, findings: readonly Finding[]): TopologyError {
  return new TopologyError(
    'TOPOLOGY_INVALID',
    file,
    findings.map(({ path, message }) => ({ field: fieldName(path), ...source.position(path), message })),
  );
}

function toFindings(issue: z.core.$ZodIssue): Finding[] {
  const path: FieldPath = issue.path.filter((segment) => typeof segment !== 'symbol');
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ path: [...path, key], message: 'is not a known field' }));
  }
  if (issue.code === 'invalid_type' && issue.input === undefined) {
    return [{ path, message: `is missing (expected ${issue.expected})` }];
  }
  return [{ path, message: issue.message }];
}
