import type { Command } from 'commander';
import type { CheckReport, LedgerFault } from '../embedded/check/index.js';
import { EXIT } from './exit-codes.js';
import { globalOptions } from './global-options.js';
import { blockCounter, ledgerChannels } from './ledger-channels.js';
import { printJson, printLine } from './output.js';

export function registerFsck(program: Command): void {
  program
    .command('fsck')
    .description('verify the embedded ledger from block 0 on: hashes, signatures, policies, state')
    .option('--channel <name>', 'that channel alone')
    .addHelpText(
      'after',
      `
Examples:
  medaccord fsck
  medaccord fsck --channel care --json

The ledger must not run (medaccord down); it is not changed. Exits with 7 where something is wrong: the first bad
block is named with file and offset, and what to do.`,
    )
    .action(async (options: { readonly channel?: string }, command: Command) => {
      const { home, json } = globalOptions(command);
      const channels = await ledgerChannels(home, options.channel);
      const { checkLedger } = await import('../embedded/check/index.js');
      const reports: CheckReport[] = [];
      for (const channel of channels) {
        const counter = blockCounter(channel.channelId);
        const report = await checkLedger({ ...channel, onProgress: counter.count }).finally(counter.end);
        reports.push(report);
        if (!json) show(report);
      }
      if (json) printJson({ channels: reports.map(asJson) });
      if (reports.some(({ faults }) => faults.length > 0)) process.exitCode = EXIT.damaged;
    });
}

function show({ channelId, blocks, transactions, faults, notes }: CheckReport): void {
  const good = `${blocks} blocks with ${transactions} transactions`;
  printLine(`${channelId}: ${good} ${faults.length === 0 ? 'are good' : 'were good'}`);
  for (const note of notes) printLine(`  note    ${note}`);
  for (const fault of faults) {
    printLine(`  ${fault.code}`);
    printLine(`  what    ${fault.message}`);
    printLine(`  where   ${where(fault)}`);
    printLine(`  do      ${fault.hint ?? ''}`);
  }
}

function where({ place: { block, transaction, txId, file, offset } }: LedgerFault): string {
  return [
    block === undefined ? undefined : `block ${block}`,
    transaction === undefined ? undefined : `transaction ${transaction}`,
    txId,
    file,
    offset === undefined ? undefined : `offset ${offset}`,
  ]
    .filter((part) => part !== undefined)
    .join(', ');
}

function asJson({ channelId, faults, ...report }: CheckReport) {
  return {
    channel: channelId,
    ...report,
    faults: faults.map(({ code, message, hint, place }) => ({ code, message, hint, ...place })),
  };
}
