import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { medaccord, medaccordJson, runProgram } from '../../consortium/command.js';
import type {
  CollectionConfig,
  ConformanceNetwork,
  Deployment,
  Engine,
  NetworkFacts,
  NetworkIdentity,
  NetworkOrganisation,
  OrganisationIdentities,
} from '../network.js';
import { CertificateMaker } from './certificate-maker.js';
import { MAIN, ORDERER_DOMAIN, ORDERER_MSP, ORGANISATIONS, SECOND, writeTopology } from './suite-topology.js';
import type { PlannedOrganisation } from './suite-topology.js';

const PROGRAM = 'network/bin/medaccord.mjs';
const PORT_TAKEN = 4;
const ATTEMPTS = 3;

/** A network of its own, started and ruled by the `medaccord` command line. */
export function medaccordEngine(engine: 'embedded' | 'fabric'): Engine {
  return {
    name: engine,
    async start(folder) {
      const home = homeOf(folder);
      for (let attempt = 1; ; attempt += 1) {
        const topology = join(folder, 'topology.yaml');
        const ports = await writeTopology(topology);
        const options = ['--engine', engine, '--topology', topology, '--home', home];
        // A scenario waits for it.
        const env = { ...process.env, CORE_CHAINCODE_EXECUTETIMEOUT: '5s' };
        const up = await runProgram(PROGRAM, ['up', ...options, '--detach', '--json'], { env });
        if (up.code === 0) return factsOf(home, ports);
        if (up.code !== PORT_TAKEN || attempt === ATTEMPTS) {
          throw new Error(`up ended with ${String(up.code)}:\n${up.stdout}${up.stderr}`);
        }
        await medaccord('down', '--wipe', '--yes', '--home', home);
      }
    },
    attach: (folder, facts) => new MedaccordNetwork(folder, facts),
    async stop(folder) {
      await medaccordJson('down', '--wipe', '--yes', '--home', homeOf(folder));
    },
  };
}

class MedaccordNetwork implements ConformanceNetwork {
  readonly organisations: NetworkFacts['organisations'];
  readonly orderers: NetworkFacts['orderers'];
  readonly channels: NetworkFacts['channels'];
  readonly #folder: string;

  constructor(folder: string, { organisations, orderers, channels }: NetworkFacts) {
    this.#folder = folder;
    this.organisations = organisations;
    this.orderers = orderers;
    this.channels = channels;
  }

  async deploy(deployment: Deployment): Promise<void> {
    const { name, version, sequence, policy, collections, initRequired, channel, address } = deployment;
    const file = join(this.#folder, `${name}-${String(sequence)}`);
    const what = ['--label', `${name}_${version}`, '--address', address];
    const { packageId } = await medaccordJson<{ packageId: string }>(
      ...['chaincode', 'package', `${file}.tgz`, ...what],
    );
    await deployment.serve(packageId);
    const options = ['--name', name, '--version', version, '--sequence', String(sequence), ...what];
    if (policy !== undefined) options.push('--policy', policy);
    if (initRequired === true) options.push('--init-required');
    if (channel !== undefined) options.push('--channel', channel);
    if (collections !== undefined) {
      await writeFile(`${file}.json`, JSON.stringify(collections.map(collectionEntry)));
      options.push('--collections', `${file}.json`);
    }
    await medaccordJson('chaincode', 'deploy', ...options, '--home', homeOf(this.#folder));
  }

  async stopPeer(name: string): Promise<void> {
    await medaccordJson('peer', 'stop', name, '--home', homeOf(this.#folder));
  }

  async startPeer(name: string): Promise<void> {
    await medaccordJson('peer', 'start', name, '--home', homeOf(this.#folder));
  }
}

function homeOf(folder: string): string {
  return join(folder, 'home');
}

/** An entry of the file that Fabric's own tools read too. */
function collectionEntry({ endorsementPolicy, blockToLive, ...collection }: CollectionConfig): object {
  return {
    ...collection,
    blockToLive,
    ...(endorsementPolicy === undefined ? {} : { endorsementPolicy: { signaturePolicy: endorsementPolicy } }),
  };
}

async function factsOf(home: string, ports: ReadonlyMap<string, number>): Promise<NetworkFacts> {
  const crypto = join(home, 'organizations');
  const endpoint = (name: string): string => `localhost:${String(ports.get(name))}`;
  const tlsRoots = (kind: string, domain: string): Promise<string> =>
    readFile(join(crypto, kind, domain, 'tlsca', `tlsca.${domain}-cert.pem`), 'utf8');
  const organisation = async (planned: PlannedOrganisation): Promise<NetworkOrganisation> => {
    const { name, mspId, domain } = planned;
    const roots = await tlsRoots('peerOrganizations', domain);
    const folder = join(crypto, 'peerOrganizations', domain);
    return {
      name,
      mspId,
      authority: await readFile(join(folder, 'ca', `ca.${domain}-cert.pem`), 'utf8'),
      certificateService: {
        url: `https://${endpoint(`ca.${name}`)}`,
        name: `ca-${name}`,
        tlsRoots: roots,
      },
      peers: planned.peers.map((peer) => ({
        name: `${peer}.${name}`,
        mspId,
        endpoint: endpoint(`${peer}.${name}`),
        tlsRoots: roots,
      })),
      identities: await identitiesOf(home, folder, planned),
    };
  };
  const [first, second, third] = ORGANISATIONS;
  const ordererRoots = await tlsRoots('ordererOrganizations', ORDERER_DOMAIN);
  return {
    organisations: [await organisation(first), await organisation(second), await organisation(third)],
    orderers: [
      { name: 'orderer0', mspId: ORDERER_MSP, endpoint: endpoint('orderer0'), tlsRoots: ordererRoots },
    ],
    channels: { main: MAIN, second: SECOND },
  };
}

async function identitiesOf(
  home: string,
  folder: string,
  { name, mspId, domain }: PlannedOrganisation,
): Promise<OrganisationIdentities> {
  const user = async (userName: string): Promise<NetworkIdentity> => {
    const read = (file: string): Promise<string> =>
      readFile(join(folder, 'users', `${userName}@${domain}`, 'msp', file), 'utf8');
    return {
      mspId,
      certificate: await read('signcerts/cert.pem'),
      privateKey: await read('keystore/priv_sk'),
    };
  };
  const maker = await CertificateMaker.open(
    mspId,
    join(folder, 'ca', `ca.${domain}-cert.pem`),
    join(folder, 'ca', 'priv_sk'),
  );
  await medaccordJson(
    'identity',
    'issue',
    '--org',
    name,
    '--name',
    'leaver',
    '--role',
    'client',
    '--home',
    home,
  );
  const revoked = await user('leaver');
  await medaccordJson('identity', 'revoke', '--org', name, '--name', 'leaver', '--home', home);
  return {
    client: await user('User1'),
    otherClient: await maker.make({ name: 'other', units: ['client'] }),
    admin: await user('Admin'),
    endorser: await maker.make({ name: 'endorser', units: ['peer'] }),
    expired: await maker.make({ name: 'expired', units: ['client'], isExpired: true }),
    revoked,
    unclassified: await maker.make({ name: 'unclassified', units: [] }),
    foreign: await (await maker.impostor()).make({ name: 'foreign', units: ['client'] }),
  };
}
