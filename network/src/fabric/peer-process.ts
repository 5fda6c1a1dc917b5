import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { config } from '../config.js';
import { fabricPaths, organisationPaths } from '../home/index.js';
import type { ProcessSpec } from '../process/index.js';
import { writeDurably } from '../process/index.js';
import type { Organisation, Topology } from '../topology/index.js';
import type { FabricBinaries } from './binaries.js';
import { nodeEnvironment } from './node-environment.js';
import { fabricPeer, localEndpoint } from './node-ports.js';
import { renderTemplate } from './template.js';

/** How commands and logs name a peer: `peer0.hospital-a`. */
export function peerProcessName(
  organisation: { readonly name: string },
  peer: { readonly name: string },
): string {
  return `${peer.name}.${organisation.name}`;
}

/** One peer; its configuration is written anew at every start. */
export function peerProcess(
  home: string,
  topology: Topology,
  organisation: Organisation,
  peer: Organisation['peers'][number],
  binaries: FabricBinaries,
): ProcessSpec {
  const { port, operations } = fabricPeer(peer);
  const { folder, data } = fabricPaths(home).peer(peer.name, organisation.domain);
  const { msp, tls } = organisationPaths(home, organisation).peer(peer.name);
  const other = organisation.peers.find(({ name }) => name !== peer.name) ?? peer;
  const write = (): void => {
    mkdirSync(data, { recursive: true });
    const text = renderTemplate('core.yaml', {
      id: `${peer.name}.${organisation.domain}`,
      network: topology.name,
      address: localEndpoint(port),
      bootstrap: localEndpoint(other.port),
      data,
      snapshots: join(data, 'snapshots'),
      msp,
      mspId: organisation.mspId,
      tlsCertificate: join(tls, 'server.crt'),
      tlsKey: join(tls, 'server.key'),
      tlsRoots: join(tls, 'ca.crt'),
      builder: binaries.ccaasBuilder,
      executeTimeout: config.executeTimeout ?? '30s',
      operations: localEndpoint(operations),
    });
    writeDurably(join(folder, 'core.yaml'), text);
  };
  return {
    name: peerProcessName(organisation, peer),
    program: binaries.peer,
    arguments: ['node', 'start'],
    environment: nodeEnvironment(folder),
    ready: { line: /Started peer with ID/ },
    graceMs: 20_000,
    beforeStart: () => {
      write();
      return Promise.resolve();
    },
    port,
  };
}
