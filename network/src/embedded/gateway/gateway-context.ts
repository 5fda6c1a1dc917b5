import type { BlockFeed, Sessions } from '../delivery/index.js';
import type { Endorser } from '../endorser/index.js';
import type { ChannelLedger, Orderer } from '../parts.js';

/** What one peer's gateway service works with. */
export interface GatewayContext {
  readonly ledger: ChannelLedger;
  readonly orderer: Orderer;
  /** Named in the details of a refused submit. */
  readonly ordererEndpoint: string;
  readonly ordererMspId: string;
  /** The peer that this gateway belongs to; one of `endorsers`. */
  readonly own: Endorser;
  /** Every peer of the channel. */
  readonly endorsers: readonly Endorser[];
  /** Organisations of the channel. */
  readonly mspIds: readonly string[];
  readonly feed: BlockFeed;
  readonly sessions: Sessions;
  readonly now: () => Date;
  /** How long one call may wait for endorsers; Fabric's default is 30 s. */
  readonly endorsementTimeoutMs: number;
}
