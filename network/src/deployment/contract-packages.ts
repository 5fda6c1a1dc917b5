import type { ConsortiumTopology } from '../topology/index.js';
import { defaultLabel, servicePackage } from './chaincode-to-deploy.js';
import type { ChaincodePackage } from './deploy.js';

/** What one organisation's peers run of the consortium's own contracts, and where that listens. */
export interface ContractPackage extends ChaincodePackage {
  readonly port: number;
  /** The organisation at whose port it listens. */
  readonly of: string;
}

/**
 * The consortium's contracts as packages, by the organisation's name.
 * @param each Whether every organisation has a service of its own; else all have the first one's.
 */
export function contractPackages(topology: ConsortiumTopology, each: boolean): Map<string, ContractPackage> {
  const { chaincode, organisations } = topology;
  const [first] = organisations;
  return new Map(
    organisations.map((organisation) => {
      const { name: of, chaincode: listens } = each ? organisation : (first ?? organisation);
      const label = defaultLabel(chaincode.name, chaincode.version);
      const made = servicePackage(label, `localhost:${listens.port}`);
      return [organisation.name, { ...made, port: listens.port, of }];
    }),
  );
}
