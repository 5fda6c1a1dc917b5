/** The consortium's one description: file, checks, and what follows from it. */
export {
  chaincodeDefinition,
  type ChaincodePlan,
  type CollectionConfigJson,
  type CollectionPlan,
} from './chaincode-definition.js';
export { formatTopology, loadTopology, parseTopology, type LoadOptions } from './load-topology.js';
export { careOrganisations, channelsOf, findOrganisation, insurers } from './organisations.js';
export { listPorts, type ListedPort } from './ports.js';
export { OrganisationEntry, Topology } from './schema.js';
export { TopologyError, type TopologyProblem } from './topology-error.js';
