import { once } from 'node:events';
import type { ServerDuplexStream, ServiceDefinition, UntypedServiceImplementation } from '@grpc/grpc-js';
import { common, peer } from '@hyperledger/fabric-protos';
import { checkAccess, type Access } from '../access/index.js';
import { checkCreator, checkTimeWindow } from '../identity/index.js';
import type { ChannelLedger, Identity } from '../parts.js';
import {
  readChannelHeader,
  readPayload,
  readSignatureHeader,
  type ChannelHeader,
  type SignatureHeader,
} from '../wire/index.js';
import type { BlockFeed } from './block-feed.js';
import {
  fullBlockResponse,
  headerResponse,
  orderedBlockResponse,
  privateDataResponse,
  statusResponse,
  type ResponseOf,
} from './block-responses.js';
import { decodeSeek, resolveSeek, type Seek } from './seek.js';
import type { Sessions } from './sessions.js';

type Status = common.StatusMap[keyof common.StatusMap];
type Stream = ServerDuplexStream<common.Envelope, Buffer>;

/** Of a method whose responses are marshalled by us. */
export const MARSHALLED = { responseSerialize: (bytes: Buffer): Buffer => bytes };

/** One channel's committed blocks, and how a filtered one is marshalled. */
export interface DeliverChannel {
  readonly ledger: ChannelLedger;
  readonly feed: BlockFeed;
  readonly filteredResponse: ResponseOf;
}

export interface DeliverOptions {
  /** Those that the node has joined, by id. */
  readonly channels: ReadonlyMap<string, DeliverChannel>;
  readonly sessions: Sessions;
  readonly now: () => Date;
}

export interface PeerDeliverOptions extends DeliverOptions {
  /** Organisation of the peer that answers. */
  readonly peerMspId: string;
}

/** Fabric's peer event service, with responses that are marshalled already. */
export const deliverServiceDefinition: ServiceDefinition = Object.fromEntries(
  Object.entries(peer.DeliverService).map(([name, method]) => [name, { ...method, ...MARSHALLED }]),
);

/** The handlers of `protos.Deliver` for one peer. */
export function deliverHandlers(options: PeerDeliverOptions): UntypedServiceImplementation {
  const handler = (responseFor: ResponseFor, access: Access = 'event/Block') =>
    blocksHandler(options, access, responseFor);
  return {
    deliver: handler((_channel, seek) => (seek.headersOnly ? headerResponse : fullBlockResponse)),
    deliverFiltered: handler(({ filteredResponse }) => filteredResponse, 'event/FilteredBlock'),
    deliverWithPrivateData: handler(({ ledger }, _seek, requester) => {
      const audience = { ledger, peerMspId: options.peerMspId, requesterMspId: requester.mspId };
      return (block) => privateDataResponse(block, audience);
    }),
  };
}

/** The handler of `orderer.AtomicBroadcast/Deliver`: blocks as they were ordered, without what peers add. */
export function orderedBlocksHandler(options: DeliverOptions): (stream: Stream) => void {
  return blocksHandler(options, 'fetch', (_channel, seek) =>
    seek.headersOnly ? headerResponse : orderedBlockResponse,
  );
}

function blocksHandler(
  options: DeliverOptions,
  access: Access,
  responseFor: ResponseFor,
): (stream: Stream) => void {
  return (stream) => {
    new DeliverStream(stream, options, access, responseFor).start();
  };
}

type ResponseFor = (channel: DeliverChannel, seek: Seek, requester: Identity) => ResponseOf;

const { Status: StatusCode } = common;

/** One client's stream: any number of seeks, one after the other. */
class DeliverStream {
  readonly #stream: Stream;
  readonly #options: DeliverOptions;
  readonly #access: Access;
  readonly #responseFor: ResponseFor;
  readonly #gone = new AbortController();
  #last: Promise<void> = Promise.resolve();

  constructor(stream: Stream, options: DeliverOptions, access: Access, responseFor: ResponseFor) {
    this.#stream = stream;
    this.#options = options;
    this.#access = access;
    this.#responseFor = responseFor;
  }

