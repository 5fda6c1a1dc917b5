import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { freePort } from '../../testing/free-ports.js';

/** What a chaincode that dials in finds in its environment. */
export interface DialInOptions {
  /** `localhost:7051`. */
  readonly peer: string;
  /** `name:version`, or a package id. */
  readonly chaincodeId: string;
  /** PEM file. */
  readonly rootCertificate: string;
  /** Files with the base64 of PEM. */
  readonly clientKey: string;
  readonly clientCertificate: string;
}

/** The fixture as a chaincode that dials a peer. @returns what ends it. */
export async function dialIn(options: DialInOptions): Promise<() => Promise<void>> {
  const worker = new Worker(new URL('./fixture-chaincode.mjs', import.meta.url), {
    workerData: {},
    argv: ['--peer.address', options.peer],
    env: {
      CORE_CHAINCODE_ID_NAME: options.chaincodeId,
      CORE_PEER_TLS_ENABLED: 'true',
      CORE_PEER_TLS_ROOTCERT_FILE: options.rootCertificate,
      CORE_TLS_CLIENT_KEY_PATH: options.clientKey,
      CORE_TLS_CLIENT_CERT_PATH: options.clientCertificate,
      CORE_CHAINCODE_LOGGING_LEVEL: 'error',
      CORE_CHAINCODE_LOGGING_SHIM: 'error',
    },
    stdout: true,
    stderr: true,
  });
  await once(worker, 'message');
  return async () => {
    await worker.terminate();
  };
}

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
