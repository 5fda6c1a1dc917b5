import { join, resolve } from 'node:path';
import type { Organisation, Topology } from '../topology/index.js';

/** The three folders of one identity, in Fabric's convention. */
export interface NodePaths {
  readonly folder: string;
  readonly msp: string;
  readonly certificate: string;
  readonly privateKey: string;
  readonly tls: string;
}

/** Where everything of one peer organisation lies under the home folder; all paths are absolute. */
export interface OrganisationPaths {
  readonly root: string;
  readonly ca: AuthorityPaths;
  readonly tlsCa: AuthorityPaths;
  /** The organisation's public MSP: cacerts, tlscacerts, crls, config.yaml. */
  readonly msp: string;
  /** The organisation's revocation list; absent until something is revoked. */
  readonly revocationList: string;
  /** The TLS authority's; absent until one of its certificates is revoked. */
  readonly tlsRevocationList: string;
  readonly connectionProfile: string;
  readonly usersFolder: string;
  peer(name: string): NodePaths;
  user(name: string): NodePaths & { readonly identity: string };
  readonly caService: { readonly registry: string; readonly tls: string };
  readonly gateway: {
    readonly folder: string;
    readonly config: string;
    readonly secrets: string;
    readonly wallet: string;
    readonly vault: string;
    readonly tls: string;
  };
}

export interface AuthorityPaths {
  readonly folder: string;
  readonly certificate: string;
  readonly privateKey: string;
}

/** Where one process of real Fabric keeps its configuration and its data. */
export interface FabricNodePaths {
  /** Its `core.yaml` or `orderer.yaml`: `FABRIC_CFG_PATH`. */
  readonly folder: string;
  readonly data: string;
}

/** Real Fabric under a home folder. */
export interface FabricPaths {
  readonly root: string;
  /** Block 0 of a channel. */
  genesisBlock(channel: string): string;
  peer(name: string, domain: string): FabricNodePaths;
  orderer(name: string, domain: string): FabricNodePaths;
}

export function fabricPaths(home: string): FabricPaths {
  const root = join(resolve(home), 'fabric');
  const nodeOf = (kind: string, name: string, domain: string): FabricNodePaths => {
    const folder = join(root, kind, `${name}.${domain}`);
    return { folder, data: join(folder, 'data') };
  };
  return {
    root,
    genesisBlock: (channel) => join(root, 'channels', `${channel}.block`),
    peer: (name, domain) => nodeOf('peers', name, domain),
    orderer: (name, domain) => nodeOf('orderers', name, domain),
  };
}

/** What `up` makes in a home folder; a wipe removes this and nothing else. */
export const HOME_ENTRIES = [
  'organizations',
  'ledger',
  'fabric',
  'snapshots',
  'ca',
  'gateways',
  'postgres',
  'logs',
  'run',
  'topology.yaml',
  'own-server.json',
] as const;

/** The topology in force, port offset applied. */
export function topologyFile(home: string): string {
  return join(resolve(home), 'topology.yaml');
}

/** There where the databases are on a PostgreSQL server of the user's own. */
export function ownServerFile(home: string): string {
  return join(resolve(home), 'own-server.json');
}

/** What belongs to the consortium's being up: the supervisor's lock and state, and everybody's logs. */
export function runPaths(home: string): {
  readonly lock: string;
  readonly state: string;
  /** Socket of the running ledger, which is told which peers run. */
  readonly control: string;
  /** Socket of the supervisor, which restarts processes. */
  readonly supervisor: string;
  readonly logs: string;
} {
  const run = join(resolve(home), 'run');
  return {
    lock: join(run, 'lock'),
    state: join(run, 'state.json'),
    control: join(run, 'ledger.sock'),
    supervisor: join(run, 'supervisor.sock'),
    logs: join(resolve(home), 'logs'),
  };
}

/** Where snapshots of the embedded ledger go unless another folder is given. */
export function snapshotFolder(home: string, channel: string, height: number): string {
  return join(resolve(home), 'snapshots', `${channel}-${String(height)}`);
}

/** The embedded ledger's data of one channel. */
export function ledgerFolder(home: string, channel: string): string {
  return join(resolve(home), 'ledger', channel);
}

/** The chaincode packages that a peer of the embedded ledger has installed. No channel is called `_peers`. */
export function peerPackagesFolder(home: string, peer: string, domain: string): string {
  return join(resolve(home), 'ledger', '_peers', `${peer}.${domain}`, 'chaincodes');
}

export function organisationPaths(
  home: string,
  organisation: Pick<Organisation, 'name' | 'domain'>,
): OrganisationPaths {
  const base = resolve(home);
  const { name, domain } = organisation;
  const root = join(base, 'organizations', 'peerOrganizations', domain);
  const gateway = join(base, 'gateways', name);
  const ca = join(base, 'ca', name);
  return {
    root,
    ca: authority(root, 'ca', domain),
    tlsCa: authority(root, 'tlsca', domain),
    msp: join(root, 'msp'),
    revocationList: join(root, 'msp', 'crls', 'crl.pem'),
    tlsRevocationList: join(root, 'tlsca', 'crl.pem'),
    connectionProfile: join(root, `connection-${name}.json`),
    usersFolder: join(root, 'users'),
    peer: (peer) => node(join(root, 'peers', `${peer}.${domain}`)),
    user: (user) => {
      const paths = node(join(root, 'users', `${user}@${domain}`));
      return { ...paths, identity: join(paths.folder, 'identity.json') };
    },
    caService: { registry: join(ca, 'registry.mdb'), tls: join(ca, 'tls') },
    gateway: {
      folder: gateway,
      config: join(gateway, 'config.json'),
      secrets: join(gateway, 'secrets.json'),
      wallet: join(gateway, 'wallet'),
      vault: join(gateway, 'vault'),
      tls: join(gateway, 'tls'),
    },
  };
}

/** Where everything of the orderers' organisation lies. */
export interface OrdererPaths {
  readonly root: string;
  readonly ca: AuthorityPaths;
  readonly tlsCa: AuthorityPaths;
  readonly msp: string;
  orderer(name: string): NodePaths;
  readonly admin: NodePaths;
}

export function ordererPaths(home: string, orderers: Pick<Topology['orderers'], 'domain'>): OrdererPaths {
  const { domain } = orderers;
  const root = join(resolve(home), 'organizations', 'ordererOrganizations', domain);
  return {
    root,
    ca: authority(root, 'ca', domain),
    tlsCa: authority(root, 'tlsca', domain),
    msp: join(root, 'msp'),
    orderer: (name) => node(join(root, 'orderers', `${name}.${domain}`)),
    admin: node(join(root, 'users', `Admin@${domain}`)),
  };
}

function authority(root: string, kind: 'ca' | 'tlsca', domain: string): AuthorityPaths {
  const folder = join(root, kind);
  return {
    folder,
    certificate: join(folder, `${kind}.${domain}-cert.pem`),
    privateKey: join(folder, 'priv_sk'),
  };
}

function node(folder: string): NodePaths {
  const msp = join(folder, 'msp');
  return {
    folder,
    msp,
    certificate: join(msp, 'signcerts', 'cert.pem'),
    privateKey: join(msp, 'keystore', 'priv_sk'),
    tls: join(folder, 'tls'),
  };
}
