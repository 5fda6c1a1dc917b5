import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { common } from '@hyperledger/fabric-protos';
import type { PreparedChange } from '../channel-update/index.js';
import { CodedError } from '../coded-error.js';
import { requireRunning, requireTopology } from '../consortium/index.js';
import type { Topology } from '../topology/index.js';
import { globalOptions } from './global-options.js';
import { printJson, printLine, printNote } from './output.js';
import { formatPlan } from './plan-text.js';

/** Options of every command that changes a channel's configuration. */
export interface UpdateOptions {
  readonly dryRun: boolean;
  readonly export?: string;
  readonly sign?: string;
  readonly submit?: string;
  readonly org?: string;
}

/** For organisations on separate machines: one exports, the others sign the file in turn, one submits it. */
export function addUpdateOptions(command: Command): Command {
  return command
    .option('--dry-run', 'print what would change, who has to sign, and what restarts; do nothing', false)
    .option('--export <file>', 'write the update to a file for others to sign, and send nothing')
    .option('--sign <file>', 'sign an exported update as the admin of --org')
    .option('--org <organisation>', "with --sign: whose admin signs (OrdererOrg: the orderers')")
    .option('--submit <file>', 'send an update that enough admins have signed');
}

/** What a command wants of the channels. */
export interface ChannelChange {
  readonly channels: readonly string[];
  /** Changes a copy of a channel's configuration tree. */
  change(root: common.ConfigGroup): void;
  /** Once all channels are so. */
  done?(): void;
  /** `the batch`. */
  readonly what: string;
}

/**
 * Runs one of these commands, whichever way its options say.
 * @param wanted Called where a change is to be made; not for --sign and --submit, which take it from the file.
 */
export async function runChannelChange(
  command: Command,
  options: UpdateOptions,
  wanted: (topology: Topology) => ChannelChange,
): Promise<void> {
  const { home, json } = globalOptions(command);
  requireRunning(home);
  const topology = requireTopology(home);
  const { withChangeLock } = await import('../change/index.js');
  if (await signedOrSubmitted(home, topology, options, json)) return;
  if (options.dryRun || options.export !== undefined) {
    await prepareOnly(home, topology, options, wanted(topology), json);
  } else await withChangeLock(home, () => carryOutAll(home, topology, wanted(topology), json));
}

/** Does what is asked with a file. @returns whether that was asked. */
export async function signedOrSubmitted(
  home: string,
  topology: Topology,
  options: UpdateOptions,
  json: boolean,
): Promise<boolean> {
  if (options.sign !== undefined) await sign(home, topology, options.sign, options.org, json);
  else if (options.submit !== undefined) await submit(home, topology, options.submit, json);
  else return false;
  return true;
}

/** Writes the one update that there is to a file. @throws CodedError CHANNEL_NOT_NAMED where there are several. */
export async function exportUpdate(
  file: string,
  what: string,
  [first, ...more]: readonly PreparedChange[],
): Promise<void> {
  if (first === undefined) return;
  if (more.length > 0) {
    throw new CodedError('CHANNEL_NOT_NAMED', `${what} changes on several channels`, {
      hint: `A file holds the update of one: say --channel ${first.channel}, then the next.`,
    });
  }
  const { writeUpdateFile } = await import('../channel-update/index.js');
  writeUpdateFile(resolve(file), first.update);
  printNote(`Written: ${resolve(file)}`);
}

async function prepareAll(
  home: string,
  topology: Topology,
  wanted: ChannelChange,
): Promise<PreparedChange[]> {
  const { prepareChange } = await import('../channel-update/index.js');
  const prepared = [];
  for (const channel of wanted.channels) {
    prepared.push(await prepareChange(home, topology, channel, (root) => wanted.change(root)));
  }
  return prepared.filter((change) => change !== undefined);
}

async function prepareOnly(
  home: string,
  topology: Topology,
  options: UpdateOptions,
  wanted: ChannelChange,
  json: boolean,
): Promise<void> {
  const prepared = await prepareAll(home, topology, wanted);
  if (options.export !== undefined) await exportUpdate(options.export, wanted.what, prepared);
  const { signaturesOf } = await import('../change/index.js');
  const plan = {
    changes: prepared.map(({ channel }) => `${wanted.what} of ${channel} in its configuration`),
    signatures: prepared.map(signaturesOf),
    restarts: [],
  };
  if (json) printJson({ plan });
  else printLine(formatPlan(plan));
}

async function carryOutAll(
  home: string,
  topology: Topology,
  wanted: ChannelChange,
  json: boolean,
): Promise<void> {
  const { carryOut } = await import('../channel-update/index.js');
  const prepared = await prepareAll(home, topology, wanted);
  for (const change of prepared) await carryOut(home, topology, change);
  wanted.done?.();
  const changed = prepared.map(({ channel }) => channel);
  if (json) printJson({ changed, signedBy: [...new Set(prepared.flatMap(({ signers }) => signers))] });
  else if (changed.length === 0) printLine(`${sentence(wanted.what)} is so already: nothing was changed.`);
  else printLine(`${sentence(wanted.what)} is changed on ${changed.join(', ')}.`);
}

async function sign(
  home: string,
  topology: Topology,
  given: string,
  organisation: string | undefined,
  json: boolean,
): Promise<void> {
  const {
    configInForce,
    findAdmin,
    localAdmins,
    neededSignatures,
    readUpdateFile,
    signedBy,
    writeUpdateFile,
  } = await import('../channel-update/index.js');
  const file = resolve(given);
  const update = readUpdateFile(file);
  if (organisation === undefined) {
    throw new CodedError('SIGNER_NOT_NAMED', 'who signs?', { hint: 'Say whose admin: --org hospital-a' });
  }
  const { signer, name } = findAdmin(localAdmins(home, topology), organisation);
  const needs = neededSignatures(await configInForce(home, topology, update.channel), update.update);
  writeUpdateFile(file, signedBy(signer, update));
  if (json) printJson({ file, channel: update.channel, signedBy: name, needs });
  else {
    printLine(`Signed by ${name}'s admin: an update of ${update.channel}, which changes`);
    for (const { changes, rule } of needs) {
      for (const change of changes) printLine(`  ${change}`);
      printLine(`  needs ${rule}`);
    }
  }
}

async function submit(home: string, topology: Topology, given: string, json: boolean): Promise<void> {
  const { readUpdateFile, submitUpdate } = await import('../channel-update/index.js');
  const update = readUpdateFile(resolve(given));
  await submitUpdate(home, topology, update);
  if (json) printJson({ changed: [update.channel] });
  else printLine(`${update.channel} goes by the update.`);
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
