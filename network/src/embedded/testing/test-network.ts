import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client, credentials, type ChannelCredentials } from '@grpc/grpc-js';
import type { common } from '@hyperledger/fabric-protos';
import { connect, hash, type Gateway, type Signer } from '@hyperledger/fabric-gateway';
import { createIssuer, generateKeyPair, issueTls, type Issuer } from '../../pki/index.js';
import { nodeSigner, openMsps } from '../identity/index.js';
import type { ChannelOptions } from '../channel/index.js';
import type { BatchOptions } from '../orderer/index.js';
import {
  applicationPolicy,
  collectionsOf,
  deploy,
  LifecycleClient,
  type CollectionEntry,
  type DefinitionToDeploy,
} from '../../deployment/index.js';
import { makePackage, packageIdOf } from '../chaincode/index.js';
import type { ChannelLedger, CommittedBlock } from '../parts.js';
import {
  startEmbeddedNetwork,
  type EmbeddedNetwork,
  type EmbeddedNetworkOptions,
  type PeerPlan,
} from '../server/index.js';
import { makeOrganisation, type TestIdentity, type TestOrganisation } from './certificates.js';
import { freePort } from '../../testing/free-ports.js';
import { dialIn, FixtureChaincode } from './fixture-chaincode.js';

export const CHANNEL = 'care';
export const CHAINCODE = 'fixture';
/** The same code under another name, with a state of its own. */
export const OTHER_CHAINCODE = 'other';
/** Two hospitals, a lab, two insurers. */
export const ORGANISATIONS = ['HospitalA', 'HospitalB', 'LabA', 'InsurerA', 'InsurerB'] as const;
export type Org = (typeof ORGANISATIONS)[number];
export const CARE: readonly Org[] = ['HospitalA', 'HospitalB', 'LabA'];
export const PAIR: readonly Org[] = ['HospitalA', 'InsurerA'];

export interface TestNetworkOptions {
  readonly batch?: BatchOptions;
  /** How many peers an organisation has; one where it is not named. */
  readonly peers?: Readonly<Partial<Record<Org, number>>>;
  /** Channels besides CHANNEL, by name; each has CHAINCODE with any member's endorsement. */
  readonly channels?: Readonly<Record<string, readonly Org[]>>;
  /** Contract packages of the ledger's process; `deploy` installs none for them. */
  readonly inProcess?: EmbeddedNetworkOptions['inProcess'];
  readonly executeTimeoutMs?: number;
}

/** A whole embedded network in the test's process: real certificates, TLS ports, ledger on disk, chaincode service. */
export class TestNetwork {
  readonly chaincode: FixtureChaincode;
  readonly organisations: Readonly<Record<Org, TestOrganisation>>;
  readonly dir: string;
  readonly #tlsIssuer: Issuer;
  readonly #options: EmbeddedNetworkOptions;
  readonly #admins = new Map<string, Gateway>();
  readonly #gateways: { gateway: Gateway; client: Client }[] = [];
  network!: EmbeddedNetwork;

  private constructor(
    dir: string,
    chaincode: FixtureChaincode,
    organisations: Readonly<Record<Org, TestOrganisation>>,
    tlsIssuer: Issuer,
    options: EmbeddedNetworkOptions,
  ) {
    this.dir = dir;
    this.chaincode = chaincode;
    this.organisations = organisations;
    this.#tlsIssuer = tlsIssuer;
    this.#options = options;
  }

