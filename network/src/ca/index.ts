/** One organisation's certificate authority: the core that issues and revokes, and Fabric CA's REST API over it. */
export { CaError, type CaReason } from './ca-error.js';
export { CertificateAuthority, DEFAULT_DAYS } from './certificate-authority.js';
export { registerCaCommands } from './commands.js';
export type { Registration } from './registration.js';
export {
  type IdentityType,
  type IssuedCertificate,
  type RegisteredAttribute,
  type RegisteredIdentity,
} from './registry.js';
export { serveCa, type CaService, type CaServiceOptions } from './service/serve.js';
export { createToken } from './token.js';
