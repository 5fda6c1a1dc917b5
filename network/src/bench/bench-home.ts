import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureCryptoMaterial } from '../crypto-material/index.js';
import { topologyFile } from '../home/index.js';
import { freePorts } from '../testing/free-ports.js';
import { formatTopology, Topology } from '../topology/index.js';

/** How the contract runs: `service` is a process of its own, which the ledger calls over gRPC. */
export type RunMode = 'in-process' | 'service';

export interface BenchHome {
  readonly folder: string;
  readonly topology: Topology;
  readonly run: RunMode;
  /** Where the contract listens, where it runs as a service. */
  readonly servicePort: number;
  remove(): void;
}

export const CHANNEL = 'bench';
export const CONTRACT = 'bench';
export const VERSION = '1.0';
/** The contract's package folder; the same from `src` and `dist`. */
export const CONTRACT_FOLDER = fileURLToPath(new URL('../../src/bench/contract/', import.meta.url));

/** A home folder with two organisations and all their certificates; what is deployed on it needs both. */
export async function makeBenchHome(options: {
  readonly run: RunMode;
  readonly maxMessages: number;
  readonly timeoutMs: number;
}): Promise<BenchHome> {
  const folder = mkdtempSync(join(tmpdir(), 'medaccord-bench-'));
  const ports = await freePorts(6);
  const [orderer, chaincode = 0, ...ofOrganisations] = ports;
  const topology = Topology.parse({
    name: 'bench',
    environment: 'development',
    channel: CHANNEL,
    batch: { maxMessages: options.maxMessages, maxBytes: 2_097_152, timeoutMs: options.timeoutMs },
    orderers: {
      mspId: 'OrdererMSP',
      domain: 'orderer.bench.example',
      consensus: 'raft',
      nodes: [{ name: 'orderer0', port: orderer }],
    },
    inProcess:
      options.run === 'in-process' ? [{ name: CONTRACT, version: VERSION, path: CONTRACT_FOLDER }] : [],
    organisations: ['one', 'two'].map((name, index) => ({
      name,
      mspId: `${name}MSP`,
      domain: `${name}.bench.example`,
      peers: [{ name: 'peer0', port: ofOrganisations[2 * index] }],
      ca: { port: ofOrganisations[2 * index + 1] },
    })),
  });
  await ensureCryptoMaterial(topology, folder);
  writeFileSync(topologyFile(folder), formatTopology(topology));
  return {
    folder,
    topology,
    run: options.run,
    servicePort: chaincode,
    remove: () => {
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
