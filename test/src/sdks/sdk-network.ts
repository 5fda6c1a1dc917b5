import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { watch } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadTopology, type Topology } from '@medaccord/network/topology';
import { freePortOffset } from '../consortium/free-ports.js';
import { medaccord } from '../consortium/command.js';
import type { Environment } from './programs.js';

export const SOURCES = fileURLToPath(new URL('../../sdks/', import.meta.url));

/** Two organisations on the embedded ledger, as `medaccord up` makes them. */
export class SdkNetwork {
  readonly #organisation: Topology['organisations'][number];

  private constructor(
    readonly home: string,
    readonly topology: Topology,
  ) {
    const [first] = topology.organisations;
    if (first === undefined) throw new RangeError('a topology has organisations');
    this.#organisation = first;
  }

  static async start(home: string): Promise<SdkNetwork> {
    const file = join(SOURCES, 'topology.yaml');
    const offset = String(await freePortOffset(loadTopology(file)));
    await told('up', '--detach', '--home', home, '--topology', file, '--port-offset', offset);
    return new SdkNetwork(home, loadTopology(join(home, 'topology.yaml')));
  }

  /** The first organisation's peer, channel and user, for a client. */
  client(chaincode: string): Environment {
    return {
      ...this.#identity('User1'),
      CHANNEL: this.topology.channel,
      CHAINCODE: chaincode,
      PEER_ADDRESS: this.#peer,
    };
  }

  /** The first organisation's authority and its registrar. */
  authority(): Environment {
    const { name, ca } = this.#organisation;
    return {
      ...this.#identity('Admin'),
      CA_URL: `https://localhost:${String(ca.port)}`,
      CA_NAME: `ca-${name}`,
    };
  }

  /** What Fabric's shims take of a peer that they dial: key and certificate in base64. */
  dialling(id: string): Environment {
    const folder = join(this.home, 'dialling');
    mkdirSync(folder, { recursive: true });
    const encoded = (name: string) => {
      const file = join(folder, `${name}.b64`);
      writeFileSync(
        file,
        readFileSync(join(this.#folder, `users/${this.#user('Admin')}/tls/${name}`)).toString('base64'),
      );
      return file;
    };
    return {
      CORE_CHAINCODE_ID_NAME: id,
      CORE_PEER_ADDRESS: this.#peer,
      CORE_PEER_TLS_ENABLED: 'true',
      CORE_PEER_TLS_ROOTCERT_FILE: this.#tlsRoot,
      CORE_TLS_CLIENT_KEY_PATH: encoded('client.key'),
      CORE_TLS_CLIENT_CERT_PATH: encoded('client.crt'),
    };
  }

  /** @param more options of `chaincode deploy` */
  async deploy(name: string, ...more: readonly string[]): Promise<void> {
    await told('chaincode', 'deploy', '--home', this.home, '--name', name, ...more);
  }

  /** Waits until a chaincode that dials in has come. @throws Error where it does not within a minute */
  async dialledIn(id: string): Promise<void> {
    const log = join(this.home, 'logs/ledger.log');
    const come = () =>
      readFileSync(log, 'utf8')
        .split('\n')
        .some((line) => line.includes('"dialled in"') && line.includes(`"${id}"`));
    const signal = AbortSignal.timeout(60_000);
    try {
      const changes = watch(log, { signal })[Symbol.asyncIterator]();
      while (!come()) await changes.next();
    } catch (error) {
      if (signal.aborted) throw new Error(`${id} has not dialled its peer within a minute`, { cause: error });
      throw error;
    }
  }

  async stop(): Promise<void> {
    await told('down', '--wipe', '--yes', '--home', this.home);
  }

  get #folder(): string {
    return join(this.home, 'organizations/peerOrganizations', this.#organisation.domain);
  }

  get #peer(): string {
    return `localhost:${String(this.#organisation.peers[0]?.port)}`;
  }

  get #tlsRoot(): string {
    return join(this.#folder, `tlsca/tlsca.${this.#organisation.domain}-cert.pem`);
  }

  #user(name: string): string {
    return `${name}@${this.#organisation.domain}`;
  }

  #identity(user: string): Environment {
    const msp = join(this.#folder, 'users', this.#user(user), 'msp');
    return {
      MSP_ID: this.#organisation.mspId,
      TLS_ROOT: this.#tlsRoot,
      CERTIFICATE: join(msp, 'signcerts/cert.pem'),
      PRIVATE_KEY: join(msp, 'keystore/priv_sk'),
    };
  }
}

async function told(...args: readonly string[]): Promise<void> {
  const { code, stdout, stderr } = await medaccord(...args);
  if (code !== 0)
    throw new Error(`medaccord ${args.join(' ')} ended with ${String(code)}:\n${stdout}${stderr}`);
}
