import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import type { NetworkChange, OrdererNode, Running } from '../change/index.js';
import { engineFor, requireRunning, requireTopology } from '../consortium/index.js';
import { globalOptions } from './global-options.js';
import { runNetworkChange } from './network-change.js';

interface AddOptions {
  readonly port: number;
  readonly operations: number;
  readonly admin: number;
  readonly dryRun: boolean;
}

export function registerOrderer(program: Command): void {
  const orderer = program
    .command('orderer')
    .description('the Raft cluster of the running network (engine fabric)');
  orderer
    .command('add <name>')
    .description('one more orderer: it starts and catches up before it is part of the cluster')
    .requiredOption('--port <port>', 'where it serves', port)
    .requiredOption('--operations <port>', 'where it tells its health and metrics', port)
    .requiredOption('--admin <port>', 'where it is told which channels to join', port)
    .option('--dry-run', 'print what would change and who has to sign; do nothing', false)
    .addHelpText(
      'after',
      `
Example:
  medaccord orderer add orderer3 --port 10050 --operations 10057 --admin 10058`,
    )
    .action((name: string, { port: at, operations, admin, dryRun }: AddOptions, command: Command) =>
      run(command, dryRun, `${name} is one of the orderers.`, async (running) => {
        const { AddOrderer } = await import('../change/index.js');
        const node: OrdererNode = { name, port: at, operations, admin };
        return new AddOrderer(running, node);
      }),
    );
  orderer
    .command('remove <name>')
    .description('one orderer less: out of the cluster first, where all the others are well')
    .option('--dry-run', 'print what would change and who has to sign; do nothing', false)
    .addHelpText(
      'after',
      `
Example:
  medaccord orderer remove orderer3 --dry-run`,
    )
    .action((name: string, { dryRun }: { dryRun: boolean }, command: Command) =>
      run(command, dryRun, `${name} is no orderer any more.`, async (running) => {
        const { RemoveOrderer } = await import('../change/index.js');
        return new RemoveOrderer(running, name);
      }),
    );
}

async function run(
  command: Command,
  dryRun: boolean,
  done: string,
  make: (running: Running) => Promise<NetworkChange>,
): Promise<void> {
  const { home, json } = globalOptions(command);
  requireRunning(home);
  const change = await make({ home, topology: requireTopology(home), engine: engineFor(home, undefined) });
  const { withChangeLock } = await import('../change/index.js');
  const work = () => runNetworkChange(change, { dryRun, json, done });
  await (dryRun ? work() : withChangeLock(home, work));
}

function port(text: string): number {
  const number = /^\d{4,5}$/.test(text) ? Number(text) : NaN;
  if (number >= 1024 && number <= 65_535) return number;
  throw new InvalidArgumentError('It must be a port from 1024 to 65535.');
}
