export type {
  BftConsenter,
  ChannelConfig,
  ChannelOrganisation,
  Consenter,
  Consensus,
} from './channel-config.js';
export { organisationGroup, setBatch } from './config-groups.js';
export { consenterOf, consensusType } from './consensus-type.js';
export { genesisBlock } from './genesis-block.js';
export { openChannelLedger, type ChannelOptions } from './open-channel.js';
export { FileChannelLedger, NO_TRANSIENT } from './channel-ledger.js';
export { unusableState } from './data-folders.js';
export { lockData } from './data-lock.js';
export { rebuildState, type RebuildOptions, type Rebuilt } from './rebuild-state.js';
