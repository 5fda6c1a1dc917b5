export { discoverHandler, type DiscoveryChannel, type DiscoveryOptions } from './discovery-service.js';
export type { DiscoveredPeer } from './peer-messages.js';
