import type { Command } from 'commander';
import { requireRunning, requireTopology } from '../consortium/index.js';
import { channelsOf } from '../topology/index.js';
import { channelMembers } from './channel-members.js';
import { globalOptions } from './global-options.js';
import { formatTable, printJson, printLine } from './output.js';

interface ListOptions {
  readonly channel?: string;
}

export function registerList(chaincode: Command): void {
  chaincode
    .command('list')
    .description('what is committed on each channel, who approved it, and which package runs it')
    .option('--channel <channel>', 'only of this channel')
    .addHelpText(
      'after',
      `
Examples:
  medaccord chaincode list
  medaccord chaincode list --channel care --json`,
    )
    .action(listCommand);
}

async function listCommand(options: ListOptions, command: Command): Promise<void> {
  const { home, json } = globalOptions(command);
  requireRunning(home);
  const topology = requireTopology(home);
  const channels =
    options.channel === undefined
      ? channelsOf(topology)
      : [{ name: options.channel, members: channelMembers(topology, options.channel) }];
  // Loaded here alone: no other command should wait for the ledger's libraries.
  const { homeDeployers, listChaincodes } = await import('../deployment/index.js');
  const chaincodes = [];
  for (const { name: channel, members } of channels) {
    const { deployers, close } = homeDeployers(home, channel, members);
    try {
      chaincodes.push(...(await listChaincodes(channel, deployers)));
    } finally {
      close();
    }
  }
  if (json) {
    printJson({ chaincodes });
    return;
  }
  if (chaincodes.length === 0) {
    printLine('No chaincode is committed.');
    return;
  }
  const rows = chaincodes.map((chaincode) => [
    chaincode.channel,
    chaincode.name,
    chaincode.version,
    String(chaincode.sequence),
    chaincode.approvedBy.join(', '),
    [...new Set(chaincode.packages.map(({ packageId }) => packageId ?? 'dials in'))].join(', '),
  ]);
  printLine(formatTable(['Channel', 'Chaincode', 'Version', 'Sequence', 'Approved by', 'Package'], rows));
}
