import { common, orderer, peer } from '@hyperledger/fabric-protos';
import type { NetworkIdentity, NetworkNode } from '../network.js';
import { connection, contractOf, firstPeer, MAIN, org1, serialized, signAs } from './clients.js';
import { draftProposal } from './drafts.js';
import { statusName } from './node-streams.js';
import { SINGLE } from './standing-chaincodes.js';

/** Where a delivery begins or ends. */
export type Position = 'oldest' | 'newest' | 'next' | number | undefined;

export interface SeekOptions {
  readonly start: Position;
  readonly stop: Position;
  readonly failIfNotReady?: boolean;
  readonly headersOnly?: boolean;
  readonly channel?: string;
  readonly identity?: NetworkIdentity;
  /** Who signs, where it is not the identity itself. */
  readonly signer?: NetworkIdentity;
  /** Of the request's timestamp, against now. */
  readonly secondsOff?: number;
  /** Instead of a SeekInfo. */
  readonly data?: Uint8Array;
}

export async function seekEnvelope(options: SeekOptions): Promise<common.Envelope> {
  const { identity = org1.identities.client, signer = identity } = options;
  const { channelHeader, signatureHeader } = draftProposal(contractOf(SINGLE), 'deliver');
  channelHeader.setType(common.HeaderType.DELIVER_SEEK_INFO);
  channelHeader.setChannelId(options.channel ?? MAIN);
  channelHeader.setExtension$('');
  const timestamp = channelHeader.getTimestamp();
  timestamp?.setSeconds(timestamp.getSeconds() + (options.secondsOff ?? 0));
  channelHeader.setTimestamp(timestamp);
  signatureHeader.setCreator(serialized(identity));
  const header = new common.Header();
  header.setChannelHeader(channelHeader.serializeBinary());
  header.setSignatureHeader(signatureHeader.serializeBinary());
  const payload = new common.Payload();
  payload.setHeader(header);
  payload.setData(options.data ?? seekInfo(options).serializeBinary());
  const envelope = new common.Envelope();
  envelope.setPayload(payload.serializeBinary());
  envelope.setSignature(await signAs(signer, envelope.getPayload_asU8()));
  return envelope;
}

function seekInfo({ start, stop, failIfNotReady, headersOnly }: SeekOptions): orderer.SeekInfo {
  const { SeekInfo } = orderer;
  const info = new SeekInfo();
  info.setStart(position(start));
  info.setStop(position(stop));
  if (failIfNotReady === true) info.setBehavior(SeekInfo.SeekBehavior.FAIL_IF_NOT_READY);
  if (headersOnly === true) info.setContentType(SeekInfo.SeekContentType.HEADER_WITH_SIG);
  return info;
}

function position(at: Position): orderer.SeekPosition | undefined {
  if (at === undefined) return undefined;
  const message = new orderer.SeekPosition();
  if (at === 'oldest') message.setOldest(new orderer.SeekOldest());
  else if (at === 'newest') message.setNewest(new orderer.SeekNewest());
  else if (at === 'next') message.setNextCommit(new orderer.SeekNextCommit());
  else {
    const specified = new orderer.SeekSpecified();
    specified.setNumber(at);
    message.setSpecified(specified);
  }
  return message;
}

export interface Delivered {
  readonly blocks: common.Block[];
  /** Name of the status that ends it: `SUCCESS`. */
  readonly status: string;
}

/**
 * `protos.Deliver` of peers, and `orderer.AtomicBroadcast` of orderers, whose answers have status and block in the
 * same places.
 */
const PATHS = {
  peer: peer.DeliverService.deliver.path,
  orderer: orderer.AtomicBroadcastService.deliver.path,
} as const;

/**
 * One delivery after the other on one stream, up to the status that ends each; fewer where the node ends the stream
 * before.
 */
export async function deliver(
  seeks: readonly SeekOptions[],
  node: NetworkNode = firstPeer(org1),
  service: keyof typeof PATHS = 'peer',
): Promise<Delivered[]> {
  const { requestSerialize, responseDeserialize } = peer.DeliverService.deliver;
  const stream = connection(node).makeBidiStreamRequest(
    PATHS[service],
    requestSerialize,
    responseDeserialize,
    { deadline: Date.now() + 15_000 },
  );
  const envelopes = await Promise.all(seeks.map(seekEnvelope));
  const done: Delivered[] = [];
  let blocks: common.Block[] = [];
  return new Promise((resolve, reject) => {
    const next = (): void => {
      const envelope = envelopes[done.length];
      if (envelope === undefined) stream.end();
      else stream.write(envelope);
    };
    stream.on('data', (response: peer.DeliverResponse) => {
      const block = response.getBlock();
      if (block !== undefined) {
        blocks.push(block);
        return;
      }
      done.push({ blocks, status: statusName(response.getStatus()) });
      blocks = [];
      next();
    });
    stream.on('end', () => {
      resolve(done);
    });
    stream.on('error', reject);
    next();
  });
}

/** A single delivery. */
export async function deliverOne(
  seek: SeekOptions,
  node?: NetworkNode,
  service?: keyof typeof PATHS,
): Promise<Delivered> {
  const [delivered] = await deliver([seek], node, service);
  if (delivered === undefined) throw new Error('the stream ended without a status');
  return delivered;
}

/** Numbers of the delivered blocks, and the status. */
export function summary({ blocks, status }: Delivered): { numbers: number[]; status: string } {
  return { numbers: blocks.map((block) => block.getHeader()?.getNumber() ?? -1), status };
}
