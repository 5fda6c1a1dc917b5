import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import { CodedError } from '../coded-error.js';
import { channelsOf } from '../topology/index.js';
import { addUpdateOptions, runChannelChange, type UpdateOptions } from './channel-change.js';
import { channelMembers } from './channel-members.js';
import { globalOptions } from './global-options.js';

interface BatchOptions extends UpdateOptions {
  readonly maxMessages?: number;
  readonly maxBytes?: number;
  readonly timeoutMs?: number;
  readonly channel?: string;
}

export function registerBatch(program: Command): void {
  const batch = program.command('batch').description('when the orderers cut blocks');
  const set = batch
    .command('set')
    .description('change size and timeout of blocks on the running network')
    .option('--max-messages <n>', 'transactions of a block at most', within(1, 10_000))
    .option(
      '--max-bytes <n>',
      'bytes of a block, as far as one transaction is not larger',
      within(65_536, 103_809_024),
    )
    .option('--timeout-ms <n>', 'how long a block waits to be filled', within(1, 60_000))
    .option('--channel <channel>', 'only of this channel (default: all)');
  addUpdateOptions(set)
    .addHelpText(
      'after',
      `
Examples:
  medaccord batch set --max-messages 50 --timeout-ms 250
  medaccord batch set --timeout-ms 250 --dry-run
  medaccord batch set --timeout-ms 250 --export update.pb      on separate machines
  medaccord batch set --sign update.pb --org OrdererOrg
  medaccord batch set --submit update.pb`,
    )
    .action(setBatch);
}

async function setBatch(options: BatchOptions, command: Command): Promise<void> {
  const { home } = globalOptions(command);
  const { batchChange, changedBatch, keepTopology } = await import('../change/index.js');
  await runChannelChange(command, options, (topology) => {
    const { maxMessages, maxBytes, timeoutMs, channel } = options;
    if (maxMessages === undefined && maxBytes === undefined && timeoutMs === undefined) {
      throw new CodedError('NOTHING_ASKED', 'nothing to set is given', {
        hint: 'Give --max-messages, --max-bytes or --timeout-ms.',
      });
    }
    if (channel !== undefined) channelMembers(topology, channel);
    const all = channelsOf(topology).map(({ name }) => name);
    const channels = channel === undefined ? all : [channel];
    return {
      what: 'the batch',
      channels,
      change: batchChange(options),
      // The topology has one batch for all channels.
      done: () => {
        if (channels.length === all.length)
          keepTopology(home, topology, { ...topology, batch: changedBatch(topology.batch, options) });
      },
    };
  });
}

function within(min: number, max: number): (text: string) => number {
  return (text) => {
    const number = /^\d{1,9}$/.test(text) ? Number(text) : NaN;
    if (number >= min && number <= max) return number;
    throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
  };
}
