import type { CertificateAuthority } from '../ca/certificate-authority.js';
import { ordererPaths, type FolderFiles } from '../home/index.js';
import { generateKeyPair, keyPairOf, issueIdentity, issueTls, readIssuer } from '../pki/index.js';
import type { Topology } from '../topology/index.js';
import { identityFolder, tlsFiles } from './msp-files.js';
import { authorityCertificates, pemOf } from './people.js';

/** Nodes are not renewed by anybody but a person, so they last. */
const NODE_DAYS = 5 * 365;
/** Everything runs on this machine; the names beside are those of Fabric's folders. */
const LOCAL_HOSTS = ['localhost', '127.0.0.1', '::1'];
/** The orderers' organisation in certificates: it has no service and no users. */
export const ORDERER_ORGANISATION = 'orderer';

/** Fresh keys and certificates of a peer that is registered, as the files of its folder. */
export async function newPeerFiles(
  authority: CertificateAuthority,
  name: string,
  days = NODE_DAYS,
): Promise<FolderFiles> {
  const id = `${name}.${authority.organisation.domain}`;
  const [signing, tls] = await Promise.all([generateKeyPair(), generateKeyPair()]);
  const tlsCertificate = await authority.issueTls(id, tls.publicKey, [id, name, ...LOCAL_HOSTS], days);
  const certificate = await authority.issue(id, signing.publicKey, { days });
  return identityFolder(
    authorityCertificates(authority),
    { certificate: pemOf(certificate), privateKey: signing.privateKeyPem },
    { kind: 'server', certificate: pemOf(tlsCertificate), privateKey: tls.privateKeyPem },
  );
}

/** A fresh key and TLS certificate of a service at `host`, as the files of its `tls` folder. */
export async function newServerTls(
  authority: CertificateAuthority,
  host: string,
  days = NODE_DAYS,
): Promise<FolderFiles> {
  const { publicKey, privateKeyPem: privateKey } = await generateKeyPair();
  const certificate = await authority.issueTls(host, publicKey, [host, ...LOCAL_HOSTS], days);
  const tlsCa = pemOf(authority.tlsIssuer.certificate);
  return tlsFiles('', tlsCa, { kind: 'server', certificate: pemOf(certificate), privateKey });
}

export interface OrdererSubject {
  /** `orderer0`, or `Admin`. */
  readonly name: string;
  readonly unit: 'orderer' | 'admin';
}

/**
 * Certificates of an orderer or of the orderers' admin, as the files of its folder.
 * @param keptTlsKey PEM of the TLS key to certify anew: channels know an orderer by it. Left out: a fresh one.
 */
export async function newOrdererFiles(
  home: string,
  orderers: Topology['orderers'],
  { name, unit }: OrdererSubject,
  { days = NODE_DAYS, keptTlsKey }: { readonly days?: number; readonly keptTlsKey?: string } = {},
): Promise<FolderFiles> {
  const paths = ordererPaths(home, orderers);
  const { domain } = orderers;
  const issuer = await readIssuer(paths.ca.certificate, paths.ca.privateKey);
  const tlsIssuer = await readIssuer(paths.tlsCa.certificate, paths.tlsCa.privateKey);
  const commonName = unit === 'admin' ? `${name}@${domain}` : `${name}.${domain}`;
  const subject = { commonName, organisation: ORDERER_ORGANISATION };
  const signing = await generateKeyPair();
  const tls = keptTlsKey === undefined ? await generateKeyPair() : keyPairOf(keptTlsKey);
  const hosts = unit === 'admin' ? [] : [commonName, name, ...LOCAL_HOSTS];
  const [certificate, tlsCertificate] = await Promise.all([
    issueIdentity(issuer, { subject: { ...subject, unit }, publicKey: signing.publicKey, days }),
    issueTls(tlsIssuer, { subject, publicKey: tls.publicKey, days, hosts }),
  ]);
  return identityFolder(
    { domain, ca: pemOf(issuer.certificate), tlsCa: pemOf(tlsIssuer.certificate) },
    { certificate: pemOf(certificate), privateKey: signing.privateKeyPem },
    {
      kind: unit === 'orderer' ? 'server' : 'client',
      certificate: pemOf(tlsCertificate),
      privateKey: tls.privateKeyPem,
    },
  );
}
