import type { Command } from 'commander';
import { addUpdateOptions, runChannelChange, type UpdateOptions } from './channel-change.js';
import { channelMembers } from './channel-members.js';

interface PolicyOptions extends UpdateOptions {
  readonly channel?: string;
}

export function registerPolicy(program: Command): void {
  const policy = program.command('policy').description("a channel's policies");
  const set = policy
    .command('set [path] [rule]')
    .description('change a policy of the running channel')
    .option('--channel <channel>', "default: the topology's own");
  addUpdateOptions(set)
    .addHelpText(
      'after',
      `
A rule is one over the policies below it (ANY, ALL or MAJORITY, and their name), or names who signs. A chaincode's own
endorsement policy is not among them: medaccord chaincode upgrade.

Examples:
  medaccord policy set /Channel/Application/LifecycleEndorsement "ALL Endorsement" --dry-run
  medaccord policy set /Channel/Application/Admins "ANY Admins"
  medaccord policy set /Channel/Application/hospital-a/Writers "OR('HospitalAMSP.admin')"
  medaccord policy set --sign update.pb --org hospital-b`,
    )
    .action(setPolicy);
}

async function setPolicy(
  path: string | undefined,
  rule: string | undefined,
  options: PolicyOptions,
  command: Command,
): Promise<void> {
  const { policyChange } = await import('../change/index.js');
  await runChannelChange(command, options, (topology) => {
    if (path === undefined || rule === undefined)
      command.error('error: give the path of a policy and its rule');
    const channel = options.channel ?? topology.channel;
    channelMembers(topology, channel);
    return { what: `the policy ${path}`, channels: [channel], change: policyChange(path, rule) };
  });
}
