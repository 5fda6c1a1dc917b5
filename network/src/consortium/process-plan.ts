import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { baseEnvironment, config } from '../config.js';
import { readGatewaySecrets } from '../crypto-material/index.js';
import { organisationPaths } from '../home/index.js';
import type { ProcessSpec } from '../process/index.js';
import { READY_LINE } from '../process/index.js';
import { runsInProcess } from '../topology/index.js';
import type {
  ConsortiumOrganisation,
  ConsortiumTopology,
  Organisation,
  Topology,
} from '../topology/index.js';
import type { EngineName } from './engine.js';

const repository = fileURLToPath(new URL('../../../', import.meta.url));

/** Small young generations: several Node processes share one machine. */
const NODE_FLAGS = ['--max-semi-space-size=8'];

/** The processes of a network alone: the ledger's and each organisation's authority. */
export interface NetworkPlan {
  /** Each group starts when the one before it is ready. */
  readonly ledger: readonly (readonly ProcessSpec[])[];
  /** What is to do once they all serve. @returns a sentence about the ledger. */
  settle(note: (text: string) => void): Promise<string>;
  /** What the ledger needs somebody to look after while it runs. */
  watch?(report: (text: string) => void): { close(): Promise<void> };
  readonly authorities: readonly ProcessSpec[];
}

/** What a consortium has besides, PostgreSQL apart. */
export interface ConsortiumPlan {
  /** None where the contracts run in the ledger's process. */
  readonly chaincode: readonly ProcessSpec[];
  gateway(organisation: ConsortiumOrganisation, databaseUrl: string): ProcessSpec;
}

export async function planNetwork(
  home: string,
  topology: Topology,
  engine: EngineName,
): Promise<NetworkPlan> {
  const authorities = topology.organisations.map((organisation) => authority(home, organisation));
  if (engine === 'embedded') return { ...embeddedLedger(home, topology), authorities };
  // Loaded here alone: the other engine needs none of it.
  const { planFabric } = await import('../fabric/index.js');
  return { ...planFabric(home, topology, config.fabric), authorities };
}

function embeddedLedger(home: string, topology: Topology): Pick<NetworkPlan, 'ledger' | 'settle'> {
  const ledger: ProcessSpec = {
    name: 'ledger',
    module: join(repository, 'network', 'dist', 'embedded', 'main.js'),
    arguments: ['--home', home],
    environment: {
      ...baseEnvironment(),
      LOG_LEVEL: config.logLevel,
      CORE_CHAINCODE_EXECUTETIMEOUT: config.executeTimeout,
    },
    nodeFlags: NODE_FLAGS,
    ready: { line: READY_LINE },
    graceMs: 20_000,
    port: topology.organisations[0]?.peers[0]?.port,
    reads: digest(JSON.stringify(nodesOf(topology))),
  };
  return {
    ledger: [[ledger]],
    settle: () => Promise.resolve('embedded: one process, and so one trust domain: for development only'),
  };
}

export async function planConsortium(
  home: string,
  topology: ConsortiumTopology,
  engine: EngineName,
): Promise<ConsortiumPlan> {
  return {
    chaincode: await chaincodeServices(topology, engine),
    gateway: (organisation, databaseUrl) => gateway(home, organisation, databaseUrl),
  };
}

/** One service for all organisations on the embedded ledger, which is one process; else one for each. */
async function chaincodeServices(topology: ConsortiumTopology, engine: EngineName): Promise<ProcessSpec[]> {
  if (engine === 'embedded' && runsInProcess(topology)) return [];
  // Loaded here alone: no other command should wait for the ledger's libraries.
  const { contractPackages } = await import('../deployment/index.js');
  const packages = contractPackages(topology, engine === 'fabric');
  const own = new Map([...packages.values()].map(({ id, port, of }) => [port, { id, port, of }]));
  return [...own.values()].map(({ id, port, of }) => ({
    name: engine === 'fabric' ? `chaincode-${of}` : 'chaincode',
    module: join(repository, 'network', 'dist', 'chaincode-service', 'main.js'),
    arguments: [
      ...['--folder', join(repository, 'chaincode')],
      ...['--id', id],
      ...['--address', `localhost:${port}`],
    ],
    environment: baseEnvironment(),
    nodeFlags: NODE_FLAGS,
    ready: { line: READY_LINE },
    port,
  }));
}

function authority(home: string, { name, ca }: Organisation): ProcessSpec {
  return {
    name: `ca-${name}`,
    module: join(repository, 'network', 'dist', 'cli', 'main.js'),
    arguments: ['ca', 'serve', '--org', name, '--home', home],
    environment: { ...baseEnvironment(), LOG_LEVEL: config.logLevel },
    nodeFlags: NODE_FLAGS,
    ready: { line: READY_LINE },
    port: ca.port,
  };
}

function gateway(home: string, organisation: ConsortiumOrganisation, databaseUrl: string): ProcessSpec {
  const secrets = readGatewaySecrets(home, organisation);
  const configFile = organisationPaths(home, organisation).gateway.config;
  return {
    name: `gateway-${organisation.name}`,
    module: join(repository, 'gateway', 'bin', 'medaccord-gateway.mjs'),
    arguments: ['serve'],
    environment: {
      ...baseEnvironment(),
      MEDACCORD_GATEWAY_CONFIG: configFile,
      MEDACCORD_WALLET_KEY: secrets.walletKey,
      MEDACCORD_VAULT_KEY: secrets.vaultKey,
      MEDACCORD_TOKEN_KEY: secrets.tokenKey,
      DATABASE_URL: databaseUrl,
      LOG_LEVEL: config.logLevel,
    },
    nodeFlags: NODE_FLAGS,
    ready: { line: READY_LINE },
    graceMs: 15_000,
    port: organisation.gateway.rest,
    reads: existsSync(configFile) ? digest(readFileSync(configFile)) : undefined,
  };
}

/** What of a topology the embedded ledger takes from its file rather than from its channels. */
function nodesOf({ organisations, orderers, channels, inProcess }: Topology): unknown {
  const members = organisations.map(({ name, mspId, domain, peers }) => [name, mspId, domain, peers]);
  return [members, orderers, channels, inProcess];
}

function digest(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex');
}
