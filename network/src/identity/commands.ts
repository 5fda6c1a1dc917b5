import { InvalidArgumentError, Option, type Command } from 'commander';
import { REVOCATION_REASONS, reasonNumber } from '../ca/service/messages.js';
import { globalOptions } from '../cli/global-options.js';
import { formatTable, printJson, printLine } from '../cli/output.js';
import { CodedError } from '../coded-error.js';
import { engineFor, runningState, topologyInForce } from '../consortium/index.js';
import { findOrganisation } from '../topology/index.js';
import { issueIdentity, renewIdentity, type Custody } from './issue.js';
import { listIdentities } from './list.js';
import type { Consortium } from './local-authority.js';
import { revokeIdentity } from './revoke.js';
import { exportIdentity, importIdentity, type BundleFormat } from './transfer.js';

/** `medaccord identity …`: the authorities' work on this machine, beside their services or without them. */
export function registerIdentityCommands(program: Command): void {
  const identity = program.command('identity').description('people and services of the organisations');
  registerIssue(identity);
  registerRenew(identity);
  registerRevoke(identity);
  registerList(identity);
  registerExport(identity);
  registerImport(identity);
}

function registerIssue(identity: Command): void {
  organisationCommand(identity, 'issue', 'register somebody new; key and certificate go to the home folder')
    .requiredOption('--name <name>', 'name in the certificate, e.g. dr-42')
    .requiredOption('--role <role>', 'doctor, nurse, clerk, …')
    .addOption(custodyOption())
    .option('--days <n>', 'how long the certificate lives', days)
    .addHelpText(
      'after',
      '\nExample:\n  medaccord identity issue --org hospital-a --name dr-42 --role doctor',
    )
    .action(
      async (
        options: { org: string; name: string; role: string; custody: Custody; days?: number },
        command: Command,
      ) => {
        const issued = await issueIdentity(consortiumOf(command), { ...options, organisation: options.org });
        if (globalOptions(command).json) {
          printJson(issued);
          return;
        }
        const subject = issued.subject === '' ? '' : `, subject ${issued.subject}`;
        printLine(`${issued.name}@${issued.organisation} (${issued.role})${subject}`);
        printLine(`Certificate ${issued.serial}, valid until ${issued.notAfter}`);
        printLine(`Files: ${issued.folder}`);
        if (issued.custody === 'gateway') printLine("The organisation's gateway can sign for it.");
      },
    );
}

function registerRenew(identity: Command): void {
  organisationCommand(
    identity,
    'renew',
    'give somebody a new key and certificate, with subject and role kept',
  )
    .requiredOption('--name <name>', 'whose')
    .option('--days <n>', 'how long the certificate lives', days)
    .option('--revoke-old', 'revoke the certificates it had before', false)
    .action(
      async (options: { org: string; name: string; days?: number; revokeOld: boolean }, command: Command) => {
        const consortium = consortiumOf(command);
        const renewed = await renewIdentity(consortium, { ...options, organisation: options.org });
        if (renewed.revoked.length > 0) await ledgerFollows(consortium, options.org);
        if (globalOptions(command).json) {
          printJson(renewed);
          return;
        }
        printLine(`${renewed.name}@${renewed.organisation}: certificate ${renewed.serial}`);
        printLine(`Valid until ${renewed.notAfter}; files: ${renewed.folder}`);
        if (renewed.revoked.length > 0) printLine(`Revoked: ${renewed.revoked.join(', ')}`);
        if (renewed.role === 'gateway') printLine('The gateway takes it when it starts again.');
      },
    );
}

function registerRevoke(identity: Command): void {
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
    .action(
      async (options: { org: string; name?: string; serial?: string; reason: string }, command: Command) => {
        const consortium = consortiumOf(command);
        const done = await revokeIdentity(consortium, {
          organisation: options.org,
          name: options.name,
          serial: options.serial,
          reason: reasonNumber(options.reason),
        });
        await ledgerFollows(consortium, options.org);
        if (globalOptions(command).json) {
          printJson(done);
          return;
        }
        const what = done.serials.length === 0 ? 'no certificate left to revoke' : done.serials.join(', ');
        printLine(`${done.name}@${done.organisation}: revoked ${what}`);
        printLine(`The organisation's revocation list has ${done.listed} entries.`);
      },
    );
}

