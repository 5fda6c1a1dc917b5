import { Option, type Command } from 'commander';
import { globalOptions } from '../cli/global-options.js';
import { formatTable, printJson, printLine } from '../cli/output.js';
import { consortiumOf, days, organisationCommand } from './command-parts.js';
import { issueIdentity, type Custody } from './issue.js';
import { listIdentities } from './list.js';
import { registerRenew } from './renew-command.js';
import { registerRevoke } from './revoke-command.js';
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

function custodyOption(): Option {
  return new Option('--custody <where>', 'gateway: its wallet also gets an enrolment, so that it can sign')
    .choices(['gateway', 'client'])
    .default('client');
}
