import { existsSync } from 'node:fs';
import { nodeSigner } from '../embedded/identity/index.js';
import type { NodeSigner } from '../embedded/parts.js';
import { ordererPaths, organisationPaths } from '../home/index.js';
import type { Topology } from '../topology/index.js';
import { ChannelUpdateError } from './channel-update-error.js';

/** An admin whose key is in the home folder. */
export interface LocalAdmin {
  /** Of the organisation; `OrdererOrg` is the orderers'. */
  readonly name: string;
  readonly signer: NodeSigner;
}

/** The orderers' organisation, as channel configurations call it. */
export const ORDERER_ORGANISATION = 'OrdererOrg';

/** The orderers' admin and each organisation's, as far as their keys are here. */
export function localAdmins(home: string, { orderers, organisations }: Topology): LocalAdmin[] {
  const places = [
    { name: ORDERER_ORGANISATION, mspId: orderers.mspId, paths: ordererPaths(home, orderers).admin },
    ...organisations.map((organisation) => ({
      name: organisation.name,
      mspId: organisation.mspId,
      paths: organisationPaths(home, organisation).user('Admin'),
    })),
  ];
  return places
    .filter(({ paths }) => existsSync(paths.privateKey))
    .map(({ name, mspId, paths }) => ({ name, signer: nodeSigner({ mspId, dir: paths.msp, endpoint: '' }) }));
}

/** @throws ChannelUpdateError NO_ADMIN_KEY that lists those who are here. */
export function findAdmin(admins: readonly LocalAdmin[], name: string): LocalAdmin {
  const found = admins.find((admin) => admin.name === name);
  if (found !== undefined) return found;
  throw new ChannelUpdateError(
    'NO_ADMIN_KEY',
    `the key of ${name}'s admin is not in this home folder`,
    `Those of: ${admins.map((admin) => admin.name).join(', ') || 'nobody'}`,
  );
}
