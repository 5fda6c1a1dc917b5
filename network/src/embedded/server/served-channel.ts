import { openChannelLedger, type ChannelOptions } from '../channel/index.js';
import { BlockFeed, filteredBlockResponse, type DeliverChannel } from '../delivery/index.js';
import { CommitWaiter, type OrdererAddress } from '../gateway/index.js';
import type { Channel, ChannelLedger, Orderer } from '../parts.js';

/** One channel, open, with what the services of all its peers share. */
export class ServedChannel implements Channel, DeliverChannel {
  readonly ledger: ChannelLedger;
  readonly orderer: Orderer;
  readonly orderers: readonly OrdererAddress[];
  readonly feed: BlockFeed;
  readonly waiter: CommitWaiter;
  readonly filteredResponse: DeliverChannel['filteredResponse'];

  private constructor(channel: Channel, orderers: readonly OrdererAddress[]) {
    const { ledger, orderer } = channel;
    this.ledger = ledger;
    this.orderer = orderer;
    this.orderers = orderers;
    this.feed = new BlockFeed(ledger);
    this.waiter = new CommitWaiter(ledger);
    this.filteredResponse = filteredBlockResponse(ledger.channelId);
  }

  /** @throws what openChannelLedger throws. */
  static async open(options: ChannelOptions, orderers: readonly OrdererAddress[]): Promise<ServedChannel> {
    return new ServedChannel(await openChannelLedger(options), orderers);
  }

  get id(): string {
    return this.ledger.channelId;
  }

  async close(): Promise<void> {
    this.waiter.close();
    this.feed.close();
    await this.orderer.close();
    await this.ledger.close();
  }
}
