import type { Command } from 'commander';
import { peerControl, peerEnvironment, requireRunning, requireTopology } from '../consortium/index.js';
import type { PeerReport } from '../control/index.js';
import { globalOptions } from './global-options.js';
import { formatTable, printJson, printLine } from './output.js';

/** `medaccord peer …`: the peers of the running embedded ledger. */
export function registerPeer(program: Command): void {
  const peer = program.command('peer').description('the peers of the running ledger');
  registerList(peer);
  registerChange(peer, 'stop', 'stop one peer: it answers nothing any more, everything else goes on');
  registerChange(peer, 'start', 'start a stopped peer again');
  registerEnvironment(peer);
}

function registerList(peer: Command): void {
  peer
    .command('list')
    .description('every peer, its endpoint, and whether it runs')
    .action(async (_options: unknown, command: Command) => {
      const { home, json } = globalOptions(command);
      requireRunning(home);
      const peers = await peerControl(home).peers();
      if (json) {
        printJson({ peers });
        return;
      }
      printLine(formatTable(['Peer', 'MSP', 'Endpoint', 'Status', 'Channels'], peers.map(row)));
    });
}

function registerChange(peer: Command, action: 'stop' | 'start', description: string): void {
  peer
    .command(`${action} <name>`)
    .description(description)
    .addHelpText(
      'after',
      `
Example:
  medaccord peer ${action} peer0.hospital-a

A stopped peer runs again after medaccord peer start, or when the ledger starts again.`,
    )
    .action(async (name: string, _options: unknown, command: Command) => {
      const { home, json } = globalOptions(command);
      requireRunning(home);
      const { peer: report, changed } = await peerControl(home)[action](name);
      if (json) {
        printJson({ peer: report, changed });
        return;
      }
      const state = report.running ? 'runs' : 'is stopped';
      printLine(`${report.name} (${report.endpoint}) ${state}${changed ? '' : ' already'}.`);
    });
}

function registerEnvironment(peer: Command): void {
  peer
    .command('env <name>')
    .description("environment variables with which Fabric's own peer command uses that peer")
    .option('--as <user>', 'whose identity: a user of the organisation in the home folder', 'Admin')
    .addHelpText(
      'after',
      `
Example:
  eval "$(medaccord peer env peer0.hospital-a)"
  peer channel getinfo -c care

FABRIC_CFG_PATH is yours: the folder of Fabric's release that has core.yaml.`,
    )
    .action((name: string, options: { as: string }, command: Command) => {
      const { home, json } = globalOptions(command);
      const variables = peerEnvironment(home, requireTopology(home), name, options.as);
      if (json) {
        printJson(variables);
        return;
      }
      for (const [variable, value] of Object.entries(variables)) {
        printLine(`export ${variable}='${value.replaceAll("'", `'\\''`)}'`);
      }
    });
}

function row({ name, mspId, endpoint, running, channels }: PeerReport): string[] {
  return [name, mspId, endpoint, running ? 'running' : 'stopped', channels.join(', ')];
}
