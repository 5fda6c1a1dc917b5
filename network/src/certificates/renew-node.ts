import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { X509Certificate } from 'node:crypto';
import type { CertificateAuthority } from '../ca/certificate-authority.js';
import { CodedError } from '../coded-error.js';
import { engineFor, processControl, runningState } from '../consortium/index.js';
import { newOrdererFiles, newPeerFiles, newServerTls } from '../crypto-material/index.js';
import {
  ordererPaths,
  organisationPaths,
  recoverFolder,
  replaceFolder,
  type FolderFiles,
} from '../home/index.js';
import { withAuthority, type Consortium } from '../identity/local-authority.js';
import { processOf, type CertifiedNode } from './nodes.js';

export interface NodeRenewalOptions {
  readonly days?: number;
  /** Revokes what it had before, once it runs with the new. Orderers have no registry: theirs just end. */
  readonly revokeOld: boolean;
}

/** What a renewal is about to do, or did. */
export interface NodeRenewal {
  readonly name: string;
  readonly organisation: string;
  /** Files with the new certificates, absolute. */
  readonly certificates: readonly string[];
  /** Process that starts again; absent where none has to, or nothing runs. */
  readonly restarts?: string;
  /** True where the channels' lists of orderers change, signed by the orderers' admin. */
  readonly changesChannels: boolean;
}

export interface NodeRenewalReport extends NodeRenewal {
  readonly notAfter: string;
  /** Channels whose list of orderers was changed. */
  readonly channels: readonly string[];
  /** Serials. */
  readonly revoked: readonly string[];
}

/** What `renewNode` would do. */
export function planNodeRenewal({ home, topology }: Consortium, node: CertifiedNode): NodeRenewal {
  const engine = engineFor(home, undefined);
  const running = runningState(home) !== undefined;
  const { signing, tls } = filesOf(home, topology, node);
  return {
    name: node.name,
    organisation: node.organisation,
    certificates: [...(signing === undefined ? [] : [signing]), tls],
    restarts: running ? processOf(node, engine) : undefined,
    changesChannels: node.kind === 'orderer' && engine === 'fabric',
  };
}

/**
 * Gives a node new certificates of its organisation's authorities and starts it again with them, the channel's other
 * nodes going on. An orderer keeps its TLS key: its channels know it by that, so it is never out of their lists, and the
 * new certificate takes the old one's place there. It may be cut short at any moment and run again.
 * @throws CodedError AUTHORITY_MISSING, RESTART_FAILED; FabricError of the channels' update.
 */
export async function renewNode(
  consortium: Consortium,
  node: CertifiedNode,
  options: NodeRenewalOptions,
): Promise<NodeRenewalReport> {
  const { home, topology } = consortium;
  const plan = planNodeRenewal(consortium, node);
  const { folder, tls } = filesOf(home, topology, node);
  recoverFolder(folder);
  const before = existsSync(folder) ? plan.certificates.map(serialOf) : [];
  if (node.kind === 'orderer' || node.kind === 'orderer-admin') {
    if (options.revokeOld) {
      throw new CodedError(
        'NOTHING_TO_REVOKE',
        'the authority of the orderers keeps no list of revocations',
        {
          hint: 'leave --revoke-old out',
        },
      );
    }
    const unit = node.kind === 'orderer' ? 'orderer' : 'admin';
    const keptTlsKey =
      unit === 'orderer' ? readFileSync(join(folder, 'tls', 'server.key'), 'utf8') : undefined;
    const subject = { name: node.node, unit } as const;
    replaceFolder(
      folder,
      await newOrdererFiles(home, topology.orderers, subject, { ...options, keptTlsKey }),
    );
  } else {
    await withAuthority(consortium, node.organisation, async (authority) => {
      replaceFolder(folder, await newFiles(authority, node, options.days));
      // A peer's folder has the list, too.
      if (authority.registry.revocationNumber > 0) await authority.publishRevocationList();
    });
  }
  let channels: readonly string[] = [];
  if (plan.restarts !== undefined) {
    const fabric = plan.changesChannels ? await import('../fabric/index.js') : undefined;
    channels = (await fabric?.publishConsenters(home, topology)) ?? [];
    await processControl(home).restart(plan.restarts);
    // The next orderer may then be renewed, and the cluster keeps its quorum.
    await fabric?.awaitOrderers(topology);
  }
  // Not before it has the new ones: the others would refuse it.
  const revoked = options.revokeOld ? await revoke(consortium, node, before) : [];
  const notAfter = new Date(new X509Certificate(readFileSync(tls)).validTo).toISOString();
  return { ...plan, notAfter, channels, revoked };
}

function newFiles(
  authority: CertificateAuthority,
  { kind, node }: CertifiedNode,
  days: number | undefined,
): Promise<FolderFiles> {
  const { domain } = authority.organisation;
  return kind === 'peer'
    ? newPeerFiles(authority, node, days)
    : newServerTls(authority, `${kind}.${domain}`, days);
}

async function revoke(
  consortium: Consortium,
  node: CertifiedNode,
  serials: readonly string[],
): Promise<string[]> {
  const superseded = 4;
  return withAuthority(consortium, node.organisation, async (authority) => {
    const revoked = authority.registry.revoke(serials, superseded, new Date());
    if (revoked.length > 0) await authority.publishRevocationList();
    return revoked.map(({ serial }) => serial);
  });
}

function serialOf(file: string): string {
  return new X509Certificate(readFileSync(file)).serialNumber.toLowerCase().replace(/^0+/, '');
}

interface NodeFiles {
  /** Replaced as a whole. */
  readonly folder: string;
  readonly tls: string;
  readonly signing?: string;
}

function filesOf(home: string, topology: Consortium['topology'], node: CertifiedNode): NodeFiles {
  const server = 'server.crt';
  if (node.kind === 'orderer' || node.kind === 'orderer-admin') {
    const paths = ordererPaths(home, topology.orderers);
    const own = node.kind === 'orderer' ? paths.orderer(node.node) : paths.admin;
    const tls = join(own.tls, node.kind === 'orderer' ? server : 'client.crt');
    return { folder: own.folder, tls, signing: own.certificate };
  }
  const organisation = topology.organisations.find(({ name }) => name === node.organisation);
  if (organisation === undefined) throw new TypeError(`${node.organisation} is not in the topology`);
  const paths = organisationPaths(home, organisation);
  if (node.kind === 'peer') {
    const own = paths.peer(node.node);
    return { folder: own.folder, tls: join(own.tls, server), signing: own.certificate };
  }
  const folder = node.kind === 'ca' ? paths.caService.tls : paths.gateway.tls;
  return { folder, tls: join(folder, server) };
}
