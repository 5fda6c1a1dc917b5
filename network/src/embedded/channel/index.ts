export type { ChannelConfig, ChannelOrganisation } from './channel-config.js';
export { genesisBlock } from './genesis-block.js';
export { openChannelLedger, type ChannelOptions } from './open-channel.js';