  static async start(settings: TestNetworkOptions = {}): Promise<TestNetwork> {
    const dir = await mkdtemp(join(tmpdir(), 'network-'));
    const tlsIssuer = await createIssuer({ commonName: 'tlsca.test', organisation: 'test' });
    const chaincode = await FixtureChaincode.start();
    const organisations = {} as Record<Org, TestOrganisation>;
    const peers: PeerPlan[] = [];
    for (const name of ORGANISATIONS) {
      const organisation = await makeOrganisation(dir, name);
      organisations[name] = organisation;
      for (let index = 0; index < (settings.peers?.[name] ?? 1); index += 1) {
        peers.push(await peerPlan(dir, organisation, `peer${String(index)}`, tlsIssuer));
      }
    }
    const orderer = await makeOrganisation(dir, 'Orderer');
    const ordererNode = await orderer.issue('orderer0', { ou: ['orderer'] });
    const batch = settings.batch ?? { maxMessages: 50, maxBytes: 2_097_152, timeoutMs: 25 };
    const ordererListen = await listenPlan('orderer0', 'Orderer', tlsIssuer);
    const ordererEndpoint = `localhost:${String(ordererListen.port)}`;
    const ordererOrganisation = { name: 'Orderer', mspId: 'Orderer', dir: orderer.dir };
    const ordererSigner = nodeSigner({ mspId: 'Orderer', dir: ordererNode.dir, endpoint: ordererEndpoint });
    const channel = (channelId: string, members: readonly Org[]): ChannelOptions => {
      const folders = members.map((name) => ({ name, mspId: name, dir: organisations[name].dir }));
      return {
        dir: join(dir, 'ledger', channelId),
        channelId,
        genesis: {
          channelId,
          organisations: folders,
          orderer: { ...ordererOrganisation, endpoints: [ordererEndpoint] },
          batch,
        },
        msps: openMsps([...folders, ordererOrganisation]),
        ordererSigner,
      };
    };
    const network = new TestNetwork(dir, chaincode, organisations, tlsIssuer, {
      peers,
      orderers: [{ endpoint: ordererEndpoint, mspId: 'Orderer', ...ordererListen }],
      executeTimeoutMs: settings.executeTimeoutMs,
      inProcess: settings.inProcess,
      channels: [
        channel(CHANNEL, ORGANISATIONS),
        ...Object.entries(settings.channels ?? {}).map(([name, members]) => channel(name, members)),
      ],
    });
    network.network = await startEmbeddedNetwork(network.#options);
    await network.deploy(definition(CHAINCODE));
    await network.deploy(definition(OTHER_CHAINCODE));
    for (const [name, members] of Object.entries(settings.channels ?? {})) {
      const policy = applicationPolicy(`OR(${principals(members, 'peer')})`);
      await network.deploy(
        { ...definition(CHAINCODE), policy, collections: collectionsOf([]) },
        name,
        members,
      );
    }
    return network;
  }

  /** Installs, approves and commits a chaincode that the fixture serves, as admins of its organisations do. */
  async deploy(
    deployed: DefinitionToDeploy,
    channel: string = CHANNEL,
    members: readonly Org[] = ORGANISATIONS,
  ): Promise<void> {
    const isInProcess = this.#options.inProcess?.some(({ name }) => name === deployed.name) === true;
    const own = isInProcess ? undefined : this.packageOf(`${deployed.name}_${deployed.version}`);
    const deployers = await Promise.all(
      members.map(async (name) => ({
        name,
        mspId: name,
        package: own,
        peers: await Promise.all(
          this.#peersOf(name).map(async (plan, index) => ({
            name: plan.name,
            client: await this.admin(name, channel, index),
          })),
        ),
      })),
    );
    await deploy({ definition: deployed, deployers }, () => undefined);
  }

  /** The fixture under another label is another package. */
  packageOf(label: string): { id: string; bytes: Uint8Array } {
    const bytes = makePackage(label, { address: this.chaincode.address });
    return { id: packageIdOf(label, bytes), bytes };
  }

  /** A chaincode that these organisations alone have, each of which may endorse; they have to be a majority. */
  async deployTo(name: string, organisations: readonly Org[]): Promise<void> {
    const policy = applicationPolicy(`OR(${principals(organisations, 'peer')})`);
    await this.deploy(
      { ...definition(name), policy, collections: collectionsOf([]) },
      CHANNEL,
      organisations,
    );
  }

  /** `_lifecycle` at one of an organisation's peers, by one of its admins. */
  async admin(org: Org, channel: string = CHANNEL, peer = 0): Promise<LifecycleClient> {
    return new LifecycleClient((await this.adminGateway(org, peer)).getNetwork(channel), org);
  }

  async adminGateway(org: Org, peer = 0): Promise<Gateway> {
    const key = `${String(peer)}.${org}`;
    let gateway = this.#admins.get(key);
    if (gateway === undefined) {
      const identity = await this.organisations[org].issue(`admin${String(peer)}`, { ou: ['admin'] });
      gateway = await this.connect(org, { identity, peer });
      this.#admins.set(key, gateway);
    }
    return gateway;
  }

  /** Runs the fixture as a chaincode that dials an organisation's peer. @returns what ends it. */
  async dialIn(org: Org, chaincodeId: string): Promise<() => Promise<void>> {
    const file = async (name: string, content: string): Promise<string> => {
      const path = join(this.dir, name);
      await writeFile(path, content);
      return path;
    };
    const keys = await generateKeyPair();
    const certificate = await issueTls(this.#tlsIssuer, {
      subject: { commonName: 'chaincode', organisation: org },
      publicKey: keys.publicKey,
      days: 1,
      hosts: [],
    });
    const base64 = (pem: string): string => Buffer.from(pem).toString('base64');
    return dialIn({
      peer: this.endpoint(org),
      chaincodeId,
      rootCertificate: await file('tls-root.pem', this.#tlsIssuer.certificate.toString('pem')),
      clientKey: await file('chaincode-key', base64(keys.privateKeyPem)),
      clientCertificate: await file('chaincode-cert', base64(certificate.toString('pem'))),
    });
  }

  /** Closes and opens the ledger and its ports again, on the same data. @param meanwhile is run between. */
  async restart(meanwhile?: (channel: ChannelOptions) => Promise<void>): Promise<void> {
    await this.network.close();
    const [channel] = this.#options.channels;
    if (channel !== undefined) await meanwhile?.(channel);
    this.network = await startEmbeddedNetwork(this.#options);
  }

  /** Of CHANNEL, or of another channel. */
  ledger(channel: string = CHANNEL): ChannelLedger {
    const found = this.network.channels.get(channel);
    if (found === undefined) throw new Error(`there is no channel ${channel}`);
    return found.ledger;
  }

  /** The next block of CHANNEL. */
  nextBlock(): Promise<CommittedBlock> {
    return new Promise((resolve) => {
      const stop = this.ledger().onCommit((block) => {
        stop();
        resolve(block);
      });
    });
  }

  #peersOf(org: Org): PeerPlan[] {
    return this.#options.peers.filter(({ signer }) => signer.mspId === org);
  }

  endpoint(org: Org, peer = 0): string {
    return this.#peersOf(org)[peer]?.signer.endpoint ?? '';
  }

  client(org: Org, peer = 0): Client {
    return new Client(this.endpoint(org, peer), this.tlsCredentials);
  }

  get ordererEndpoint(): string {
    return this.#options.orderers[0]?.endpoint ?? '';
  }

  /** PEM of the authority that issued every node's TLS certificate. */
  get tlsRoot(): string {
    return this.#tlsIssuer.certificate.toString('pem');
  }

  /** For any node of the network. */
  get tlsCredentials(): ChannelCredentials {
    return credentials.createSsl(Buffer.from(this.tlsRoot));
  }

  /** A client of one organisation at its own peer, with an unmodified SDK and a signer on OpenSSL. */
  async connect(
    org: Org,
    settings: { identity?: TestIdentity; name?: string; signer?: Signer; at?: Org; peer?: number } = {},
  ): Promise<Gateway> {
    const name = settings.name ?? `user${String(this.#gateways.length)}`;
    const identity = settings.identity ?? (await this.organisations[org].issue(name));
    const own = nodeSigner({ mspId: org, dir: identity.dir, endpoint: '' });
    const client = this.client(settings.at ?? org, settings.peer);
    const gateway = connect({
      client,
      identity: { mspId: org, credentials: Buffer.from(identity.certificatePem) },
      signer: settings.signer ?? ((message) => Promise.resolve(own.sign(message))),
      hash: hash.none,
    });
    this.#gateways.push({ gateway, client });
    return gateway;
  }

  async stop(): Promise<void> {
    for (const { gateway, client } of this.#gateways) {
      gateway.close();
      client.close();
    }
    await this.network.close();
    await this.chaincode.kill();
    await rm(this.dir, { recursive: true, force: true });
  }
}

