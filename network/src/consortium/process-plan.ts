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

const repository = fileURLToPath(new URL('../../../', import.meta.url));

/** Small young generations: several Node processes share one machine. */
const NODE_FLAGS = ['--max-semi-space-size=8'];

/** The processes of a network alone: the embedded ledger and each organisation's authority. */
export interface NetworkPlan {
  readonly ledger: ProcessSpec;
  readonly authorities: readonly ProcessSpec[];
}

/** What a consortium has besides, PostgreSQL apart. */
export interface ConsortiumPlan {
  /** Undefined: the contracts run in the ledger's process. */
  readonly chaincode: ProcessSpec | undefined;
  gateway(organisation: ConsortiumOrganisation, databaseUrl: string): ProcessSpec;
}

export function planNetwork(home: string, topology: Topology): NetworkPlan {
  return {
    ledger: {
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
    },
    authorities: topology.organisations.map((organisation) => authority(home, organisation)),
  };
}

export function planConsortium(home: string, topology: ConsortiumTopology): ConsortiumPlan {
  return {
    chaincode: runsInProcess(topology) ? undefined : chaincodeService(topology),
    gateway: (organisation, databaseUrl) => gateway(home, organisation, databaseUrl),
  };
}

/** One service for all organisations: the embedded ledger is one process and calls it once per endorsement. */
function chaincodeService({ chaincode, organisations }: ConsortiumTopology): ProcessSpec {
  const port = organisations[0]?.chaincode.port ?? 0;
  return {
    name: 'chaincode',
    module: join(repository, 'network', 'dist', 'chaincode-service', 'main.js'),
    arguments: [
      ...['--folder', join(repository, 'chaincode')],
      ...['--id', `${chaincode.name}:${chaincode.version}`],
      ...['--address', `localhost:${port}`],
    ],
    environment: baseEnvironment(),
    nodeFlags: NODE_FLAGS,
    ready: { line: READY_LINE },
    port,
  };
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
  return {
    name: `gateway-${organisation.name}`,
    module: join(repository, 'gateway', 'bin', 'medaccord-gateway.mjs'),
    arguments: ['serve'],
    environment: {
      ...baseEnvironment(),
      MEDACCORD_GATEWAY_CONFIG: organisationPaths(home, organisation).gateway.config,
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
  };
}
