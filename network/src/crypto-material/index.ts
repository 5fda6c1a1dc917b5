/** Everything a consortium needs on disk before its first process starts. */
export {
  custodyCertificate,
  GatewaySecrets,
  readGatewaySecrets,
  walletEntry,
  writeCustody,
} from './custody.js';
export { demoIdentities, type DemoIdentity } from './demo-identities.js';
export { ensureCryptoMaterial } from './ensure-crypto-material.js';
export { keepDatabaseUrl } from './gateway-files.js';
export { newOrdererFiles, newPeerFiles, newServerTls, ORDERER_ORGANISATION } from './node-files.js';
export {
  authorityCertificates,
  describeIdentity,
  IdentityFile,
  newPersonFiles,
  pemOf,
  personFiles,
  readIdentityFile,
  registerPerson,
  writePerson,
} from './people.js';
