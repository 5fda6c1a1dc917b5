/** X.509 by Fabric's rules: keys, issuing, attributes, revocation lists. Knows no organisation and no file layout. */
export {
  ATTRIBUTE_EXTENSION,
  attributeExtension,
  readAttributes,
  type Attributes,
} from './attribute-extension.js';
export {
  createIssuer,
  issueIdentity,
  issueTls,
  readIssuer,
  type Issuer,
  type IssueRequest,
  type SubjectName,
} from './issuer.js';
export { generateKeyPair, importPrivateKey, keyPairOf, pem, type KeyPair } from './key-pair.js';
export { createRevocationList, type Revocation } from './revocation-list.js';
export { isLowS } from './signature.js';