  start(): void {
    const stream = this.#stream;
    const leave = (): void => {
      this.#gone.abort();
    };
    stream.on('cancelled', leave);
    stream.on('error', leave);
    stream.on('close', leave);
    stream.on('data', (envelope: common.Envelope) => {
      this.#last = this.#last.then(() => this.#serve(envelope));
    });
    stream.on('end', () => {
      void this.#last.then(() => {
        if (!this.#gone.signal.aborted) stream.end();
      });
    });
  }

  async #serve(envelope: common.Envelope): Promise<void> {
    if (this.#gone.signal.aborted) return;
    let status: Status;
    try {
      status = await this.#deliver(envelope);
    } catch {
      status = StatusCode.INTERNAL_SERVER_ERROR;
    }
    if (this.#gone.signal.aborted) return;
    this.#stream.write(statusResponse(status));
    if (status !== StatusCode.SUCCESS) {
      this.#stream.end();
      this.#gone.abort();
    }
  }

  async #deliver(envelope: common.Envelope): Promise<Status> {
    const { channels, sessions, now } = this.#options;
    const request = readRequest(envelope);
    if (request === undefined) return StatusCode.BAD_REQUEST;
    const { channelHeader, signatureHeader, data } = request;
    try {
      checkTimeWindow(channelHeader, now());
    } catch {
      return StatusCode.BAD_REQUEST;
    }
    const channel = channels.get(channelHeader.channelId);
    if (channel === undefined) return StatusCode.NOT_FOUND;
    const info = decodeSeek(data);
    if (info === undefined) return StatusCode.BAD_REQUEST;
    const { feed, ledger } = channel;
    const requester = this.#authorise(channel, envelope, signatureHeader);
    if (requester === undefined) return StatusCode.FORBIDDEN;
    const seek = resolveSeek(info, ledger);
    if (typeof seek === 'string') return StatusCode[seek];

    const mayStill = this.#watchAccess(channel);
    const revoked = new AbortController();
    const forget = sessions.open(requester, () => {
      revoked.abort();
    });
    try {
      const stop = AbortSignal.any([this.#gone.signal, revoked.signal]);
      const responseOf = this.#responseFor(channel, seek, requester);
      for (let number = seek.start; ; number += 1) {
        if (seek.failIfNotReady && number >= feed.height) return StatusCode.NOT_FOUND;
        await feed.committed(number, stop);
        if (revoked.signal.aborted || !sessions.isValid(requester)) return StatusCode.FORBIDDEN;
        if (!mayStill(requester)) return StatusCode.FORBIDDEN;
        const block = feed.block(number);
        if (block === undefined || stop.aborted) return StatusCode.INTERNAL_SERVER_ERROR;
        if (!this.#stream.write(responseOf(block))) {
          await once(this.#stream, 'drain', { signal: stop }).catch(() => undefined);
        }
        if (number === seek.stop) return StatusCode.SUCCESS;
      }
    } finally {
      forget();
    }
  }

  /** Looks at the requester's rights again whenever another configuration is in force. */
  #watchAccess({ ledger }: DeliverChannel): (requester: Identity) => boolean {
    let { policies } = ledger;
    return (requester) => {
      if (ledger.policies === policies) return true;
      policies = ledger.policies;
      return isAllowed(ledger, this.#access, requester);
    };
  }

  #authorise(
    { ledger }: DeliverChannel,
    envelope: common.Envelope,
    header: SignatureHeader,
  ): Identity | undefined {
    try {
      const requester = checkCreator(
        ledger.msps,
        header.creator,
        envelope.getPayload_asU8(),
        envelope.getSignature_asU8(),
        this.#options.now(),
      );
      return isAllowed(ledger, this.#access, requester) ? requester : undefined;
    } catch {
      return undefined;
    }
  }
}

function isAllowed(ledger: ChannelLedger, access: Access, requester: Identity): boolean {
  try {
    checkAccess(ledger, access, requester);
    return true;
  } catch {
    return false;
  }
}

interface DeliverRequest {
  readonly channelHeader: ChannelHeader;
  readonly signatureHeader: SignatureHeader;
  readonly data: Uint8Array;
}

function readRequest(envelope: common.Envelope): DeliverRequest | undefined {
  try {
    const { header, data } = readPayload(envelope.getPayload_asU8());
    if (header === undefined) return undefined;
    return {
      channelHeader: readChannelHeader(header.channelHeader),
      signatureHeader: readSignatureHeader(header.signatureHeader),
      data,
    };
  } catch {
    return undefined;
  }
}
