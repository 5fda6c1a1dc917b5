/** The certificates of a home: where each lies, how long it lasts, and how it is renewed. */
export type {
  CertificateKind,
  CertificatePlace,
  CertificateReport,
  CertificateStatus,
} from './certificate-file.js';
export { listCertificates, needsAttention, WARN_DAYS } from './list-certificates.js';
export { findNode, type CertifiedNode } from './nodes.js';
export { planNodeRenewal, renewNode, type NodeRenewal, type NodeRenewalReport } from './renew-node.js';
