import { resolve } from 'node:path';
import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import { engineFor, requireRunning, requireTopology } from '../consortium/index.js';
import type { Deployed } from '../deployment/index.js';
import { channelMembers } from './channel-members.js';
import { globalOptions } from './global-options.js';
import { printJson, printLine, printNote } from './output.js';

interface DeployOptions {
  readonly name: string;
  readonly address?: string;
  readonly policy?: string;
  readonly collections?: string;
  readonly version: string;
  readonly sequence?: number;
  readonly initRequired: boolean;
  readonly channel?: string;
  readonly org?: readonly string[];
  readonly label?: string;
  readonly check: boolean;
}

export function registerDeploy(chaincode: Command): void {
  chaincode
    .command('deploy')
    .description('install, approve and commit a chaincode; again with another definition: upgrade it')
    .requiredOption('--name <name>', 'its name on the channel', chaincodeName)
    .option(
      '--address <host:port>',
      'where it listens (without: it dials a peer itself, as <name>:<version>)',
    )
    .option(
      '--policy <policy>',
      "who endorses, e.g. \"AND('Org1MSP.peer','Org2MSP.peer')\", or a policy's path",
    )
    .option('--collections <file>', "private data collections, in Fabric's JSON form")
    .option('--version <version>', 'its version', chaincodeVersion, '1.0')
    .option('--sequence <n>', 'of the definition (default: the next, where anything changes)', sequence)
    .option('--init-required', 'Init has to be called before anything else', false)
    .option('--channel <channel>', "default: the topology's own")
    .option(
      '--org <organisation...>',
      'only these install and approve (default: every member of the channel)',
    )
    .option('--label <label>', "the package's (default: <name>_<version>)")
    .option('--no-check', 'do not ask first whether a chaincode answers at the address')
    .addHelpText(
      'after',
      `
Without --policy the channel's own rules: a majority of its organisations.

Examples:
  medaccord chaincode deploy --name basic --address localhost:9999
  medaccord chaincode deploy --name basic --address localhost:9999 --version 1.1 --policy "OR('Org1MSP.peer','Org2MSP.peer')"
  medaccord chaincode deploy --name basic --version 1.0        it dials in: CORE_CHAINCODE_ID_NAME=basic:1.0`,
    )
    .action(deployCommand);
}

async function deployCommand(options: DeployOptions, command: Command): Promise<void> {
  const { home, json } = globalOptions(command);
  requireRunning(home);
  const topology = requireTopology(home);
  const channel = options.channel ?? topology.channel;
  const members = channelMembers(topology, channel, options.org);
  // Loaded here alone: no other command should wait for the ledger's libraries.
  const deployment = await import('../deployment/index.js');
  const { name, version, address } = options;
  const definition = {
    name,
    version,
    sequence: options.sequence,
    initRequired: options.initRequired,
    policy: deployment.applicationPolicy(options.policy),
    collections:
      options.collections === undefined
        ? deployment.collectionsOf([])
        : deployment.readCollections(resolve(options.collections)),
  };
  const label = options.label ?? deployment.defaultLabel(name, version);
  const own = address === undefined ? undefined : deployment.servicePackage(label, address);
  if (address !== undefined && options.check) await deployment.probeChaincode(address);
  const { deployers, close } = deployment.homeDeployers(home, channel, members, () => own);
  try {
    const done = await deployment.deploy({ definition, deployers }, (text) => {
      printNote(`✓ ${text}`);
    });
    // The embedded ledger knows at once who endorses.
    const isEverywhere = own !== undefined && options.org === undefined;
    if (isEverywhere && engineFor(home, undefined) === 'fabric') {
      await deployment.awaitEndorsers(home, channel, members, name);
    }
    show({ name, version, channel, chaincodeId: own?.id ?? `${name}:${version}`, ...done }, json);
  } finally {
    close();
  }
}

interface Shown extends Deployed {
  readonly name: string;
  readonly version: string;
  readonly channel: string;
  /** The package id, or what a chaincode that dials in calls itself. */
  readonly chaincodeId: string;
}

function show(deployed: Shown, json: boolean): void {
  if (json) {
    printJson(deployed);
    return;
  }
  const { name, version, channel, sequence, committed, chaincodeId } = deployed;
  const how = committed ? 'is committed' : 'was committed already';
  printLine(`${name} ${version} ${how} on ${channel} at sequence ${sequence}.`);
  printLine(`Its id: ${chaincodeId}`);
}

function chaincodeName(text: string): string {
  if (/^[a-zA-Z0-9]+([-_][a-zA-Z0-9]+)*$/.test(text)) return text;
  throw new InvalidArgumentError("It must be a chaincode name by Fabric's rule.");
}

function chaincodeVersion(text: string): string {
  if (/^[A-Za-z0-9_.+-]+$/.test(text)) return text;
  throw new InvalidArgumentError("It must be a chaincode version by Fabric's rule.");
}

function sequence(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number from 1.');
}
