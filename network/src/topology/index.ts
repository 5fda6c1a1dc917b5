/** A network's or consortium's one description: file, checks, and what follows from it. */
export {
  chaincodeDefinition,
  type ChaincodePlan,
  type CollectionConfigJson,
  type CollectionPlan,
} from './chaincode-definition.js';
export { fieldName, type FieldPath } from './field-path.js';
export {
  formatTopology,
  loadConsortium,
  loadTopology,
  parseTopology,
  type LoadOptions,
} from './load-topology.js';
export {
  ConsortiumOrganisation,
  ConsortiumTopology,
  isConsortium,
  isConsortiumOrganisation,
  runsInProcess,
} from './consortium-schema.js';
export { careOrganisations, channelsOf, findOrganisation, insurers } from './organisations.js';
export { Organisation, Topology } from './network-schema.js';
export { listPorts, type ListedPort } from './ports.js';
export { YamlSource } from './yaml-source.js';
export { TopologyError, type TopologyProblem } from './topology-error.js';