async function peerPlan(
  dir: string,
  organisation: TestOrganisation,
  name: string,
  tlsIssuer: Issuer,
): Promise<PeerPlan> {
  const { mspId } = organisation;
  const identity = await organisation.issue(name, { ou: ['peer'] });
  const listen = await listenPlan(name, mspId, tlsIssuer);
  const endpoint = `localhost:${String(listen.port)}`;
  return {
    ...listen,
    name: `${name}.${mspId}`,
    signer: nodeSigner({ mspId, dir: identity.dir, endpoint }),
    localMsps: openMsps([{ mspId, dir: organisation.dir }]),
    packagesDir: join(dir, 'packages', mspId, name),
  };
}

async function listenPlan(commonName: string, organisation: string, tlsIssuer: Issuer) {
  const port = await freePort();
  const keys = await generateKeyPair();
  const certificate = await issueTls(tlsIssuer, {
    subject: { commonName, organisation },
    publicKey: keys.publicKey,
    days: 1,
    hosts: ['localhost'],
  });
  return {
    host: 'localhost',
    port,
    tls: { certificate: Buffer.from(certificate.toString('pem')), key: Buffer.from(keys.privateKeyPem) },
  };
}

const principals = (orgs: readonly Org[], role: string): string =>
  orgs.map((org) => `'${org}.${role}'`).join(',');

/** Two of the care organisations endorse; two collections for members alone, and one for everybody. */
export function definition(name: string): DefinitionToDeploy {
  const collection = (collectionName: string, members: readonly Org[]): CollectionEntry => ({
    name: collectionName,
    policy: `OR(${principals(members, 'member')})`,
    memberOnlyRead: true,
    memberOnlyWrite: true,
    endorsementPolicy: { signaturePolicy: `OutOf(2,${principals(members, 'peer')})` },
  });
  return {
    name,
    version: '1.0',
    initRequired: false,
    policy: applicationPolicy(`OutOf(2,${principals(CARE, 'peer')})`),
    collections: collectionsOf([
      collection('care', CARE),
      collection('claims', PAIR),
      // Anybody may read and write; its endorsers are not all members.
      {
        ...collection('mixed', PAIR),
        memberOnlyRead: false,
        memberOnlyWrite: false,
        endorsementPolicy: { signaturePolicy: `OutOf(2,${principals(CARE, 'peer')})` },
      },
    ]),
  };
}

/** A policy as the chaincode's base64 argument. */
export function policyArgument(policy: common.SignaturePolicyEnvelope): string {
  return Buffer.from(policy.serializeBinary()).toString('base64');
}
