import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Contract } from '@hyperledger/fabric-gateway';
import { MAIN, writeTopology } from '../conformance/engines/suite-topology.js';
import { ChaincodeProcess } from '../conformance/harness/chaincode-process.js';
import { freeAddress } from '../conformance/harness/free-ports.js';
import { medaccord, medaccordJson, NetworkUser, wipeConsortium } from '../consortium/index.js';
import { Acknowledgements } from './acknowledgements.js';
import { COLLECTION, GatewayLoad } from './gateway-load.js';

const LEDGER = fileURLToPath(new URL('../../../network/dist/embedded/main.js', import.meta.url));
const CHAINCODE = 'assets';
/** A start takes about as long as this; kills within it meet recovery too. */
const START_MS = 2_000;
/** Of the kills, so many come at a random time after the start of the process; the others under load. */
const EARLY = 0.3;

export interface KillRound {
  /** Killed so many milliseconds after it began; else after so many transactions were acknowledged. */
  readonly killedAfterMs: number | undefined;
  readonly acknowledged: number;
}

/**
 * A network whose ledger is killed again and again under clients of its gateway service. What counts is what these
 * were told over TLS: a commit status is for ever.
 */
export class KilledNetwork {
  readonly #told = new Acknowledgements();
  readonly #chaincode = new ChaincodeProcess();
  #ledger: ChildProcess | undefined;
  /** By the ledger, on stderr. */
  #said = '';

  private constructor(
    private readonly folder: string,
    private readonly random: () => number,
  ) {}

  static async make(random: () => number): Promise<KilledNetwork> {
    const network = new KilledNetwork(await mkdtemp(join(tmpdir(), 'killed-')), random);
    const { folder, home } = network;
    const topology = join(folder, 'topology.yaml');
    await writeTopology(topology);
    await medaccordJson('up', '--detach', '--topology', topology, '--home', home);
    const address = await freeAddress();
    await network.#chaincode.serve(`${CHAINCODE}:1.0`, address);
    const collections = join(folder, 'collections.json');
    await writeFile(collections, JSON.stringify([pairCollection()]));
    const options = ['--name', CHAINCODE, '--address', address, '--collections', collections];
    await medaccordJson('chaincode', 'deploy', ...options, '--home', home);
    await medaccordJson('down', '--home', home);
    return network;
  }

  private get home(): string {
    return join(this.folder, 'home');
  }

  get acknowledged(): number {
    return this.#told.count;
  }

  /**
   * Starts the ledger, asks again for what was acknowledged in the round before, and kills it with SIGKILL under load.
   * @throws Error naming what was lost or told otherwise.
   */
  async round(): Promise<KillRound> {
    const isEarly = this.random() < EARLY;
    const killedAfterMs = isEarly ? Math.floor(this.random() * START_MS) : undefined;
    const before = this.acknowledged;
    const target = before + 1 + Math.floor(this.random() * 100);
    const ledger = this.#start();
    let user: NetworkUser | undefined;
    let load: GatewayLoad | undefined;
    let isKilled = false;
    const kill = (): void => {
      isKilled = true;
      load?.stop();
      ledger.kill('SIGKILL');
    };
    if (killedAfterMs !== undefined) void setTimeout(killedAfterMs).then(kill);
    try {
      if (!(await isReady(ledger))) {
        if (killedAfterMs === undefined)
          throw new Error(`the ledger ended before it was ready: ${this.#said}`);
        return { killedAfterMs, acknowledged: 0 };
      }
      user = await NetworkUser.connect(this.home, 'org1');
      const contract = contractOf(user);
      if (killedAfterMs === undefined) await this.#told.askAgain(user, contract);
      load = new GatewayLoad(contract, this.#told.sent, (acknowledged) => {
        this.#told.add(acknowledged);
        if (killedAfterMs === undefined && this.acknowledged >= target) kill();
      });
      if (isKilled) load.stop();
      await load.run();
      return { killedAfterMs, acknowledged: this.acknowledged - before };
    } finally {
      kill();
      user?.close();
      await this.#ended();
    }
  }

  /** Verifies the files as the last kill left them. @throws Error with what `fsck` says. */
  async fsck(): Promise<void> {
    const { code, stdout, stderr } = await medaccord('fsck', '--home', this.home);
    if (code !== 0) throw new Error(`fsck ended with ${String(code)}: ${stdout}${stderr}`);
  }

  /**
   * Reads every block from 0 on and compares all that was ever acknowledged with it, and the state with what the
   * blocks say.
   * @returns the number of blocks.
   */
  async finish(): Promise<number> {
    const ledger = this.#start();
    if (!(await isReady(ledger))) throw new Error(`the ledger ended before it was ready: ${this.#said}`);
    const user = await NetworkUser.connect(this.home, 'org1');
    try {
      const contract = contractOf(user);
      await this.#told.askAgain(user, contract);
      return await this.#told.compareWithBlocks(user, MAIN, contract);
    } finally {
      user.close();
      ledger.kill('SIGTERM');
      await this.#ended();
    }
  }

  async remove(): Promise<void> {
    this.#ledger?.kill('SIGKILL');
    await this.#ended();
    await this.#chaincode.kill();
    await wipeConsortium(this.home);
    await rm(this.folder, { recursive: true, force: true });
  }

  #start(): ChildProcess {
    this.#ledger = spawn(process.execPath, [LEDGER, '--home', this.home], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#said = '';
    this.#ledger.stderr?.on('data', (chunk: Buffer) => (this.#said += chunk.toString()));
    return this.#ledger;
  }

  async #ended(): Promise<void> {
    const ledger = this.#ledger;
    if (ledger === undefined) return;
    if (ledger.exitCode === null && ledger.signalCode === null) await once(ledger, 'exit');
    this.#ledger = undefined;
  }
}

function contractOf({ gateway }: NetworkUser): Contract {
  return gateway.getNetwork(MAIN).getContract(CHAINCODE);
}

function pairCollection(): object {
  return {
    name: COLLECTION,
    policy: "OR('Org1MSP.member', 'Org2MSP.member')",
    requiredPeerCount: 0,
    maxPeerCount: 1,
    blockToLive: 0,
    memberOnlyRead: true,
    memberOnlyWrite: true,
    endorsementPolicy: { signaturePolicy: "OR('Org1MSP.peer', 'Org2MSP.peer')" },
  };
}

/** @returns false where the process ends before. */
async function isReady(ledger: ChildProcess): Promise<boolean> {
  if (ledger.stdout === null) throw new Error('the ledger has no output');
  for await (const line of createInterface({ input: ledger.stdout })) {
    if (!line.includes('"ready":true')) continue;
    ledger.stdout.resume();
    return true;
  }
  return false;
}
