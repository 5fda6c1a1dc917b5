import { readFileSync } from 'node:fs';
import { organisationPaths } from '../home/index.js';
import type { Organisation, Topology } from '../topology/index.js';
import { json } from './people.js';
import { writeIfChanged } from './write-if-changed.js';

/** Follows from the topology: rewritten when that changed. */
export function writeConnectionProfile(home: string, topology: Topology, organisation: Organisation): void {
  const { connectionProfile: file } = organisationPaths(home, organisation);
  writeIfChanged(file, json(connectionProfile(home, topology, organisation)));
}

/** Fabric's common connection profile, so that any Fabric client finds the organisation's peers and authority. */
function connectionProfile(home: string, topology: Topology, organisation: Organisation) {
  const { name, mspId, domain, peers, ca } = organisation;
  const tlsCa = { pem: readFileSync(organisationPaths(home, organisation).tlsCa.certificate, 'utf8') };
  const peerName = (peer: string) => `${peer}.${domain}`;
  return {
    name: `${topology.name}-${name}`,
    version: '1.0.0',
    client: { organization: name, connection: { timeout: { peer: { endorser: '300' } } } },
    organizations: {
      [name]: {
        mspid: mspId,
        peers: peers.map((peer) => peerName(peer.name)),
        certificateAuthorities: [`ca-${name}`],
      },
    },
    peers: Object.fromEntries(
      peers.map((peer) => [
        peerName(peer.name),
        {
          url: `grpcs://localhost:${peer.port}`,
          tlsCACerts: tlsCa,
          grpcOptions: { 'ssl-target-name-override': 'localhost', hostnameOverride: 'localhost' },
        },
      ]),
    ),
    certificateAuthorities: {
      [`ca-${name}`]: {
        url: `https://localhost:${ca.port}`,
        caName: `ca-${name}`,
        tlsCACerts: { pem: [tlsCa.pem] },
        httpOptions: { verify: true },
      },
    },
  };
}
