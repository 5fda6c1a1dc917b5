import type { Command } from 'commander';
import { EXIT } from './exit-codes.js';
import { globalOptions, integer } from './global-options.js';
import { printJson, printLine } from './output.js';

export function registerDoctor(program: Command): void {
  program
    .command('doctor')
    .description('find and name what is wrong, and say how to mend it; changes nothing')
    .option('--least-free <megabytes>', 'less room on the disk is a finding', integer, 2048)
    .addHelpText(
      'after',
      `
Examples:
  medaccord doctor
  medaccord doctor --json | jq '.findings[] | select(.severity == "fault")'

Looks at clock, disk, ports, certificates, processes, orderers' quorum, peers and their heights, chaincode, authorities,
databases and gateways. Exits with 8 where it finds something.`,
    )
    .action(async (options: { readonly leastFree: number }, command: Command) => {
      const { home, json } = globalOptions(command);
      // Loaded here alone: no other command should wait for the ledger's libraries.
      const { CHECKS, examine } = await import('../doctor/index.js');
      const { running, findings } = await examine(home, { leastFree: options.leastFree * 1_000_000 });
      if (findings.length > 0) process.exitCode = EXIT.attention;
      if (json) {
        printJson({ home, running, findings });
        return;
      }
      printLine(running ? `${home} runs.` : `${home} does not run: what runs was not looked at.`);
      for (const { severity, check, where, what, hint } of findings) {
        printLine(`\n${severity === 'fault' ? '✗' : '!'} ${check}: ${where}: ${what}`);
        printLine(`  ${hint}`);
      }
      const looked = running ? CHECKS.join(', ') : 'clock, disk, ports, certificates';
      if (findings.length === 0) printLine(`All is well: ${looked}.`);
    });
}
