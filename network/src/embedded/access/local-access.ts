import type { Identity } from '../parts.js';
import { rolePrincipal } from '../policy/index.js';
import { AccessError } from './channel-access.js';

/**
 * What concerns a peer, or speaks for its organisation, is its organisation's alone.
 * @throws AccessError (NOT_OF_THE_PEER) in Fabric's words.
 */
export function checkLocal(policy: 'Admins' | 'Members', peerMspId: string, creator: Identity): void {
  if (creator.mspId !== peerMspId) {
    throw new AccessError(
      'NOT_OF_THE_PEER',
      `Failed deserializing proposal creator during channelless check policy with policy [${policy}]: ` +
        `[expected MSP ID ${peerMspId}, received ${creator.mspId}]`,
    );
  }
  if (creator.satisfies(rolePrincipal(peerMspId, policy === 'Admins' ? 'admin' : 'member'))) return;
  const reason =
    policy === 'Admins'
      ? `The identity is not an admin under this MSP [${peerMspId}]: The identity does not contain OU [ADMIN], MSP: [${peerMspId}]`
      : `The identity is not a member of this MSP [${peerMspId}]`;
  throw new AccessError(
    'NOT_OF_THE_PEER',
    `Failed verifying that proposal's creator satisfies local MSP principal during channelless check policy with policy [${policy}]: [${reason}]`,
  );
}
