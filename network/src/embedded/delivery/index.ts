export { BlockFeed } from './block-feed.js';
export { deliverHandlers, deliverServiceDefinition, type DeliverOptions } from './deliver-service.js';
export { Sessions } from './sessions.js';
