import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { ConsortiumTopology, Topology } from '../topology/index.js';
import { chaincodeDefinition, channelsOf, isConsortium, listPorts, loadTopology } from '../topology/index.js';
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
      if (isConsortium(checked)) showConsortium(file, checked, json);
      else showNetwork(file, checked, json);
    });
}

function showConsortium(file: string, topology: ConsortiumTopology, json: boolean): void {
  const { endorsementPolicy, collections } = chaincodeDefinition(topology);
  if (json) {
    printJson({ valid: true, topology, endorsementPolicy, collections });
    return;
  }
  const names = topology.organisations.map(({ name, kind }) => `${name} (${kind})`);
  printLine(`${file} is valid: ${names.length} organisations: ${names.join(', ')}`);
  printLine(`${portRange(topology)}; ${collections.length} collections`);
  printLine(`Chaincode policy: ${endorsementPolicy}`);
}

function showNetwork(file: string, topology: Topology, json: boolean): void {
  if (json) {
    printJson({ valid: true, topology });
    return;
  }
  const names = topology.organisations.map(({ name }) => name);
  printLine(`${file} is valid: a network alone: ${names.join(', ')}`);
  const channels = channelsOf(topology).map(
    ({ name, members }) => `${name} (${members.map((member) => member.name).join(', ')})`,
  );
  printLine(`${portRange(topology)}; channels: ${channels.join('; ')}`);
}

function portRange(topology: Topology): string {
  const ports = listPorts(topology).map(({ port }) => port);
  return `Ports from ${Math.min(...ports)} to ${Math.max(...ports)}`;
}
