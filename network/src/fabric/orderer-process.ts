import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { fabricPaths, ordererPaths } from '../home/index.js';
import type { ProcessSpec } from '../process/index.js';
import { writeDurably } from '../process/index.js';
import type { Topology } from '../topology/index.js';
import type { FabricBinaries } from './binaries.js';
import { nodeEnvironment } from './node-environment.js';
import { fabricOrderer, localEndpoint } from './node-ports.js';
import { renderTemplate } from './template.js';

/** One orderer node; its configuration is written anew at every start. */
export function ordererProcess(
  home: string,
  { orderers }: Topology,
  node: Topology['orderers']['nodes'][number],
  { orderer }: FabricBinaries,
): ProcessSpec {
  const { name, port, operations, admin } = fabricOrderer(node);
  const { folder, data } = fabricPaths(home).orderer(name, orderers.domain);
  const { msp, tls } = ordererPaths(home, orderers).orderer(name);
  const write = (): void => {
    mkdirSync(data, { recursive: true });
    const text = renderTemplate('orderer.yaml', {
      port,
      mspId: orderers.mspId,
      msp,
      tlsCertificate: join(tls, 'server.crt'),
      tlsKey: join(tls, 'server.key'),
      tlsRoots: join(tls, 'ca.crt'),
      data: join(data, 'ledger'),
      wal: join(data, 'raft', 'wal'),
      snapshots: join(data, 'raft', 'snapshots'),
      admin: localEndpoint(admin),
      operations: localEndpoint(operations),
    });
    writeDurably(join(folder, 'orderer.yaml'), text);
  };
  return {
    name,
    program: orderer,
    arguments: ['start'],
    environment: nodeEnvironment(folder),
    ready: { line: /Beginning to serve requests/ },
    graceMs: 20_000,
    beforeStart: () => {
      write();
      return Promise.resolve();
    },
    port,
  };
}
