import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { globalOptions } from './global-options.js';
import { printJson, printLine } from './output.js';

export function registerPackage(chaincode: Command): void {
  chaincode
    .command('package <file>')
    .description("write a package of type ccaas, for Fabric's own peer command or another network")
    .requiredOption('--label <label>', 'e.g. basic_1.0')
    .requiredOption('--address <host:port>', 'where the chaincode listens, as its peers reach it')
    .addHelpText(
      'after',
      `
The same label and address always give the same package, and so the same id.

Examples:
  medaccord chaincode package basic.tgz --label basic_1.0 --address localhost:9999`,
    )
    .action(async (file: string, options: { label: string; address: string }, command: Command) => {
      // Loaded here alone: no other command should wait for the ledger's libraries.
      const { servicePackage } = await import('../deployment/index.js');
      const { id, bytes } = servicePackage(options.label, options.address);
      const path = resolve(file);
      writeFileSync(path, bytes);
      if (globalOptions(command).json) printJson({ file: path, packageId: id });
      else printLine(id);
    });
}
