import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Client, credentials } from '@grpc/grpc-js';
import { connect, hash, type Contract, type Gateway, type Network } from '@hyperledger/fabric-gateway';
import { nodeSigner } from '../embedded/identity/index.js';
import {
  applicationPolicy,
  collectionsOf,
  deploy,
  homeDeployers,
  servicePackage,
} from '../deployment/index.js';
import { organisationPaths } from '../home/index.js';
import { READY_LINE } from '../process/index.js';
import { CHANNEL, CONTRACT, CONTRACT_FOLDER, VERSION, type BenchHome } from './bench-home.js';
import { ChildProgram } from './child-program.js';
import type { CpuReader } from './closed-loop.js';

const built = (path: string): string => fileURLToPath(new URL(`../../dist/${path}`, import.meta.url));

/** The ledger of a home folder in a process of its own, with its contract, and an unmodified client in this one. */
export class BenchNetwork {
  readonly ledger: ChildProgram;
  readonly chaincode: ChildProgram | undefined;
  /** From nothing to the ready line. */
  readonly startMs: number;
  readonly network: Network;
  readonly contract: Contract;
  readonly #gateway: Gateway;
  readonly #client: Client;

  private constructor(
    home: BenchHome,
    ledger: ChildProgram,
    chaincode: ChildProgram | undefined,
    startMs: number,
  ) {
    this.ledger = ledger;
    this.chaincode = chaincode;
    this.startMs = startMs;
    const [organisation] = home.topology.organisations;
    if (organisation === undefined) throw new Error('the topology has no organisation');
    const paths = organisationPaths(home.folder, organisation);
    const user = paths.user('Admin');
    const signer = nodeSigner({ mspId: organisation.mspId, dir: user.msp, endpoint: '' });
    this.#client = new Client(
      `localhost:${String(organisation.peers[0]?.port)}`,
      credentials.createSsl(readFileSync(paths.tlsCa.certificate)),
      { 'grpc.enable_channelz': 0 },
    );
    this.#gateway = connect({
      client: this.#client,
      identity: { mspId: organisation.mspId, credentials: readFileSync(user.certificate) },
      // OpenSSL hashes and signs; the client's own signer is some 20 times slower.
      signer: (message) => Promise.resolve(signer.sign(message)),
      hash: hash.none,
    });
    this.network = this.#gateway.getNetwork(CHANNEL);
    this.contract = this.network.getContract(CONTRACT, CONTRACT);
  }

  /** Starts the ledger, and the contract where it is a service. @param nodeFlags for the ledger's process */
  static async start(home: BenchHome, nodeFlags: readonly string[] = []): Promise<BenchNetwork> {
    const chaincode = home.run === 'service' ? await startService(home) : undefined;
    try {
      const begin = performance.now();
      const ledger = await ChildProgram.start(
        'the ledger',
        [...nodeFlags, built('embedded/main.js'), '--home', home.folder],
        READY_LINE,
      );
      return new BenchNetwork(home, ledger, chaincode, performance.now() - begin);
    } catch (error) {
      await chaincode?.stop();
      throw error;
    }
  }

  /** By the lifecycle, as anybody's: both organisations approve, and both have to endorse. */
  async deploy(home: BenchHome): Promise<void> {
    const address = `localhost:${String(home.servicePort)}`;
    const own = home.run === 'service' ? servicePackage(CONTRACT, address) : undefined;
    const { deployers, close } = homeDeployers(home.folder, CHANNEL, home.topology.organisations, () => own);
    try {
      await deploy(
        {
          definition: {
            name: CONTRACT,
            version: VERSION,
            initRequired: false,
            policy: applicationPolicy(
              `AND(${home.topology.organisations.map(({ mspId }) => `'${mspId}.peer'`).join(',')})`,
            ),
            collections: collectionsOf([]),
          },
          deployers,
        },
        () => undefined,
      );
    } finally {
      close();
    }
  }

  /** Processor seconds of the client (this process), the ledger and the contract's service. */
  readonly cpu: CpuReader = () => {
    const { user, system } = process.cpuUsage();
    return {
      client: (user + system) / 1e6,
      ledger: this.ledger.cpuSeconds() ?? 0,
      ...(this.chaincode === undefined ? {} : { chaincode: this.chaincode.cpuSeconds() ?? 0 }),
    };
  };

  async stop(): Promise<void> {
    this.#gateway.close();
    this.#client.close();
    await this.ledger.stop();
    await this.chaincode?.stop();
  }
}

/** The program that serves the consortium's own contracts. */
function startService({ servicePort }: BenchHome): Promise<ChildProgram> {
  const address = `localhost:${String(servicePort)}`;
  return ChildProgram.start(
    "the contract's service",
    [
      built('chaincode-service/main.js'),
      ...['--folder', CONTRACT_FOLDER, '--id', `${CONTRACT}:${VERSION}`, '--address', address],
    ],
    READY_LINE,
  );
}
