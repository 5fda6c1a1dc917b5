import type { OrganisationDatabase } from '../postgres/index.js';
import type { ProcessSpec } from '../process/index.js';
import type { ConsortiumTopology, Topology } from '../topology/index.js';
import type { EngineName } from './engine.js';
import type { ConsortiumPlan, NetworkPlan } from './process-plan.js';

/** What a network or consortium is made of besides PostgreSQL; tests put stand-ins here. */
export interface Parts {
  /** Makes what is missing of certificates, keys, wallets and configurations. */
  ensureMaterial(topology: Topology, home: string, note: (text: string) => void): Promise<void>;
  /** @throws CodedError where the engine cannot run that topology, or lacks what it is made of. */
  planNetwork(home: string, topology: Topology, engine: EngineName): Promise<NetworkPlan>;
  planConsortium(home: string, topology: ConsortiumTopology, engine: EngineName): Promise<ConsortiumPlan>;
  /** Leaves each gateway its database's address, for commands that are typed beside it. */
  keepDatabases?(
    home: string,
    topology: ConsortiumTopology,
    databases: readonly OrganisationDatabase[],
  ): void;
  /** Deploys the consortium's own contracts. @returns a sentence about what it did. */
  deploy(
    home: string,
    topology: ConsortiumTopology,
    engine: EngineName,
    note: (text: string) => void,
  ): Promise<string>;
  /**
   * Lets the organisations whose contracts that service is run them from it from now on; left out where nobody has to be
   * told. @returns a sentence about it.
   */
  switchChaincode?(
    home: string,
    topology: ConsortiumTopology,
    engine: EngineName,
    service: ProcessSpec,
  ): Promise<string>;
  /** @returns a sentence about what it did. */
  bootstrap(home: string, topology: ConsortiumTopology): Promise<string>;
  /** Instead of PostgreSQL of the home's own. */
  prepareDatabases?(names: readonly string[]): Promise<readonly OrganisationDatabase[]>;
}
