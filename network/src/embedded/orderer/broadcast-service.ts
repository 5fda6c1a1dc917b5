import type { handleBidiStreamingCall, ServerDuplexStream } from '@grpc/grpc-js';
import { common, orderer as protos } from '@hyperledger/fabric-protos';
import type { Channels } from '../parts.js';
import { readChannelHeader, readEnvelope, readPayload, type Envelope } from '../wire/index.js';
import { OrdererError } from './orderer-error.js';

type Stream = ServerDuplexStream<common.Envelope, protos.BroadcastResponse>;
type StatusName = keyof typeof common.Status;

/**
 * The handler of `orderer.AtomicBroadcast/Broadcast`: one answer for each envelope, in order. As Fabric's, it ends the
 * stream after the first one that is refused.
 */
export function broadcastHandler(
  channels: Channels,
  onInternalError: (error: unknown) => void,
): handleBidiStreamingCall<common.Envelope, protos.BroadcastResponse> {
  return (stream) => {
    let last: Promise<void> = Promise.resolve();
    let refused = false;
    const answer = async (envelope: common.Envelope): Promise<void> => {
      if (refused) return;
      const response = await broadcast(readEnvelope(envelope.serializeBinary()), channels, onInternalError);
      refused = response.getStatus() !== common.Status.SUCCESS;
      write(stream, response);
      if (refused) stream.end();
    };
    stream.on('data', (envelope: common.Envelope) => {
      last = last.then(() => answer(envelope));
    });
    stream.on('error', () => {
      refused = true;
    });
    stream.on('end', () => {
      void last.then(() => {
        if (!refused) stream.end();
      });
    });
  };
}

function write(stream: Stream, response: protos.BroadcastResponse): void {
  if (!stream.cancelled) stream.write(response);
}

async function broadcast(
  envelope: Envelope,
  channels: Channels,
  onInternalError: (error: unknown) => void,
): Promise<protos.BroadcastResponse> {
  let channelId: string;
  try {
    channelId = channelOf(envelope);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return response('BAD_REQUEST', `could not determine channel ID: ${reason}`);
  }
  const channel = channels.get(channelId);
  if (channel === undefined) return response('BAD_REQUEST', 'channel does not exist');
  try {
    await channel.orderer.broadcast(envelope);
    return response('SUCCESS', '');
  } catch (error) {
    if (error instanceof OrdererError) return response(error.code, error.message);
    onInternalError(error);
    return response('INTERNAL_SERVER_ERROR', 'internal error');
  }
}

/** @throws Error where the envelope has no header. */
export function channelOf({ payload }: Envelope): string {
  const { header } = readPayload(payload);
  if (header === undefined) throw new Error('missing header');
  return readChannelHeader(header.channelHeader).channelId;
}

function response(status: StatusName, info: string): protos.BroadcastResponse {
  const message = new protos.BroadcastResponse();
  message.setStatus(common.Status[status]);
  message.setInfo(info);
  return message;
}
