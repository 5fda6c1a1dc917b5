export { BlockFeed } from './block-feed.js';
export { filteredBlockResponse } from './block-responses.js';
export {
  deliverHandlers,
  deliverServiceDefinition,
  MARSHALLED,
  orderedBlocksHandler,
  type DeliverChannel,
  type DeliverOptions,
} from './deliver-service.js';
export { Sessions } from './sessions.js';
