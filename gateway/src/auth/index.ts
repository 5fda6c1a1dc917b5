export { approvals, type Approvals } from './approvals.js';
export {
  authenticate,
  holderOf,
  stillValid,
  type AuthParts,
  type Authenticated,
  type Credentials,
} from './authenticate.js';
export { createProofVerifier } from './dpop.js';
export { login } from './login.js';
export { createTokens, type TokenClaims } from './tokens.js';
