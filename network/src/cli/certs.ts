import { relative } from 'node:path';
import type { Command } from 'commander';
import type { CertificateReport } from '../certificates/index.js';
import { ORDERER_ORGANISATION } from '../crypto-material/index.js';
import { requireTopology } from '../consortium/index.js';
import { findOrganisation } from '../topology/index.js';
import { EXIT } from './exit-codes.js';
import { globalOptions, integer } from './global-options.js';
import { formatTable, printJson, printLine } from './output.js';

interface CertsOptions {
  readonly org?: string;
  readonly warn: number;
  readonly attention: boolean;
}

export function registerCerts(program: Command): void {
  program
    .command('certs')
    .description('every certificate of the home with the days it has left')
    .option('--org <organisation>', 'of that organisation alone (the orderers are orderer)')
    .option('--warn <days>', 'warn where fewer days are left', integer, 30)
    .option('--attention', 'only those about which something has to be done', false)
    .addHelpText(
      'after',
      `
Examples:
  medaccord certs
  medaccord certs --warn 60 --attention

Exits with 8 where one expires within the days, has expired, is revoked or cannot be read.`,
    )
    .action(async (options: CertsOptions, command: Command) => {
      const { home, json } = globalOptions(command);
      const topology = requireTopology(home);
      // Loaded here alone: no other command should wait for the libraries.
      const { listCertificates, needsAttention } = await import('../certificates/index.js');
      if (options.org !== undefined && options.org !== ORDERER_ORGANISATION) {
        findOrganisation(topology, options.org);
      }
      const all = (await listCertificates(home, topology, { warnDays: options.warn })).filter(
        ({ organisation }) => options.org === undefined || organisation === options.org,
      );
      const bad = all.filter(needsAttention);
      if (bad.length > 0) process.exitCode = EXIT.attention;
      const shown = options.attention ? bad : all;
      if (json) {
        printJson({ warnDays: options.warn, attention: bad.length, certificates: shown });
        return;
      }
      const head = ['Organisation', 'Name', 'Use', 'Days', 'Until', 'Status', 'File'];
      if (shown.length > 0)
        printLine(
          formatTable(
            head,
            shown.map((report) => row(home, report)),
          ),
        );
      printLine(summary(all.length, bad));
    });
}

function row(home: string, report: CertificateReport): string[] {
  const { organisation, name, use, daysLeft, notAfter, status, file } = report;
  return [
    organisation,
    name,
    use,
    String(daysLeft ?? '–'),
    notAfter?.slice(0, 10) ?? '–',
    status,
    relative(home, file),
  ];
}

function summary(count: number, bad: readonly CertificateReport[]): string {
  if (bad.length === 0) return `\n${count} certificates are good.`;
  const [first] = bad.filter(({ renewedAs }) => renewedAs !== undefined);
  const how =
    first === undefined
      ? ''
      : ` Renew with: medaccord identity renew --org ${first.organisation} --name ${first.name}`;
  return `\n${bad.length} of ${count} certificates need attention.${how}`;
}
