export { broadcastHandler, channelOf } from './broadcast-service.js';
export { BlockCutter, type BatchOptions, type Message } from './block-cutter.js';
export { signBlock, writeBlock } from './block-writer.js';
export { OrdererError, type OrdererErrorCode } from './orderer-error.js';
export { startOrderer, type ChainTip, type OrdererOptions } from './orderer.js';
