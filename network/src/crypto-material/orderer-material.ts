import { existsSync } from 'node:fs';
import { makeFolderOnce, ordererPaths } from '../home/index.js';
import { readIssuer } from '../pki/index.js';
import type { Topology } from '../topology/index.js';
import { ensureAuthority } from './authorities.js';
import { organisationMsp } from './msp-files.js';
import { newOrdererFiles, ORDERER_ORGANISATION } from './node-files.js';
import { pemOf } from './people.js';

/** The orderers' organisation: authorities, MSP, one folder per node, one admin. It has no service and no users. */
export async function ensureOrderers(home: string, orderers: Topology['orderers']): Promise<void> {
  const paths = ordererPaths(home, orderers);
  const { domain } = orderers;
  await ensureAuthority(paths.ca, 'ca', { organisation: ORDERER_ORGANISATION, domain });
  await ensureAuthority(paths.tlsCa, 'tlsca', { organisation: ORDERER_ORGANISATION, domain });
  const issuer = await readIssuer(paths.ca.certificate, paths.ca.privateKey);
  const tlsIssuer = await readIssuer(paths.tlsCa.certificate, paths.tlsCa.privateKey);
  const certificates = { domain, ca: pemOf(issuer.certificate), tlsCa: pemOf(tlsIssuer.certificate) };
  makeFolderOnce(paths.msp, organisationMsp(certificates));

  const ensure = async (folder: string, name: string, unit: 'orderer' | 'admin') => {
    if (existsSync(folder)) return;
    makeFolderOnce(folder, await newOrdererFiles(home, orderers, { name, unit }));
  };
  for (const { name } of orderers.nodes) await ensure(paths.orderer(name).folder, name, 'orderer');
  await ensure(paths.admin.folder, 'Admin', 'admin');
}
