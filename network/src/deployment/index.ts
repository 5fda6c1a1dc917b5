export {
  collectionsOf,
  parseCollections,
  readCollections,
  type CollectionEntry,
} from './collections-file.js';
export { defaultLabel, servicePackage } from './chaincode-to-deploy.js';
export { applicationPolicy, differences, type DefinitionToDeploy } from './definition.js';
export { whoApproved, type Approval } from './approvals.js';
export {
  approvedPackage,
  changedDefinition,
  definitionBefore,
  type DefinitionChange,
} from './next-definition.js';
export { awaitEndorsers } from './await-endorsers.js';
export { contractPackages, type ContractPackage } from './contract-packages.js';
export { deploy, type ChaincodePackage, type Deployed, type Deployer, type Deployment } from './deploy.js';
export { DeploymentError, type DeploymentErrorCode } from './deployment-error.js';
export { homeDeployers, type HomeDeployers } from './home-deployers.js';
export { listChaincodes, type ListedChaincode } from './list.js';
export { probeChaincode } from './probe.js';
export { definitionOf, runFrom } from './run-from.js';
export { LifecycleClient } from './lifecycle-client.js';
