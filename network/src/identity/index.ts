/** People and services of the organisations: issue, renew, revoke, list, export, import. */
export { formatPem, readPem, type Bundle } from './bundle.js';
export { registerIdentityCommands } from './commands.js';
export {
  issueIdentity,
  renewIdentity,
  type Custody,
  type IssuedIdentity,
  type RenewedIdentity,
} from './issue.js';
export {
  listIdentities,
  type CertificateStatus,
  type ListedCertificate,
  type ListedIdentity,
} from './list.js';
export type { Consortium, IdentityReport } from './local-authority.js';
export { readPkcs12, writePkcs12 } from './pkcs12.js';
export { revokeIdentity, type RevocationReport } from './revoke.js';
export { exportIdentity, importIdentity, type BundleFormat, type ImportedIdentity } from './transfer.js';
