import { userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { writeDurably } from '../process/index.js';
import { globalOptions } from './global-options.js';
import { printJson, printLine } from './output.js';

export function registerSystemd(program: Command): void {
  program
    .command('systemd')
    .description('write systemd units for this home: the consortium, and doctor and certs by timers')
    .requiredOption('--out <dir>', 'folder for the units, e.g. /etc/systemd/system')
    .option('--user <name>', 'whom it runs as', userInfo().username)
    .addHelpText(
      'after',
      `
Example:
  medaccord systemd --home /srv/medaccord --user medaccord --out /etc/systemd/system
  systemctl daemon-reload
  systemctl enable --now medaccord.service medaccord-doctor.timer medaccord-certs.timer

Settings of the environment (FABRIC_BIN, MEDACCORD_DATABASE_URL) go into /etc/medaccord/environment.`,
    )
    .action(async (options: { readonly out: string; readonly user: string }, command: Command) => {
      const { home, json } = globalOptions(command);
      const { systemdUnits } = await import('../systemd/units.js');
      const units = systemdUnits({ home, user: options.user });
      const folder = resolve(options.out);
      for (const [name, text] of units) writeDurably(join(folder, name), text);
      if (json) printJson({ folder, units: [...units.keys()] });
      else printLine(`Written to ${folder}: ${[...units.keys()].join(', ')}`);
    });
}
