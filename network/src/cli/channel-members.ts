import { CodedError } from '../coded-error.js';
import { channelsOf, findOrganisation, type Organisation, type Topology } from '../topology/index.js';

/**
 * The organisations of a channel, or those of them that are named.
 * @throws CodedError CHANNEL_UNKNOWN, ORGANISATION_UNKNOWN that list what there is.
 */
export function channelMembers(
  topology: Topology,
  channel: string,
  names?: readonly string[],
): readonly Organisation[] {
  const channels = channelsOf(topology);
  const found = channels.find(({ name }) => name === channel);
  if (found === undefined) {
    throw new CodedError('CHANNEL_UNKNOWN', `there is no channel "${channel}" in ${topology.name}`, {
      hint: `known channels: ${channels.map(({ name }) => name).join(', ')}`,
    });
  }
  if (names === undefined) return found.members;
  const members = { name: `channel ${channel}`, organisations: found.members };
  return names.map((name) => findOrganisation(members, name));
}
