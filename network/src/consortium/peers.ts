import { existsSync } from 'node:fs';
import { CodedError } from '../coded-error.js';
import { ControlClient, ProcessControlClient } from '../control/index.js';
import { ordererPaths, organisationPaths, runPaths } from '../home/index.js';
import type { Topology } from '../topology/index.js';
import { ConsortiumError } from './errors.js';

/** The running ledger of that home. */
export function peerControl(home: string): ControlClient {
  return new ControlClient(runPaths(home).control);
}

/** The supervisor of that home. */
export function processControl(home: string): ProcessControlClient {
  return new ProcessControlClient(runPaths(home).supervisor);
}

/** How commands name a peer: `peer0.hospital-a`. */
export function peerName(organisation: { readonly name: string }, peer: { readonly name: string }): string {
  return `${peer.name}.${organisation.name}`;
}

/**
 * What Fabric's own `peer` command reads to use one peer as one of its organisation's users; `ORDERER_ADDRESS` and
 * `ORDERER_CA` are for its `-o` and `--cafile`.
 * @throws CodedError PEER_UNKNOWN; ConsortiumError NO_SUCH_IDENTITY.
 */
export function peerEnvironment(
  home: string,
  topology: Topology,
  name: string,
  user: string,
): Record<string, string> {
  const all = topology.organisations.flatMap((organisation) =>
    organisation.peers.map((peer) => ({ organisation, peer, name: peerName(organisation, peer) })),
  );
  const found = all.find((entry) => entry.name === name);
  if (found === undefined) {
    throw new CodedError('PEER_UNKNOWN', `there is no peer ${name}`, {
      hint: `There are: ${all.map((entry) => entry.name).join(', ')}`,
    });
  }
  const { organisation, peer } = found;
  const paths = organisationPaths(home, organisation);
  const { msp } = paths.user(user);
  if (!existsSync(msp)) {
    throw new ConsortiumError(
      'NO_SUCH_IDENTITY',
      `${organisation.name} has no user ${user} here`,
      'List the identities: medaccord identity list',
    );
  }
  return {
    CORE_PEER_TLS_ENABLED: 'true',
    CORE_PEER_LOCALMSPID: organisation.mspId,
    CORE_PEER_ADDRESS: `localhost:${peer.port}`,
    CORE_PEER_TLS_ROOTCERT_FILE: paths.tlsCa.certificate,
    CORE_PEER_MSPCONFIGPATH: msp,
    ORDERER_ADDRESS: `localhost:${topology.orderers.nodes[0]?.port ?? 0}`,
    ORDERER_CA: ordererPaths(home, topology.orderers).tlsCa.certificate,
  };
}
