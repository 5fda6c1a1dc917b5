import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { pino } from 'pino';
import { globalOptions } from '../cli/global-options.js';
import { CodedError } from '../coded-error.js';
import { config } from '../config.js';
import { topologyInForce } from '../consortium/index.js';
import { organisationPaths } from '../home/index.js';
import { findOrganisation } from '../topology/index.js';
import { CertificateAuthority } from './certificate-authority.js';
import { serveCa } from './service/serve.js';

export function registerCaCommands(program: Command): void {
  const ca = program.command('ca').description("the organisations' certificate authorities");
  ca.command('serve')
    .description(
      "serve one organisation's authority over Fabric CA's REST API, until stopped (up starts all of them)",
    )
    .requiredOption('--org <organisation>', 'whose authority')
    .addHelpText('after', '\nExample:\n  medaccord ca serve --org hospital-a')
    .action(async (options: { org: string }, command: Command) => {
      const { home } = globalOptions(command);
      const topology = topologyInForce(home);
      if (topology === undefined) {
        throw new CodedError('NOT_RUNNING', `there is no consortium in ${home}`, {
          hint: 'Start it: medaccord up',
        });
      }
      const organisation = findOrganisation(topology, options.org);
      const { tls } = organisationPaths(home, organisation).caService;
      const logger = pino({ level: config.logLevel, name: `ca-${organisation.name}` });
      const authority = await CertificateAuthority.open(home, organisation);
      const service = await serveCa(authority, {
        port: organisation.ca.port,
        certificate: readFileSync(join(tls, 'server.crt'), 'utf8'),
        privateKey: readFileSync(join(tls, 'server.key'), 'utf8'),
        log: (entry) => (entry.status < 400 ? logger.info(entry) : logger.warn(entry)),
      });
      process.stdout.write(`${JSON.stringify({ ready: true, ca: authority.name, url: service.url })}\n`);
      await new Promise<void>((resolve) => {
        for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
      });
      await service.close();
      await authority.close();
    });
}
