/** Changing a channel's configuration, as any client does it: computed, signed by admins, sent to the orderers. */
export { findAdmin, localAdmins, ORDERER_ORGANISATION, type LocalAdmin } from './admins.js';
export { neededSignatures, type NeededSignatures } from './authorization.js';
export { broadcast } from './broadcast.js';
export {
  carryOut,
  configInForce,
  prepareChange,
  submitUpdate,
  type PreparedChange,
} from './change-channel.js';
export { ChannelUpdateError, type ChannelUpdateErrorCode } from './channel-update-error.js';
export { computeUpdate } from './compute-update.js';
export { fetchConfig, organisationGroup } from './fetch-config.js';
export {
  changeConsenters,
  isAt,
  raftConsenters,
  type OrdererPlace,
  type RaftConsenter,
} from './raft-consenters.js';
export { signedBy, signersOf, unsigned, updateEnvelope, type SignedUpdate } from './update-envelope.js';
export { readUpdateFile, writeUpdateFile } from './update-file.js';
