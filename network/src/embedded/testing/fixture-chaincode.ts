import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { Worker } from 'node:worker_threads';

/** The fixture of `fixture-chaincode.mjs` as a service on a port of its own. */
export class FixtureChaincode {
  readonly address: string;
  #worker: Worker | undefined;

  private constructor(address: string) {
    this.address = address;
  }

  static async start(): Promise<FixtureChaincode> {
    const chaincode = new FixtureChaincode(`localhost:${String(await freePort())}`);
    await chaincode.serve();
    return chaincode;
  }

  async serve(): Promise<void> {
    const worker = new Worker(new URL('./fixture-chaincode.mjs', import.meta.url), {
      workerData: { ccid: 'fixture:1.0', address: this.address },
      env: { CORE_CHAINCODE_LOGGING_LEVEL: 'error', CORE_CHAINCODE_LOGGING_SHIM: 'error' },
      stdout: true,
      stderr: true,
    });
    this.#worker = worker;
    await once(worker, 'message');
  }

  /** Resolves when a transaction calls `hang`. */
  async hanging(): Promise<void> {
    if (this.#worker !== undefined) await once(this.#worker, 'message');
  }

  /** Drops every stream at once, as a process that dies does. */
  async kill(): Promise<void> {
    await this.#worker?.terminate();
  }
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, 'localhost', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => {
        resolve(port);
      });
    });
  });
}
