import { common } from '@hyperledger/fabric-protos';
import type { Gateway } from '@hyperledger/fabric-gateway';
import type { DeliveredBlocks } from '../ports.js';
import type { BlockCommitWaiter } from './commit-waiter.js';

/**
 * The peer's blocks with private data, over Deliver. Every block is shown to the commit waiter when it arrives,
 * before it is handed on.
 */
export function openBlockStream(
  service: Gateway,
  channel: string,
  waiter: BlockCommitWaiter,
): DeliveredBlocks {
  const network = service.getNetwork(channel);
  return {
    async height() {
      const bytes = await network.getContract('qscc').evaluate('GetChainInfo', { arguments: [channel] });
      return common.BlockchainInfo.deserializeBinary(bytes).getHeight();
    },
    async *blocks(start, signal) {
      if (signal.aborted) return;
      const events = await network.getBlockAndPrivateDataEvents({ startBlock: BigInt(start) });
      const close = () => {
        events.close();
      };
      signal.addEventListener('abort', close, { once: true });
      try {
        waiter.setLive(true);
        for await (const delivered of events) {
          const block = delivered.getBlock();
          if (block !== undefined) waiter.observe(block);
          yield delivered;
        }
      } finally {
        waiter.setLive(false);
        signal.removeEventListener('abort', close);
        events.close();
      }
    },
  };
}
