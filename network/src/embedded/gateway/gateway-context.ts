import type { BlockFeed, Sessions } from '../delivery/index.js';
import type { Endorser } from '../endorser/index.js';
import type { Channel } from '../parts.js';
import type { CommitWaiter } from './commit-waiter.js';

/** Where an orderer node listens, as a refused submit names it. */
export interface OrdererAddress {
  /** `localhost:7050`. */
  readonly endpoint: string;
  readonly mspId: string;
}

/** What one peer's gateway service works with on one channel. */
export interface GatewayContext {
  readonly channel: Channel;
  readonly orderers: readonly OrdererAddress[];
  /** The peer that this gateway belongs to; one of `endorsers`. */
  readonly own: Endorser;
  /** Every peer of the channel that runs at this moment. */
  readonly endorsers: readonly Endorser[];
  readonly feed: BlockFeed;
  readonly waiter: CommitWaiter;
  readonly sessions: Sessions;
  readonly now: () => Date;
  /** How long one call may wait for endorsers; Fabric's default is 30 s. */
  readonly endorsementTimeoutMs: number;
}

/** The channels of one peer. */
export type GatewayChannels = ReadonlyMap<string, GatewayContext>;
