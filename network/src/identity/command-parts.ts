import { InvalidArgumentError, type Command } from 'commander';
import { globalOptions } from '../cli/global-options.js';
import { requireTopology } from '../consortium/index.js';
import type { Consortium } from './local-authority.js';

export function organisationCommand(identity: Command, name: string, description: string): Command {
  return identity
    .command(name)
    .description(description)
    .requiredOption('--org <organisation>', 'the organisation whose authority acts');
}

export function days(text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new InvalidArgumentError('It must be 1 to 9999 days.');
  return Number(text);
}

/** @throws ConsortiumError NOT_RUNNING where there is none. */
export function consortiumOf(command: Command): Consortium {
  const { home } = globalOptions(command);
  return { home, topology: requireTopology(home) };
}
