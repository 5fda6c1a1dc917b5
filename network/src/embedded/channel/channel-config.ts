import type { BatchOptions } from '../orderer/index.js';

export interface ChannelOrganisation {
  /** Name of its group in the configuration. */
  readonly name: string;
  readonly mspId: string;
  /** The organisation's MSP folder. */
  readonly dir: string;
}

/** What block 0 says about a channel; updates may say otherwise later. */
export interface ChannelConfig {
  readonly channelId: string;
  readonly organisations: readonly ChannelOrganisation[];
  /** `endpoints`: `localhost:7050` … */
  readonly orderer: ChannelOrganisation & { readonly endpoints: readonly string[] };
  readonly batch: BatchOptions;
}
