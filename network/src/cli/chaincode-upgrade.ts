import { resolve } from 'node:path';
import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import type { NetworkChange, UpgradeChaincode } from '../change/index.js';
import { CodedError } from '../coded-error.js';
import { engineFor, requireRunning, requireTopology } from '../consortium/index.js';
import { isConsortium, type ConsortiumTopology, type Topology } from '../topology/index.js';
import { channelMembers } from './channel-members.js';
import { globalOptions } from './global-options.js';
import { runNetworkChange } from './network-change.js';
import { formatTable, printNote } from './output.js';

interface UpgradeOptions {
  readonly name?: string;
  readonly version?: string;
  readonly policy?: string;
  readonly collections?: string;
  readonly address?: string;
  readonly label?: string;
  readonly channel?: string;
  readonly org?: readonly string[];
  readonly rollback?: number;
  readonly dryRun: boolean;
}

export function registerUpgrade(chaincode: Command): void {
  chaincode
    .command('upgrade')
    .description('another version, policy or collections of a committed chaincode, as the next sequence')
    .option('--name <name>', "which chaincode (default: the consortium's own contracts)")
    .option('--version <version>', 'its next version')
    .option('--policy <policy>', 'who endorses, from now on')
    .option('--collections <file>', "collections to add or to change, in Fabric's JSON form; the others stay")
    .option('--address <host:port>', 'where the next version listens (without: what runs goes on)')
    .option('--label <label>', "with --address: the package's (default: <name>_<version>)")
    .option('--channel <channel>', "default: the topology's own")
    .option('--org <organisation...>', 'only these approve now (default: every member of the channel)')
    .option(
      '--rollback <sequence>',
      'back to what that sequence said, as a new one that keeps all collections',
      sequence,
    )
    .option('--dry-run', 'print what would change and what restarts; do nothing', false)
    .addHelpText(
      'after',
      `
Where too few have approved the same, nothing is committed, and a table shows who approved what.

Examples:
  medaccord chaincode upgrade --version 1.1                    the consortium's own contracts
  medaccord chaincode upgrade --rollback 1                     back to what was committed first
  medaccord chaincode upgrade --name basic --version 2.0 --address localhost:9998
  medaccord chaincode upgrade --name basic --policy "AND('Org1MSP.peer','Org2MSP.peer')" --org org1`,
    )
    .action(upgradeCommand);
}

async function upgradeCommand(options: UpgradeOptions, command: Command): Promise<void> {
  const { home, json } = globalOptions(command);
  requireRunning(home);
  const topology = requireTopology(home);
  const name = options.name ?? (isConsortium(topology) ? topology.chaincode.name : undefined);
  if (name === undefined) throw nothingAsked('which chaincode?', 'Say it: --name basic');
  if (
    [options.rollback, options.version, options.policy, options.collections, options.address].every(isLeftOut)
  ) {
    throw nothingAsked(
      'nothing that is to change is given',
      'Give --version, --policy, --collections or --address, or --rollback.',
    );
  }
  const channel = options.channel ?? topology.channel;
  const isOwn = isConsortium(topology) && name === topology.chaincode.name && channel === topology.channel;
  const change = isOwn
    ? await ofOwn(home, topology, options)
    : await ofOther(home, topology, { ...options, name, channel });
  const { withChangeLock } = await import('../change/index.js');
  const { dryRun } = options;
  const run = () => runNetworkChange(change, { dryRun, json, done: `${name} is upgraded on ${channel}.` });
  try {
    await (dryRun ? run() : withChangeLock(home, run));
  } catch (error) {
    const isMismatch = error instanceof CodedError && error.code === 'NOT_APPROVED';
    const { UpgradeChaincode } = await import('../change/index.js');
    if (isMismatch && change instanceof UpgradeChaincode) await showApprovals(change);
    throw error;
  }
}

/** Policy and collections of our own contracts follow from the organisations. */
async function ofOwn(
  home: string,
  topology: ConsortiumTopology,
  { version, policy, collections, address, org, rollback }: UpgradeOptions,
): Promise<NetworkChange> {
  if (![policy, collections, address, org].every(isLeftOut)) {
    throw new CodedError(
      'CHAINCODE_ARGUMENTS',
      "policy, collections and addresses of the consortium's own contracts follow from its organisations",
      { hint: 'They change with medaccord org add and org remove; here, give --version or --rollback.' },
    );
  }
  const { UpgradeContracts } = await import('../change/index.js');
  const running = { home, topology, engine: engineFor(home, undefined) };
  return new UpgradeContracts(
    running,
    rollback === undefined ? (version ?? '') : await versionOf(home, topology, rollback),
  );
}

async function versionOf(home: string, topology: ConsortiumTopology, sequence: number): Promise<string> {
  const { definitionBefore, homeDeployers } = await import('../deployment/index.js');
  const { deployers, close } = homeDeployers(home, topology.channel, topology.organisations);
  try {
    const client = deployers[0]?.peers[0]?.client;
    if (client === undefined) throw new Error('the topology has no peers');
    return (await definitionBefore(client, topology.chaincode.name, sequence)).definition.version;
  } finally {
    close();
  }
}

async function ofOther(
  home: string,
  topology: Topology,
  options: UpgradeOptions & { readonly name: string; readonly channel: string },
): Promise<UpgradeChaincode> {
  const { name, channel, version, policy, collections, address, label, org, rollback } = options;
  const members = channelMembers(topology, channel);
  const approving = channelMembers(topology, channel, org);
  const [deployment, { UpgradeChaincode }] = await Promise.all([
    import('../deployment/index.js'),
    import('../change/index.js'),
  ]);
  if (address !== undefined) await deployment.probeChaincode(address);
  const own =
    address === undefined
      ? undefined
      : deployment.servicePackage(label ?? deployment.defaultLabel(name, version ?? 'next'), address);
  const to = rollback ?? {
    version,
    policy: policy === undefined ? undefined : deployment.applicationPolicy(policy),
    collections: collections === undefined ? undefined : deployment.readCollections(resolve(collections)),
  };
  const running = { home, topology, engine: engineFor(home, undefined) };
  return new UpgradeChaincode(running, { channel, name, to, package: own, approving, members });
}

async function showApprovals(change: UpgradeChaincode): Promise<void> {
  const rows = (await change.approvals()).map(({ organisation, version, packageId, differs }) => [
    organisation,
    version === undefined ? 'nothing yet' : differs.length === 0 ? 'this' : `another ${differs.join(', ')}`,
    version ?? '–',
    packageId ?? '–',
  ]);
  printNote(formatTable(['Organisation', 'Has approved', 'Version', 'Package'], rows));
}

function nothingAsked(message: string, hint: string): CodedError {
  return new CodedError('NOTHING_ASKED', message, { hint });
}

function sequence(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number from 1.');
}

function isLeftOut(value: unknown): boolean {
  return value === undefined;
}
