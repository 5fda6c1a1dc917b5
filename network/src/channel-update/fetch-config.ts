import { common } from '@hyperledger/fabric-protos';
import type { AdminGateway } from '../admin-gateway.js';
import { configurationOf } from '../embedded/policy/index.js';

/** A channel's configuration as a peer has it. */
export async function fetchConfig({ gateway }: AdminGateway, channel: string): Promise<common.Config> {
  const bytes = await gateway
    .getNetwork(channel)
    .getContract('cscc')
    .evaluateTransaction('GetConfigBlock', channel);
  const config = configurationOf(common.Block.deserializeBinary(bytes));
  if (config === undefined) throw new Error(`the configuration block of ${channel} holds no configuration`);
  return config;
}

/** An organisation's group, below `Application`. @throws Error where it is no member of the channel. */
export function organisationGroup(
  root: common.ConfigGroup | undefined,
  organisation: string,
): common.ConfigGroup {
  const application = root?.getGroupsMap().get('Application');
  const group = application?.getGroupsMap().get(organisation);
  if (group === undefined) throw new Error(`${organisation} is no member of the channel`);
  return group;
}
