import { createHash, createPrivateKey } from 'node:crypto';
import { promisify } from 'node:util';
import { Client, credentials } from '@grpc/grpc-js';
import {
  connect,
  hash,
  signers,
  type ConnectOptions,
  type Contract,
  type Gateway,
  type Network,
} from '@hyperledger/fabric-gateway';
import { msp } from '@hyperledger/fabric-protos';
import { afterAll, inject } from 'vitest';
import { selectedEngine } from '../engines/index.js';
import type { ConformanceNetwork, Deployment, NetworkIdentity, NetworkNode } from '../network.js';
import { oneAtATime } from './one-at-a-time.js';

/** The network that all scenarios share. */
export const network: ConformanceNetwork = await attach();

/** As `network.deploy`, for scenarios: not while another one has stopped a peer. */
export async function deploy(deployment: Deployment): Promise<void> {
  await oneAtATime(() => network.deploy(deployment));
}

async function attach(): Promise<ConformanceNetwork> {
  const { folder, facts } = inject('conformance');
  return (await selectedEngine()).attach(folder, facts);
}

export const [org1, org2, org3] = network.organisations;
export const MAIN = network.channels.main;

/** The node that a scenario talks to, where it does not matter which. */
export function firstPeer({ peers }: { readonly peers: readonly NetworkNode[] }): NetworkNode {
  const [peer] = peers;
  if (peer === undefined) throw new Error('an organisation has no peer');
  return peer;
}

const opened: { close(): void }[] = [];
const clients = new Map<string, Client>();
const gateways = new Map<string, Gateway>();

afterAll(() => {
  for (const one of [...opened].reverse()) one.close();
  opened.length = 0;
  clients.clear();
  gateways.clear();
});

/** Closes it after the file's last scenario. */
export function closeAtEnd<T extends { close(): void }>(one: T): T {
  opened.push(one);
  return one;
}

/** The client library takes 4 MiB where nothing is said; peers send more. */
const LIMITS = { 'grpc.max_receive_message_length': -1 };

/** A connection to a node, the same for the same node. */
export function connection(node: NetworkNode): Client {
  let client = clients.get(node.endpoint);
  if (client === undefined) {
    const tls = credentials.createSsl(Buffer.from(node.tlsRoots));
    client = closeAtEnd(new Client(node.endpoint, tls, LIMITS));
    clients.set(node.endpoint, client);
  }
  return client;
}

/** Resolves when the connection to a node stands, which may have been away for a while. @throws Error after 15 s. */
export async function connected(node: NetworkNode): Promise<void> {
  const client = connection(node);
  await promisify(client.waitForReady.bind(client))(Date.now() + 15_000);
}

/** Signs whole messages as Fabric wants it: ECDSA over SHA-256, DER, low S. */
export async function signAs(identity: NetworkIdentity, message: Uint8Array): Promise<Uint8Array> {
  const sign = signers.newPrivateKeySigner(createPrivateKey(identity.privateKey));
  return sign(createHash('sha256').update(message).digest());
}

/** Marshalled msp.SerializedIdentity. */
export function serialized({ mspId, certificate }: NetworkIdentity): Uint8Array {
  const message = new msp.SerializedIdentity();
  message.setMspid(mspId);
  message.setIdBytes(Buffer.from(certificate));
  return message.serializeBinary();
}

/** A gateway connection of that identity at its own organisation's first peer, or at another's. */
export function gatewayOf(
  identity: NetworkIdentity,
  at: NetworkNode = ownPeer(identity),
  options: Partial<ConnectOptions> = {},
): Gateway {
  const key = JSON.stringify([at.endpoint, identity.mspId, identity.certificate]);
  const known = Object.keys(options).length === 0 ? gateways.get(key) : undefined;
  if (known !== undefined) return known;
  const gateway = connect({
    client: connection(at),
    identity: { mspId: identity.mspId, credentials: Buffer.from(identity.certificate) },
    signer: signers.newPrivateKeySigner(createPrivateKey(identity.privateKey)),
    hash: hash.sha256,
    ...options,
  });
  if (Object.keys(options).length === 0) gateways.set(key, gateway);
  return closeAtEnd(gateway);
}

export function channelOf(identity: NetworkIdentity, channel = MAIN): Network {
  return gatewayOf(identity).getNetwork(channel);
}

/** A chaincode on the main channel, as that identity calls it; the first organisation's client by default. */
export function contractOf(chaincode: string, identity: NetworkIdentity = org1.identities.client): Contract {
  return channelOf(identity).getContract(chaincode);
}

function ownPeer({ mspId }: NetworkIdentity): NetworkNode {
  return firstPeer(network.organisations.find((organisation) => organisation.mspId === mspId) ?? org1);
}
