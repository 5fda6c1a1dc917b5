import { resolve } from 'node:path';
import type { Command } from 'commander';
import { ledgerFolder, snapshotFolder } from '../home/index.js';
import { globalOptions } from './global-options.js';
import { blockCounter, ledgerChannels, type LedgerChannel } from './ledger-channels.js';
import { printJson, printLine, printNote } from './output.js';

/** `medaccord ledger …`: the embedded ledger's files. */
export function registerLedger(program: Command): void {
  const ledger = program.command('ledger').description("the embedded ledger's files");
  registerRebuild(ledger);
  registerSnapshot(ledger);
  registerRestore(ledger);
}

function registerRebuild(ledger: Command): void {
  ledger
    .command('rebuild')
    .description('make state, history and indexes anew from the blocks; the ledger must not run')
    .option('--channel <name>', 'that channel alone')
    .addHelpText(
      'after',
      `
Examples:
  medaccord ledger rebuild
  medaccord ledger rebuild --channel care --json

Verdicts are taken as they are recorded: medaccord fsck verifies them. The old state stays until the new one is whole.`,
    )
    .action(async (options: { readonly channel?: string }, command: Command) => {
      const { home, json } = globalOptions(command);
      const rebuilt = [];
      for (const channel of await ledgerChannels(home, options.channel)) {
        const result = await rebuild(channel);
        rebuilt.push(result);
        if (!json) showRebuilt(result);
      }
      if (json) printJson({ channels: rebuilt });
    });
}

async function rebuild(channel: LedgerChannel) {
  const [{ rebuildState }, { LedgerFault, summarizeState }] = await Promise.all([
    import('../embedded/channel/index.js'),
    import('../embedded/check/index.js'),
  ]);
  const before = await summarizeState(channel.dir).catch((error: unknown) => {
    if (!(error instanceof LedgerFault)) throw error;
    printNote(`${channel.channelId}: ${error.message}; what it knew is not known`);
    return undefined;
  });
  const counter = blockCounter(channel.channelId);
  const { channelId, height, stateHash } = await rebuildState({
    ...channel,
    knownHeight: before?.height,
    onProgress: counter.count,
  }).finally(counter.end);
  return { channel: channelId, height, stateHash, before };
}

function showRebuilt({ channel, height, stateHash, before }: Awaited<ReturnType<typeof rebuild>>): void {
  printLine(`${channel}: state made anew from ${height} blocks`);
  const same = before?.stateHash === stateHash ? 'as before' : `before: ${before?.stateHash ?? 'unknown'}`;
  printLine(`  state hash ${stateHash} (${same})`);
}

function registerSnapshot(ledger: Command): void {
  ledger
    .command('snapshot')
    .description('copy the state at its present height, signed; the ledger may run')
    .option('--channel <name>', 'that channel; needed where there are several and --out is given')
    .option('--out <dir>', 'folder to be made (default: snapshots/<channel>-<height> in the home folder)')
    .addHelpText(
      'after',
      `
Examples:
  medaccord ledger snapshot
  medaccord ledger snapshot --channel care --out /backup/care

It holds private values of all organisations: keep it as safe as the ledger.`,
    )
    .action(async (options: { readonly channel?: string; readonly out?: string }, command: Command) => {
      const { home, json } = globalOptions(command);
      const channels = await ledgerChannels(home, options.channel);
      if (options.out !== undefined && channels.length > 1) {
        command.error('error: --out takes one channel (give --channel)');
      }
      const { takeSnapshot } = await import('../embedded/snapshot/index.js');
      const taken = [];
      for (const { dir: from, channelId, ordererSigner } of channels) {
        const { dir, manifest } = await takeSnapshot(
          { dir: from, channelId, signer: ordererSigner },
          (height) =>
            options.out === undefined ? snapshotFolder(home, channelId, height) : resolve(options.out),
        );
        taken.push({ channel: channelId, height: manifest.height, stateHash: manifest.stateHash, dir });
        if (!json) {
          printLine(`${channelId}: ${manifest.height} blocks, in ${dir}`);
          printLine(`  state hash ${manifest.stateHash}`);
        }
      }
      if (json) printJson({ snapshots: taken });
    });
}

function registerRestore(ledger: Command): void {
  ledger
    .command('restore')
    .description('begin the ledger of a home that has none from a snapshot; the next up goes on')
    .requiredOption('--from <dir>', 'folder of the snapshot')
    .option('--channel <name>', 'the channel it is of, where there are several')
    .addHelpText(
      'after',
      `
Example:
  medaccord ledger restore --from /backup/care --home /restored

The home must have the consortium's topology.yaml and organizations: the snapshot is signed by its orderer. Blocks
before the snapshot are not there afterwards, nor is their history; ids of their transactions are known.`,
    )
    .action(async (options: { readonly from: string; readonly channel?: string }, command: Command) => {
      const { home, json } = globalOptions(command);
      const channels = await ledgerChannels(home, options.channel);
      const [channel] = channels;
      if (channel === undefined || channels.length > 1) {
        command.error('error: the home has several channels (give --channel)');
      }
      const { channelId, msps } = channel;
      const { restoreSnapshot } = await import('../embedded/snapshot/index.js');
      const dir = ledgerFolder(home, channelId);
      const { height, stateHash } = restoreSnapshot(resolve(options.from), { dir, channelId, msps });
      if (json) printJson({ channel: channelId, height, stateHash });
      else printLine(`${channelId}: begins with block ${height}. Start it: medaccord up`);
    });
}
