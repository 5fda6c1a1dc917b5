import { resolve } from 'node:path';
import type { Command } from 'commander';
import { chaincodeDefinition, listPorts, loadTopology } from '../topology/index.js';
import { globalOptions } from './global-options.js';
import { printJson, printLine } from './output.js';

export function registerTopology(program: Command): void {
  const topology = program.command('topology').description('topology files');
  topology
    .command('check <file>')
    .description('check a topology file; every problem with its line and field')
    .addHelpText(
      'after',
      `
Examples:
  medaccord topology check config/topology.yaml
  medaccord topology check mine.yaml --port-offset 100 --json`,
    )
    .action((file: string, _options: unknown, command: Command) => {
      const { json, portOffset } = globalOptions(command);
      const checked = loadTopology(resolve(file), { portOffset });
      const { endorsementPolicy, collections } = chaincodeDefinition(checked);
      const ports = listPorts(checked).map(({ port }) => port);
      if (json) {
        printJson({ valid: true, topology: checked, endorsementPolicy, collections });
        return;
      }
      const names = checked.organisations.map(({ name, kind }) => `${name} (${kind})`).join(', ');
      printLine(`${file} is valid: ${checked.organisations.length} organisations: ${names}`);
      printLine(
        `Ports from ${Math.min(...ports)} to ${Math.max(...ports)}; ${collections.length} collections`,
      );
      printLine(`Chaincode policy: ${endorsementPolicy}`);
    });
}
