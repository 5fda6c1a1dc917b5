import type { Command } from 'commander';
import {
  findNode,
  planNodeRenewal,
  renewNode,
  type CertifiedNode,
  type NodeRenewal,
} from '../certificates/index.js';
import { globalOptions } from '../cli/global-options.js';
import { printJson, printLine } from '../cli/output.js';
import { consortiumOf, days, organisationCommand } from './command-parts.js';
import { gatewayToRestart, ledgerFollows, restartInTurn } from './follow.js';
import { planRenewal, renewIdentity } from './issue.js';
import type { Consortium } from './local-authority.js';

interface RenewCommandOptions {
  readonly org: string;
  readonly name: string;
  readonly days?: number;
  readonly revokeOld: boolean;
  readonly dryRun: boolean;
}

export function registerRenew(identity: Command): void {
  organisationCommand(
    identity,
    'renew',
    'give a person, service or node a new key and certificate, with subject and role kept',
  )
    .requiredOption('--name <name>', 'whose: dr-42, peer0.hospital-a, gateway-hospital-a, orderer0 …')
    .option('--days <n>', 'how long the certificate lives', days)
    .option('--revoke-old', 'revoke the certificates it had before', false)
    .option('--dry-run', 'say what would be done, and do nothing', false)
    .addHelpText(
      'after',
      `
Examples:
  medaccord identity renew --org hospital-a --name dr-42
  medaccord identity renew --org hospital-a --name peer0.hospital-a
  medaccord identity renew --org orderer --name orderer0 --dry-run

A node starts again with its new certificates, and the others go on; the channels' lists of orderers are changed by
the orderers' admin. Renew nodes one after the other.`,
    )
    .action(async (options: RenewCommandOptions, command: Command) => {
      const consortium = consortiumOf(command);
      const node = findNode(consortium.topology, options.org, options.name);
      const { json } = globalOptions(command);
      if (node === undefined) await renewPerson(consortium, options, json);
      else await renewOneNode(consortium, node, options, json);
    });
}

async function renewPerson(
  consortium: Consortium,
  options: RenewCommandOptions,
  json: boolean,
): Promise<void> {
  const wanted = { ...options, organisation: options.org };
  const plan = await planRenewal(consortium, wanted);
  const restarts = plan.role === 'gateway' ? gatewayToRestart(consortium, options.org) : [];
  if (options.dryRun) {
    if (json) printJson({ ...plan, restarts, dryRun: true });
    else printLine(planText(plan.name, plan.certificates, restarts, false, plan.revokes));
    return;
  }
  const renewed = await renewIdentity(consortium, wanted);
  await restartInTurn(consortium, restarts);
  if (renewed.revoked.length > 0) await ledgerFollows(consortium, options.org);
  if (json) {
    printJson({ ...renewed, restarted: restarts });
    return;
  }
  printLine(`${renewed.name}@${renewed.organisation}: certificate ${renewed.serial}`);
  printLine(`Valid until ${renewed.notAfter}; files: ${renewed.folder}`);
  if (renewed.revoked.length > 0) printLine(`Revoked: ${renewed.revoked.join(', ')}`);
  for (const name of restarts) printLine(`${name} runs with it.`);
}

async function renewOneNode(
  consortium: Consortium,
  node: CertifiedNode,
  options: RenewCommandOptions,
  json: boolean,
): Promise<void> {
  if (options.dryRun) {
    const plan: NodeRenewal = planNodeRenewal(consortium, node);
    const restarts = plan.restarts === undefined ? [] : [plan.restarts];
    if (json) printJson({ ...plan, dryRun: true });
    else printLine(planText(plan.name, plan.certificates, restarts, plan.changesChannels, []));
    return;
  }
  const done = await renewNode(consortium, node, options);
  if (json) {
    printJson(done);
    return;
  }
  printLine(`${done.name}: new certificates, valid until ${done.notAfter}`);
  for (const file of done.certificates) printLine(`  ${file}`);
  if (done.channels.length > 0) printLine(`Its channels know it: ${done.channels.join(', ')}`);
  if (done.revoked.length > 0) printLine(`Revoked: ${done.revoked.join(', ')}`);
  printLine(
    done.restarts === undefined ? 'It takes them when it starts.' : `${done.restarts} runs with them.`,
  );
}

function planText(
  name: string,
  certificates: readonly string[],
  restarts: readonly string[],
  changesChannels: boolean,
  revokes: readonly string[],
): string {
  return [
    `${name} would get new certificates:`,
    ...certificates.map((file) => `  ${file}`),
    `starts again  ${restarts.length === 0 ? 'nothing' : restarts.join(', ')}`,
    `channels      ${changesChannels ? "their lists of orderers change, signed by the orderers' Admin" : 'stay as they are'}`,
    ...(revokes.length === 0 ? [] : [`revoked       ${revokes.join(', ')}`]),
  ].join('\n');
}
