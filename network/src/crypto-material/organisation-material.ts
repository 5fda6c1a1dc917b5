import { existsSync } from 'node:fs';
import { CertificateAuthority } from '../ca/certificate-authority.js';
import { makeFolderOnce, organisationPaths } from '../home/index.js';
import { isConsortiumOrganisation, type Organisation } from '../topology/index.js';
import { ensureAuthority } from './authorities.js';
import { walletEntry, writeCustody } from './custody.js';
import { demoIdentities, NETWORK_USERS } from './demo-identities.js';
import { ensureGatewaySecrets } from './gateway-files.js';
import { organisationMsp } from './msp-files.js';
import { newPeerFiles, newServerTls } from './node-files.js';
import {
  authorityCertificates,
  describeIdentity,
  registerPerson,
  writePerson,
  type PersonToRegister,
} from './people.js';

/** Everything of one peer organisation but what follows from the other organisations. */
export async function ensureOrganisation(home: string, organisation: Organisation): Promise<void> {
  const paths = organisationPaths(home, organisation);
  const owner = { organisation: organisation.name, domain: organisation.domain };
  await ensureAuthority(paths.ca, 'ca', owner);
  await ensureAuthority(paths.tlsCa, 'tlsca', owner);
  const authority = await CertificateAuthority.open(home, organisation);
  try {
    makeFolderOnce(paths.msp, organisationMsp(authorityCertificates(authority)));
    for (const { name } of organisation.peers) await ensurePeer(home, authority, name);
    await ensureServerTls(authority, paths.caService.tls, `ca.${organisation.domain}`);
    if (isConsortiumOrganisation(organisation)) {
      await ensureServerTls(authority, paths.gateway.tls, `gateway.${organisation.domain}`);
      await ensureGatewaySecrets(home, organisation);
      for (const person of demoIdentities(organisation.kind)) {
        await ensurePerson(home, authority, person, person.role !== 'gateway');
      }
    } else {
      for (const person of NETWORK_USERS) await ensurePerson(home, authority, person, false);
    }
    // A list from before a crash, or a node that came later.
    if (authority.registry.revocationNumber > 0) await authority.publishRevocationList();
  } finally {
    await authority.close();
  }
}

async function ensurePeer(home: string, authority: CertificateAuthority, name: string): Promise<void> {
  const { folder } = organisationPaths(home, authority.organisation).peer(name);
  if (existsSync(folder)) return;
  const id = `${name}.${authority.organisation.domain}`;
  if (authority.registry.identity(id) === undefined) authority.register({ id, type: 'peer', attributes: [] });
  makeFolderOnce(folder, await newPeerFiles(authority, name));
}

async function ensureServerTls(authority: CertificateAuthority, folder: string, host: string): Promise<void> {
  if (existsSync(folder)) return;
  makeFolderOnce(folder, await newServerTls(authority, host));
}

async function ensurePerson(
  home: string,
  authority: CertificateAuthority,
  person: PersonToRegister,
  inCustody: boolean,
): Promise<void> {
  const identity = registerPerson(authority, person);
  // Somebody revoked stays out.
  if (identity.status === 'revoked') return;
  await writePerson(home, authority, identity);
  // The gateway signs with its own folder; for people it keeps a second enrolment in custody.
  if (!inCustody) return;
  const { subject } = describeIdentity(authority, identity);
  if (!existsSync(walletEntry(home, authority.organisation, subject)))
    await writeCustody(home, authority, identity);
}
