import { fabricPaths, organisationPaths } from '../home/index.js';
import { runCommand } from '../process/index.js';
import { channelsOf, type Organisation, type Topology } from '../topology/index.js';
import type { FabricBinaries } from './binaries.js';
import { nodeEnvironment } from './node-environment.js';
import { localEndpoint } from './node-ports.js';

/**
 * Lets every peer join the channels of its organisation that it has not joined yet, as the organisation's admin.
 * @returns how many joins there were.
 * @throws ProcessError COMMAND_FAILED.
 */
export async function joinPeers(home: string, topology: Topology, { peer }: FabricBinaries): Promise<number> {
  const joins = topology.organisations.flatMap((organisation) =>
    organisation.peers.map(async (node) => {
      const ask = (...words: string[]): Promise<string> =>
        runCommand(peer, ['channel', ...words], { env: adminEnvironment(home, organisation, node) });
      const listed = await ask('list');
      const known = listed.split('\n').map((line) => line.trim());
      const missing = channelsOf(topology).filter(
        ({ name, members }) => members.includes(organisation) && !known.includes(name),
      );
      for (const { name } of missing) await ask('join', '--blockpath', fabricPaths(home).genesisBlock(name));
      return missing.length;
    }),
  );
  return (await Promise.all(joins)).reduce((sum, count) => sum + count, 0);
}

/** Fabric's `peer` command as the organisation's admin, at one of its peers. */
function adminEnvironment(
  home: string,
  organisation: Organisation,
  { name, port }: Organisation['peers'][number],
): NodeJS.ProcessEnv {
  const paths = organisationPaths(home, organisation);
  return {
    ...nodeEnvironment(fabricPaths(home).peer(name, organisation.domain).folder),
    CORE_PEER_TLS_ENABLED: 'true',
    CORE_PEER_LOCALMSPID: organisation.mspId,
    CORE_PEER_ADDRESS: localEndpoint(port),
    CORE_PEER_TLS_ROOTCERT_FILE: paths.tlsCa.certificate,
    CORE_PEER_MSPCONFIGPATH: paths.user('Admin').msp,
  };
}
