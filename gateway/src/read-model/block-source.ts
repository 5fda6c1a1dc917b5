import type { DeliveredBlocks } from '../ports.js';
import { decodeBlock } from './decode-block.js';
import type { BlockSource } from './ledger-block.js';

/** The gateway's block stream, decoded for one chaincode. */
export function blockSource(delivered: DeliveredBlocks, chaincode: string): BlockSource {
  return {
    height: () => delivered.height(),
    async *blocks(start, signal) {
      for await (const block of delivered.blocks(start, signal)) yield decodeBlock(block, chaincode);
    },
  };
}
