import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { ORDERER_ORGANISATION, readIdentityFile, walletEntry } from '../crypto-material/index.js';
import { ordererPaths, organisationPaths, type AuthorityPaths } from '../home/index.js';
import { isConsortiumOrganisation, type Organisation, type Topology } from '../topology/index.js';
import type { CertificateKind, CertificatePlace } from './certificate-file.js';

/** Where every certificate of a home lies, authorities' first, by organisation. */
export function certificatePlaces(home: string, topology: Topology): CertificatePlace[] {
  return [
    ...placesOfOrderers(home, topology),
    ...topology.organisations.flatMap((organisation) => placesOf(home, organisation)),
  ];
}

function placesOfOrderers(home: string, { orderers }: Topology): CertificatePlace[] {
  const paths = ordererPaths(home, orderers);
  const lists = { signing: join(paths.msp, 'crls', 'crl.pem'), tls: join(paths.root, 'tlsca', 'crl.pem') };
  const of = placer(ORDERER_ORGANISATION, lists);
  return [
    ...authorities(of, paths, orderers.domain),
    ...orderers.nodes.flatMap(({ name }) => {
      const node = paths.orderer(name);
      return of.pair('orderer', name, node.certificate, join(node.tls, 'server.crt'));
    }),
    ...of.pair('admin', 'Admin', paths.admin.certificate, join(paths.admin.tls, 'client.crt')),
  ];
}

function placesOf(home: string, organisation: Organisation): CertificatePlace[] {
  const paths = organisationPaths(home, organisation);
  const lists = { signing: paths.revocationList, tls: paths.tlsRevocationList };
  const of = placer(organisation.name, lists);
  const serverOf = (kind: 'ca' | 'gateway', folder: string): CertificatePlace =>
    of.one(kind, `${kind}-${organisation.name}`, 'tls', join(folder, 'server.crt'));
  return [
    ...authorities(of, paths, organisation.domain),
    ...organisation.peers.flatMap(({ name }) => {
      const node = paths.peer(name);
      const known = `${name}.${organisation.name}`;
      return of.pair('peer', known, node.certificate, join(node.tls, 'server.crt'));
    }),
    serverOf('ca', paths.caService.tls),
    ...(isConsortiumOrganisation(organisation) ? [serverOf('gateway', paths.gateway.tls)] : []),
    ...people(home, organisation).flatMap(({ name, kind, subject }) => {
      const user = paths.user(name);
      const custody = walletEntry(home, organisation, subject);
      return [
        ...of.pair(kind, name, user.certificate, join(user.tls, 'client.crt')),
        ...(existsSync(custody) ? [of.one(kind, name, 'custody', custody)] : []),
      ];
    }),
  ];
}

interface Person {
  readonly name: string;
  readonly kind: CertificateKind;
  /** Empty in a network alone. */
  readonly subject: string;
}

/** Those whose folders are in the home, by name. */
function people(home: string, organisation: Organisation): Person[] {
  const { usersFolder, user } = organisationPaths(home, organisation);
  const domain = `@${organisation.domain}`;
  if (!existsSync(usersFolder)) return [];
  return readdirSync(usersFolder)
    .filter((folder) => folder.endsWith(domain) && !folder.startsWith('.'))
    .map((folder) => folder.slice(0, -domain.length))
    .sort()
    .map((name) => {
      const file = readIdentityFile(user(name).identity);
      const kind = file?.role === 'admin' ? 'admin' : file?.role === 'gateway' ? 'gateway' : 'person';
      return { name, kind, subject: file?.subject ?? '' };
    });
}

function authorities(
  of: ReturnType<typeof placer>,
  paths: { readonly ca: AuthorityPaths; readonly tlsCa: AuthorityPaths },
  domain: string,
): CertificatePlace[] {
  return [
    of.one('authority', `ca.${domain}`, 'signing', paths.ca.certificate),
    of.one('authority', `tlsca.${domain}`, 'tls', paths.tlsCa.certificate),
  ];
}

function placer(organisation: string, lists: { readonly signing: string; readonly tls: string }) {
  const one = (
    kind: CertificateKind,
    name: string,
    use: CertificatePlace['use'],
    file: string,
  ): CertificatePlace => ({
    organisation,
    name,
    kind,
    use,
    file,
    revocationList: use === 'tls' ? lists.tls : lists.signing,
    ...(kind === 'authority' ? {} : { renewedAs: name }),
  });
  return {
    one,
    pair: (kind: CertificateKind, name: string, signing: string, tls: string): CertificatePlace[] => [
      one(kind, name, 'signing', signing),
      one(kind, name, 'tls', tls),
    ],
  };
}
