import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type ClientOptions, type MedAccordClient, createClient } from '@medaccord/gateway/client';
import { type ConsortiumOrganisation } from '@medaccord/network/topology';

/** A user whose files lie in the home folder, as its own device would hold them. */
export interface Identity {
  organisation: string;
  mspId: string;
  /** Its ledger id. */
  subject: string;
  /** PEM. */
  certificate: string;
  privateKey: string;
}

/** An identity, logged in at its organisation's gateway. */
export interface Member extends Identity {
  api: MedAccordClient;
}

/** How to reach an organisation's gateway. */
export interface GatewayAddress {
  baseUrl: string;
  /** PEM of the authority that its TLS certificate comes from. */
  ca: string;
}

function organisationDir(home: string, { domain }: ConsortiumOrganisation): string {
  return join(home, 'organizations/peerOrganizations', domain);
}

export function userDir(home: string, organisation: ConsortiumOrganisation, user: string): string {
  return join(organisationDir(home, organisation), 'users', `${user}@${organisation.domain}`);
}

/** @throws Error where the organisation has no such user. */
export async function readIdentity(
  home: string,
  organisation: ConsortiumOrganisation,
  user: string,
): Promise<Identity> {
  const read = (file: string) => readFile(join(userDir(home, organisation, user), file), 'utf8');
  const { subject } = JSON.parse(await read('identity.json')) as { subject: string };
  return {
    organisation: organisation.name,
    mspId: organisation.mspId,
    subject,
    certificate: await read('msp/signcerts/cert.pem'),
    privateKey: await read('msp/keystore/priv_sk'),
  };
}

export async function gatewayAddress(
  home: string,
  organisation: ConsortiumOrganisation,
): Promise<GatewayAddress> {
  const tlsCa = `tlsca/tlsca.${organisation.domain}-cert.pem`;
  return {
    baseUrl: `https://localhost:${String(organisation.gateway.rest)}`,
    ca: await readFile(join(organisationDir(home, organisation), tlsCa), 'utf8'),
  };
}

/** Logs in by challenge; the token is bound to a key of this process. */
export async function logIn(
  home: string,
  organisation: ConsortiumOrganisation,
  user: string,
  options: Partial<ClientOptions> = {},
): Promise<Member> {
  const identity = await readIdentity(home, organisation, user);
  const { certificate, privateKey } = identity;
  const address = await gatewayAddress(home, organisation);
  const api = await createClient({ ...address, login: { certificate, privateKey }, ...options });
  return { ...identity, api };
}
