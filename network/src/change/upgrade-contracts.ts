import { isFree, processControl } from '../consortium/index.js';
import { contractPackages } from '../deployment/index.js';
import { listPorts, runsInProcess, type ConsortiumTopology } from '../topology/index.js';
import { ChangeError } from './change-error.js';
import { keepTopology } from './keep-topology.js';
import type { NetworkChange } from './network-change.js';
import { nextSequence } from './organisation-file.js';
import type { Plan } from './plan.js';
import type { Running } from './running.js';

/** How many ports beside a service's own are tried for its successor. */
const PORTS_TRIED = 10;

/**
 * The consortium's own contracts in another version. Organisation by organisation, a service of the new version starts
 * at a free port beside the old one, the organisation approves its package, and the old one ends: somebody always
 * answers. Then all approve the new definition, which is one sequence on. Going back is the same with the old version.
 */
export class UpgradeContracts implements NetworkChange {
  constructor(
    private readonly running: Running<ConsortiumTopology>,
    private readonly version: string,
  ) {
    const { topology, engine } = running;
    if (engine === 'embedded' && runsInProcess(topology) && version !== topology.chaincode.version) {
      throw new ChangeError(
        'ENGINE_CANNOT',
        'the contracts run in the ledger process, which would have to stop',
        'Take them out of `inProcess` in the topology: then they run as a service.',
      );
    }
  }

  plan(): Promise<Plan> {
    const { chaincode } = this.running.topology;
    if (chaincode.version === this.version) {
      return Promise.resolve({ changes: [], signatures: [], restarts: [] });
    }
    const { sequence } = nextSequence(chaincode);
    const services = this.services();
    const changes = [
      ...services.map(
        (name) => `${name}: a service of ${this.version} starts, takes over, and the old one ends`,
      ),
      `${chaincode.name} ${this.version} is approved by all organisations at sequence ${sequence}, and committed`,
    ];
    return Promise.resolve({ changes, signatures: [], restarts: services });
  }

  async carryOut(note: (text: string) => void): Promise<void> {
    const { home, topology } = this.running;
    keepTopology(home, topology, await this.next());
    for (const done of await processControl(home).follow()) note(done);
  }

  private services(): string[] {
    const { topology, engine } = this.running;
    return engine === 'fabric'
      ? topology.organisations.map(({ name }) => `chaincode-${name}`)
      : ['chaincode'];
  }

  private async next(): Promise<ConsortiumTopology> {
    const { topology, engine } = this.running;
    if (topology.chaincode.version === this.version) return topology;
    const used = new Set(listPorts(topology).map(({ port }) => port));
    const packages = contractPackages(topology, engine === 'fabric');
    const serving = new Set([...packages.values()].map(({ of }) => of));
    const organisations: ConsortiumTopology['organisations'] = [];
    for (const organisation of topology.organisations) {
      const { port } = organisation.chaincode;
      const moved = serving.has(organisation.name) ? await freePortBeside(port, used) : port;
      used.add(moved);
      organisations.push({ ...organisation, chaincode: { port: moved } });
    }
    return {
      ...topology,
      organisations,
      chaincode: { ...nextSequence(topology.chaincode), version: this.version },
    };
  }
}

/** @throws ChangeError PORT_TAKEN where none is free. */
async function freePortBeside(port: number, used: ReadonlySet<number>): Promise<number> {
  const first = port - (port % PORTS_TRIED);
  for (let candidate = first; candidate < first + PORTS_TRIED; candidate += 1) {
    if (!used.has(candidate) && (await isFree(candidate))) return candidate;
  }
  throw new ChangeError(
    'PORT_TAKEN',
    `no port from ${first} to ${first + PORTS_TRIED - 1} is free for another chaincode service`,
    'One of them has to be free while the new service runs beside the old one.',
  );
}
