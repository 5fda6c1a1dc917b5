import { join } from 'node:path';
import { inject } from 'vitest';
import { Consortium } from './consortium.js';
import { worker } from './worker.js';

const TOPOLOGIES = {
  /** Two hospitals, an insurer, a lab: what a newcomer gets. */
  default: 'config/topology.yaml',
  /** Two hospitals, a lab, a pharmacy and two insurers who are rivals. */
  six: 'config/examples/six-organisations.yaml',
};

/**
 * A consortium that all test files of a worker share, one after the other; the first who asks starts it, and the run's
 * end stops it.
 */
export function sharedConsortium(name: keyof typeof TOPOLOGIES = 'default'): Promise<Consortium> {
  return Consortium.start(join(inject('consortia'), `${name}-${String(worker())}`), TOPOLOGIES[name]);
}
