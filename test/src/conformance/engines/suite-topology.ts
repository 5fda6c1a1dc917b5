import { writeFile } from 'node:fs/promises';
import { freePorts } from '../harness/free-ports.js';

export const MAIN = 'conformance';
export const SECOND = 'between-two';
export const ORDERER_MSP = 'OrdererMSP';
export const ORDERER_DOMAIN = 'orderer.example';

export interface PlannedOrganisation {
  readonly name: string;
  readonly mspId: string;
  readonly domain: string;
  readonly peers: readonly string[];
}

/** The first has two peers, so that one may stop. */
export const ORGANISATIONS: readonly [PlannedOrganisation, PlannedOrganisation, PlannedOrganisation] = [
  { name: 'org1', mspId: 'Org1MSP', domain: 'org1.example', peers: ['peer0', 'peer1'] },
  { name: 'org2', mspId: 'Org2MSP', domain: 'org2.example', peers: ['peer0'] },
  { name: 'org3', mspId: 'Org3MSP', domain: 'org3.example', peers: ['peer0'] },
];

/** Blocks are cut soon: the suite waits for hundreds of them, one after the other. */
const BATCH = { maxMessages: 50, maxBytes: 2_097_152, timeoutMs: 20 };

/**
 * Writes a topology of a network alone, on ports that were free a moment ago.
 * @returns ports by `orderer0`, `peer0.org1`, ….
 */
export async function writeTopology(file: string): Promise<Map<string, number>> {
  const nodes = ORGANISATIONS.flatMap(({ name, peers }) => peers.map((peer) => `${peer}.${name}`));
  const names = [
    ...['orderer0', 'orderer0/operations', 'orderer0/admin'],
    ...nodes.flatMap((name) => [name, `${name}/operations`]),
    ...ORGANISATIONS.map(({ name }) => `ca.${name}`),
  ];
  const free = await freePorts(names.length);
  const ports = new Map(names.map((name, index) => [name, free[index] ?? 0]));
  const node = (name: string, key: string): object => ({
    name,
    port: ports.get(key),
    operations: ports.get(`${key}/operations`),
  });
  const topology = {
    name: 'conformance',
    environment: 'development',
    channel: MAIN,
    channels: [{ name: SECOND, organisations: ORGANISATIONS.slice(0, 2).map(({ name }) => name) }],
    batch: BATCH,
    orderers: {
      mspId: ORDERER_MSP,
      domain: ORDERER_DOMAIN,
      consensus: 'raft',
      nodes: [{ ...node('orderer0', 'orderer0'), admin: ports.get('orderer0/admin') }],
    },
    organisations: ORGANISATIONS.map(({ name, mspId, domain, peers }) => ({
      name,
      mspId,
      domain,
      peers: peers.map((peer) => node(peer, `${peer}.${name}`)),
      ca: { port: ports.get(`ca.${name}`) },
    })),
  };
  // JSON is YAML too.
  await writeFile(file, JSON.stringify(topology, null, 2));
  return ports;
}
