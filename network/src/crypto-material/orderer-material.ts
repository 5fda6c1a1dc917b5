import { existsSync } from 'node:fs';
import { makeFolderOnce, ordererPaths } from '../home/index.js';
import { generateKeyPair, issueIdentity, issueTls, readIssuer } from '../pki/index.js';
import type { Topology } from '../topology/index.js';
import { ensureAuthority } from './authorities.js';
import { identityFolder, organisationMsp } from './msp-files.js';
import { LOCAL_HOSTS, NODE_DAYS } from './organisation-material.js';
import { pemOf } from './people.js';

const ORGANISATION = 'orderer';

/** The orderers' organisation: authorities, MSP, one folder per node, one admin. It has no service and no users. */
export async function ensureOrderers(home: string, orderers: Topology['orderers']): Promise<void> {
  const paths = ordererPaths(home, orderers);
  const { domain } = orderers;
  await ensureAuthority(paths.ca, 'ca', { organisation: ORGANISATION, domain });
  await ensureAuthority(paths.tlsCa, 'tlsca', { organisation: ORGANISATION, domain });
  const issuer = await readIssuer(paths.ca.certificate, paths.ca.privateKey);
  const tlsIssuer = await readIssuer(paths.tlsCa.certificate, paths.tlsCa.privateKey);
  const certificates = { domain, ca: pemOf(issuer.certificate), tlsCa: pemOf(tlsIssuer.certificate) };
  makeFolderOnce(paths.msp, organisationMsp(certificates));

  const ensure = async (folder: string, commonName: string, unit: 'orderer' | 'admin', hosts: string[]) => {
    if (existsSync(folder)) return;
    const [signing, tls] = await Promise.all([generateKeyPair(), generateKeyPair()]);
    const subject = { commonName, organisation: ORGANISATION };
    const [certificate, tlsCertificate] = await Promise.all([
      issueIdentity(issuer, { subject: { ...subject, unit }, publicKey: signing.publicKey, days: NODE_DAYS }),
      issueTls(tlsIssuer, { subject, publicKey: tls.publicKey, days: NODE_DAYS, hosts }),
    ]);
    makeFolderOnce(
      folder,
      identityFolder(
        certificates,
        { certificate: pemOf(certificate), privateKey: signing.privateKeyPem },
        {
          kind: unit === 'orderer' ? 'server' : 'client',
          certificate: pemOf(tlsCertificate),
          privateKey: tls.privateKeyPem,
        },
      ),
    );
  };
  for (const { name } of orderers.nodes) {
    const id = `${name}.${domain}`;
    await ensure(paths.orderer(name).folder, id, 'orderer', [id, name, ...LOCAL_HOSTS]);
  }
  await ensure(paths.admin.folder, `Admin@${domain}`, 'admin', []);
}
