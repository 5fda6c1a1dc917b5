import { topologyFile } from '../home/index.js';
import { writeDurably } from '../process/index.js';
import { formatTopology, parseTopology, type Topology } from '../topology/index.js';

/**
 * Makes a topology the one in force of a home: what `up` makes next time, and what other commands go by from now on.
 * @returns whether it was another.
 * @throws TopologyError where it is not valid; nothing is then written.
 */
export function keepTopology(home: string, known: Topology, next: Topology): boolean {
  const text = formatTopology(next);
  if (text === formatTopology(known)) return false;
  const file = topologyFile(home);
  parseTopology(text, file);
  writeDurably(file, text);
  return true;
}
