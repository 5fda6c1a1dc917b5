import type { BatchOptions } from '../orderer/index.js';

export interface ChannelOrganisation {
  /** Name of its group in the configuration. */
  readonly name: string;
  readonly mspId: string;
  /** The organisation's MSP folder. */
  readonly dir: string;
  /** Peers by which the others of the channel find this organisation's. */
  readonly anchorPeers?: readonly HostPort[];
}

export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** A node that orders by Raft; other nodes know it by its TLS certificate (PEM), as which it dials them, too. */
export interface Consenter extends HostPort {
  readonly tlsCertificate: string;
}

/** A node that orders by SmartBFT: its blocks are signed with the key of this certificate (PEM). */
export interface BftConsenter extends Consenter {
  readonly mspId: string;
  readonly certificate: string;
}

/** Who decides about the order of transactions. */
export type Consensus =
  | { readonly type: 'solo' }
  | { readonly type: 'etcdraft'; readonly consenters: readonly Consenter[] }
  | {
      readonly type: 'BFT';
      readonly consenters: readonly BftConsenter[];
      /** SmartBFT has settings of its own for when it cuts blocks; they say what the channel's say. */
      readonly batch: BatchOptions;
    };

/** What block 0 says about a channel; updates may say otherwise later. */
export interface ChannelConfig {
  readonly channelId: string;
  readonly organisations: readonly ChannelOrganisation[];
  /** `endpoints`: `localhost:7050` … */
  readonly orderer: ChannelOrganisation & { readonly endpoints: readonly string[] };
  readonly batch: BatchOptions;
  /** Left out: solo, one orderer for itself. */
  readonly consensus?: Consensus;
}
