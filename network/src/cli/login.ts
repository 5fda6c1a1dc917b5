import type { Command } from 'commander';
import { ConsortiumError, login, topologyInForce } from '../consortium/index.js';
import { globalOptions } from './global-options.js';
import { printJson, printLine } from './output.js';

interface LoginOptions {
  readonly as: string;
  readonly org?: string;
}

export function registerLogin(program: Command): void {
  program
    .command('login')
    .description("log somebody in at the own organisation's gateway; prints a token for ten minutes")
    .requiredOption('--as <name@organisation>', 'who, e.g. doctor@hospital-a')
    .option('--org <organisation>', 'the organisation, where --as gives the name alone')
    .addHelpText(
      'after',
      `
Examples:
  TOKEN=$(medaccord login --as doctor@hospital-a)
  medaccord login --as adjuster --org insurer-a --json`,
    )
    .action(async (options: LoginOptions, command: Command) => {
      const { home, json } = globalOptions(command);
      const [name = '', organisation = options.org] = options.as.split('@', 2);
      if (name === '' || organisation === undefined) {
        command.error('error: --as takes name@organisation (or give --org)');
      }
      const topology = topologyInForce(home);
      if (topology === undefined) {
        throw new ConsortiumError(
          'NOT_RUNNING',
          `there is no consortium in ${home}`,
          'Start it: medaccord up',
        );
      }
      const token = await login(home, topology, { name, organisation });
      if (json) printJson(token);
      else printLine(token.token);
    });
}
