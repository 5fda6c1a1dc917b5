import { stringify } from 'yaml';
import type { FolderFiles } from '../home/index.js';

/** PEM of the two authorities whose certificates every MSP folder holds. */
export interface AuthorityCertificates {
  readonly domain: string;
  readonly ca: string;
  readonly tlsCa: string;
}

/** An organisation's public MSP: who may sign for it. */
export function organisationMsp(authorities: AuthorityCertificates): FolderFiles {
  const { domain } = authorities;
  return {
    [`cacerts/ca.${domain}-cert.pem`]: { content: authorities.ca },
    [`tlscacerts/tlsca.${domain}-cert.pem`]: { content: authorities.tlsCa },
    'config.yaml': { content: nodeOus(domain) },
  };
}

/** The folder of one node or person: its own MSP and its TLS files. */
export function identityFolder(
  authorities: AuthorityCertificates,
  signing: { readonly certificate: string; readonly privateKey: string },
  tls: { readonly kind: 'server' | 'client'; readonly certificate: string; readonly privateKey: string },
): FolderFiles {
  const msp = Object.entries(organisationMsp(authorities)).map(([path, file]) => [`msp/${path}`, file]);
  return {
    ...(Object.fromEntries(msp) as FolderFiles),
    'msp/keystore/priv_sk': { content: signing.privateKey, secret: true },
    'msp/signcerts/cert.pem': { content: signing.certificate },
    ...tlsFiles('tls/', authorities.tlsCa, tls),
  };
}

/** `ca.crt`, `server.crt`, `server.key` (or `client.…`), as cryptogen names them. */
export function tlsFiles(
  prefix: string,
  tlsCa: string,
  tls: { readonly kind: 'server' | 'client'; readonly certificate: string; readonly privateKey: string },
): FolderFiles {
  return {
    [`${prefix}ca.crt`]: { content: tlsCa },
    [`${prefix}${tls.kind}.crt`]: { content: tls.certificate },
    [`${prefix}${tls.kind}.key`]: { content: tls.privateKey, secret: true },
  };
}

/** Fabric tells clients, peers, admins and orderers apart by the OU of their certificates. */
function nodeOus(domain: string): string {
  const identifier = (unit: string) => ({
    Certificate: `cacerts/ca.${domain}-cert.pem`,
    OrganizationalUnitIdentifier: unit,
  });
  return stringify({
    NodeOUs: {
      Enable: true,
      ClientOUIdentifier: identifier('client'),
      PeerOUIdentifier: identifier('peer'),
      AdminOUIdentifier: identifier('admin'),
      OrdererOUIdentifier: identifier('orderer'),
    },
  });
}