function registerList(identity: Command): void {
  identity
    .command('list')
    .description('everybody registered: role, newest certificate, expiry, status')
    .option('--org <organisation>', 'only of this organisation')
    .option('--role <role>', 'only with this role')
    .action(async (options: { org?: string; role?: string }, command: Command) => {
      const filter = { organisation: options.org, role: options.role };
      const identities = await listIdentities(consortiumOf(command), filter);
      if (globalOptions(command).json) {
        printJson({ identities });
        return;
      }
      const rows = identities.map(({ organisation, name, type, role, status, certificates }) => [
        organisation,
        name,
        role ?? type,
        status,
        certificates[0]?.notAfter.slice(0, 10) ?? '',
        certificates[0]?.serial ?? '',
      ]);
      printLine(formatTable(['Organisation', 'Name', 'Role', 'Status', 'Until', 'Serial'], rows));
    });
}

function registerExport(identity: Command): void {
  organisationCommand(identity, 'export', 'write key and certificate into one file, to use elsewhere')
    .requiredOption('--name <name>', 'whose')
    .requiredOption('--out <file>', 'where to')
    .addOption(
      new Option('--format <format>', 'PKCS#12 (browsers, phones) or PEM')
        .choices(['p12', 'pem'])
        .default('p12'),
    )
    .option('--password-file <file>', 'its first line protects the key; PKCS#12 needs one')
    .option('--force', 'replace the file', false)
    .action(
      async (
        options: {
          org: string;
          name: string;
          out: string;
          format: BundleFormat;
          passwordFile?: string;
          force: boolean;
        },
        command: Command,
      ) => {
        const { file } = await exportIdentity(consortiumOf(command), {
          ...options,
          organisation: options.org,
          overwrite: options.force,
        });
        if (globalOptions(command).json) printJson({ file });
        else printLine(`Written: ${file}`);
      },
    );
}

function registerImport(identity: Command): void {
  identity
    .command('import <file>')
    .description("take a key and certificate (PKCS#12 or PEM) of one of the consortium's authorities")
    .option('--password-file <file>', 'its first line opens the file')
    .addOption(custodyOption())
    .action(async (file: string, options: { passwordFile?: string; custody: Custody }, command: Command) => {
      const imported = await importIdentity(consortiumOf(command), { file, ...options });
      if (globalOptions(command).json) {
        printJson(imported);
        return;
      }
      const verb = imported.changed ? 'imported' : 'was here already';
      printLine(`${imported.name}@${imported.organisation} (${imported.role}) ${verb}`);
      printLine(`Files: ${imported.folder}`);
    });
}

function organisationCommand(identity: Command, name: string, description: string): Command {
  return identity
    .command(name)
    .description(description)
    .requiredOption('--org <organisation>', 'the organisation whose authority acts');
}

function custodyOption(): Option {
  return new Option('--custody <where>', 'gateway: its wallet also gets an enrolment, so that it can sign')
    .choices(['gateway', 'client'])
    .default('client');
}

function days(text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new InvalidArgumentError('It must be 1 to 9999 days.');
  return Number(text);
}

function consortiumOf(command: Command): Consortium {
  const { home } = globalOptions(command);
  const topology = topologyInForce(home);
  if (topology === undefined) {
    throw new CodedError('NOT_RUNNING', `there is no consortium in ${home}`, {
      hint: 'Start it once: medaccord up',
    });
  }
  return { home: home, topology };
}

/** The embedded ledger looks at the files themselves; real peers go by their channels' configuration. */
async function ledgerFollows({ home, topology }: Consortium, organisation: string): Promise<void> {
  if (engineFor(home, undefined) !== 'fabric' || runningState(home) === undefined) return;
  const { awaitRevocations } = await import('../fabric/index.js');
  await awaitRevocations(home, topology, findOrganisation(topology, organisation));
}
