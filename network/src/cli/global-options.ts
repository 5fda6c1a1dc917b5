import { resolve } from 'node:path';
import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import { config } from '../config.js';

/** Options that every command takes. */
export interface GlobalOptions {
  /** Absolute. */
  readonly home: string;
  /** Given by the user; undefined for the one in force, or the default. */
  readonly topology: string | undefined;
  /** Given by the user; undefined for the home's, or the embedded one. */
  readonly engine: string | undefined;
  readonly json: boolean;
  readonly portOffset: number | undefined;
}

export function addGlobalOptions(program: Command): Command {
  return program
    .option('--home <dir>', 'where the consortium lives (or MEDACCORD_HOME)', config.home)
    .option('--topology <file>', 'topology file (default: the one in force, else config/topology.yaml)')
    .option('--engine <name>', 'embedded | fabric (default: the one that made the home, else embedded)')
    .option('--port-offset <n>', 'added to every port of the topology', integer)
    .option('--json', 'one JSON object instead of text', false);
}

export function globalOptions(command: Command): GlobalOptions {
  const given = command.optsWithGlobals<{
    home: string;
    topology?: string;
    engine?: string;
    json: boolean;
    portOffset?: number;
  }>();
  return {
    home: resolve(given.home),
    topology: given.topology === undefined ? undefined : resolve(given.topology),
    engine: given.engine,
    json: given.json,
    portOffset: given.portOffset,
  };
}

export function integer(text: string): number {
  if (!/^-?\d{1,9}$/.test(text)) throw new InvalidArgumentError('It must be a whole number.');
  return Number(text);
}
