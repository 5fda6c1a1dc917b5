/** The home folder: where each file lies, and how a folder appears in one step. */
export {
  makeFolderOnce,
  recoverFolder,
  replaceFolder,
  replaceFrom,
  type FolderFiles,
} from './durable-folder.js';
export {
  fabricPaths,
  HOME_ENTRIES,
  ledgerFolder,
  ordererPaths,
  organisationPaths,
  ownServerFile,
  peerPackagesFolder,
  runPaths,
  snapshotFolder,
  topologyFile,
  type AuthorityPaths,
  type FabricNodePaths,
  type NodePaths,
  type OrdererPaths,
  type OrganisationPaths,
} from './layout.js';
