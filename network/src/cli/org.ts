import { resolve } from 'node:path';
import type { Command } from 'commander';
import { engineFor, requireRunning, requireTopology } from '../consortium/index.js';
import { addUpdateOptions, exportUpdate, signedOrSubmitted, type UpdateOptions } from './channel-change.js';
import { channelMembers } from './channel-members.js';
import { globalOptions } from './global-options.js';
import { runNetworkChange } from './network-change.js';

interface AddOptions extends UpdateOptions {
  readonly channel?: readonly string[];
}

export function registerOrg(program: Command): void {
  const org = program.command('org').description('organisations of the running network');
  const add = org
    .command('add [file]')
    .description('an organisation joins: certificates, channels, peers, contracts, gateway')
    .option('--channel <channel...>', 'further channels that it joins beside the one of all organisations');
  addUpdateOptions(add)
    .addHelpText(
      'after',
      `
The file holds one organisation as it stands in a topology file, with ports that are free.

Examples:
  medaccord org add config/examples/pharmacy-a.yaml --dry-run
  medaccord org add config/examples/pharmacy-a.yaml
  medaccord org add pharmacy-a.yaml --export update.pb         on separate machines
  medaccord org add --sign update.pb --org hospital-a
  medaccord org add --submit update.pb
  medaccord org add pharmacy-a.yaml                            goes on from there`,
    )
    .action(addCommand);
  registerRemove(org);
}

function registerRemove(org: Command): void {
  org
    .command('remove <name>')
    .description('an organisation leaves: contracts, consortium, processes, channels; its files stay')
    .option('--dry-run', 'print what would change, who has to sign, and what restarts; do nothing', false)
    .addHelpText(
      'after',
      `
Fabric drops no collection: those that it was a member of stay defined, and are listed.

Example:
  medaccord org remove pharmacy-a --dry-run`,
    )
    .action(removeCommand);
}

async function removeCommand(name: string, { dryRun }: { dryRun: boolean }, command: Command): Promise<void> {
  const { home, json } = globalOptions(command);
  requireRunning(home);
  const topology = requireTopology(home);
  const { RemoveOrganisation, withChangeLock } = await import('../change/index.js');
  const change = new RemoveOrganisation({ home, topology, engine: engineFor(home, undefined) }, name);
  const run = () =>
    runNetworkChange(change, { dryRun, json, done: `${name} is no part of ${topology.name}.` });
  await (dryRun ? run() : withChangeLock(home, run));
}

async function addCommand(file: string | undefined, options: AddOptions, command: Command): Promise<void> {
  const { home, json } = globalOptions(command);
  requireRunning(home);
  const topology = requireTopology(home);
  if (await signedOrSubmitted(home, topology, options, json)) return;
  if (file === undefined) command.error('error: give the file of the organisation');
  const channels = options.channel ?? [];
  for (const channel of channels) channelMembers(topology, channel);
  const { AddOrganisation, readOrganisation, withChangeLock } = await import('../change/index.js');
  const organisation = readOrganisation(resolve(file), topology);
  const running = { home, topology, engine: engineFor(home, undefined) };
  const change = new AddOrganisation(running, organisation, channels);
  const { export: exported, dryRun } = options;
  if (exported !== undefined) {
    const updates = await withChangeLock(home, () => change.prepare());
    await exportUpdate(exported, organisation.name, updates);
    return;
  }
  const run = () =>
    runNetworkChange(change, { dryRun, json, done: `${organisation.name} is part of ${topology.name}.` });
  await (dryRun ? run() : withChangeLock(home, run));
}
