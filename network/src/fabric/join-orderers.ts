import { join } from 'node:path';
import { fabricPaths, ordererPaths } from '../home/index.js';
import { runCommand } from '../process/index.js';
import { channelsOf, type Topology } from '../topology/index.js';
import type { FabricBinaries } from './binaries.js';
import { FabricError } from './fabric-error.js';
import { nodeEnvironment } from './node-environment.js';
import { fabricOrderer, localEndpoint } from './node-ports.js';

/**
 * Lets every orderer node join every channel that it has not joined yet.
 * @returns how many joins there were.
 * @throws FabricError CHANNEL_JOIN_FAILED; ProcessError COMMAND_FAILED.
 */
export async function joinOrderers(
  home: string,
  topology: Topology,
  { osnadmin }: FabricBinaries,
): Promise<number> {
  const { orderers } = topology;
  const paths = ordererPaths(home, orderers);
  const joins = orderers.nodes.map(async (node) => {
    const { name, admin } = fabricOrderer(node);
    const environment = nodeEnvironment(fabricPaths(home).orderer(name, orderers.domain).folder);
    const ask = async (
      action: 'list' | 'join',
      ...more: string[]
    ): Promise<{ status: number; said: string }> => {
      const said = await runCommand(
        osnadmin,
        [
          ...['channel', action, '--orderer-address', localEndpoint(admin)],
          ...['--ca-file', paths.tlsCa.certificate],
          ...['--client-cert', join(paths.admin.tls, 'client.crt')],
          ...['--client-key', join(paths.admin.tls, 'client.key')],
          ...more,
        ],
        { env: environment },
      );
      return { status: Number(/^Status: (\d+)/m.exec(said)?.[1]), said };
    };
    let joined = 0;
    for (const { name: channel } of channelsOf(topology)) {
      const known = await ask('list', '--channelID', channel);
      if (known.status === 200) continue;
      const block = fabricPaths(home).genesisBlock(channel);
      const answer =
        known.status === 404 ? await ask('join', '--channelID', channel, '--config-block', block) : known;
      if (answer.status !== 201) {
        throw new FabricError(
          'CHANNEL_JOIN_FAILED',
          `${name} did not join ${channel}: ${answer.said.trim()}`,
        );
      }
      joined += 1;
    }
    return joined;
  });
  return (await Promise.all(joins)).reduce((sum, count) => sum + count, 0);
}
