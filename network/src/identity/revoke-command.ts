import { Option, type Command } from 'commander';
import { REVOCATION_REASONS, reasonNumber } from '../ca/service/messages.js';
import { globalOptions } from '../cli/global-options.js';
import { printJson, printLine } from '../cli/output.js';
import { consortiumOf, organisationCommand } from './command-parts.js';
import { ledgerFollows, peersToRestart, restartInTurn } from './follow.js';
import { planRevocation, revokeIdentity } from './revoke.js';

interface RevokeCommandOptions {
  readonly org: string;
  readonly name?: string;
  readonly serial?: string;
  readonly reason: string;
  readonly restart: boolean;
  readonly dryRun: boolean;
}

export function registerRevoke(identity: Command): void {
  organisationCommand(
    identity,
    'revoke',
    'shut somebody out, or revoke one certificate; the ledger follows at once',
  )
    .option('--name <name>', 'everything of somebody, for good')
    .option('--serial <hex>', 'one certificate')
    .addOption(
      new Option('--reason <reason>', 'why (RFC 5280)').choices(REVOCATION_REASONS).default('unspecified'),
    )
    .option('--no-restart', "an admin's: leave the real peers running with the local list they have")
    .option('--dry-run', 'say what would be done, and do nothing', false)
    .addHelpText(
      'after',
      `
Within 10 s the certificate can neither log in, submit, evaluate, endorse nor keep a stream of a gateway open. Real
peers read their local list, by which they let admins ask outside of channels, when they start: an admin's revocation
starts the organisation's own peers again, one at a time.`,
    )
    .action(async (options: RevokeCommandOptions, command: Command) => {
      const consortium = consortiumOf(command);
      const { json } = globalOptions(command);
      const wanted = {
        organisation: options.org,
        name: options.name,
        serial: options.serial,
        reason: reasonNumber(options.reason),
      };
      const plan = await planRevocation(consortium, wanted);
      const restarts = plan.isAdmin && options.restart ? peersToRestart(consortium, options.org) : [];
      if (options.dryRun) {
        if (json) printJson({ ...plan, restarts, dryRun: true });
        else {
          printLine(`${plan.name}@${plan.organisation} would lose: ${plan.serials.join(', ') || 'nothing'}`);
          printLine(`signed by     ${plan.organisation}'s Admin, for each of its channels`);
          printLine(`starts again  ${restarts.join(', ') || 'nothing'}`);
        }
        return;
      }
      const done = await revokeIdentity(consortium, wanted);
      await ledgerFollows(consortium, options.org);
      await restartInTurn(consortium, restarts);
      if (json) {
        printJson({ ...done, restarted: restarts });
        return;
      }
      const what = done.serials.length === 0 ? 'no certificate left to revoke' : done.serials.join(', ');
      printLine(`${done.name}@${done.organisation}: revoked ${what}`);
      printLine(`The organisation's revocation list has ${done.listed} entries.`);
      if (restarts.length > 0) printLine(`Started again with it: ${restarts.join(', ')}`);
    });
}
