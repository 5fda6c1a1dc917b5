import { once } from 'node:events';
import { status, type ServerWritableStream } from '@grpc/grpc-js';
import { gateway, orderer, peer } from '@hyperledger/fabric-protos';
import { blockNotHere } from '../endorser/index.js';
import type { ChannelLedger, CommittedBlock } from '../parts.js';
import type { GatewayChannels } from './gateway-context.js';
import { RpcError } from './rpc-error.js';
import { readSignedRequest, requireReader } from './signed-request.js';

export type EventStream = ServerWritableStream<
  gateway.SignedChaincodeEventsRequest,
  gateway.ChaincodeEventsResponse
>;

/**
 * Sends the events of one chaincode, block by block, first those of committed blocks, then live ones. Ends only when
 * the client leaves.
 * @throws RpcError, also once the client's identity is revoked.
 */
export async function chaincodeEvents(
  stream: EventStream,
  channels: GatewayChannels,
  gone: AbortSignal,
): Promise<void> {
  const signed = stream.request;
  const request = readSignedRequest(signed, 'chaincode events', (bytes) =>
    gateway.ChaincodeEventsRequest.deserializeBinary(bytes),
  );
  const { reader, context } = requireReader(
    signed,
    request.getIdentity_asU8(),
    request.getChannelId(),
    channels,
    'gateway/ChaincodeEvents',
  );
  const { feed, sessions } = context;
  const select = eventSelector(request);
  const revoked = new AbortController();
  // Fabric asks the channel's policy here, which does not look at a certificate's time.
  const forget = sessions.open(reader, () => revoked.abort(), false);
  try {
    const stop = AbortSignal.any([gone, revoked.signal]);
    for (let number = startBlock(request, context.channel.ledger); ; number += 1) {
      await feed.committed(number, stop);
      if (gone.aborted) return;
      if (revoked.signal.aborted || !sessions.isValid(reader, false)) {
        throw new RpcError(status.PERMISSION_DENIED, 'the identity is no longer valid');
      }
      const block = feed.block(number);
      if (block === undefined)
        throw new RpcError(status.ABORTED, blockNotHere(context.channel.ledger, number));
      const events = select(block);
      if (events.length === 0) continue;
      const response = new gateway.ChaincodeEventsResponse();
      response.setEventsList(events);
      response.setBlockNumber(number);
      if (!stream.write(response)) {
        await once(stream, 'drain', { signal: stop }).catch(() => undefined);
      }
    }
  } finally {
    forget();
  }
}

/** Events of valid transactions, after the one the client saw last. */
function eventSelector(
  request: gateway.ChaincodeEventsRequest,
): (block: CommittedBlock) => peer.ChaincodeEvent[] {
  const chaincode = request.getChaincodeId();
  const after = request.getAfterTransactionId();
  let passed = after === '';
  return ({ transactions }) => {
    const events: peer.ChaincodeEvent[] = [];
    for (const { txId, code, chaincodeEvent } of transactions) {
      if (!passed) {
        passed = txId === after;
        continue;
      }
      if (code !== peer.TxValidationCode.VALID || chaincodeEvent === undefined) continue;
      if (chaincodeEvent.getChaincodeId() === chaincode) events.push(chaincodeEvent);
    }
    return events;
  };
}

/** @throws RpcError (INVALID_ARGUMENT). */
function startBlock(request: gateway.ChaincodeEventsRequest, ledger: ChannelLedger): number {
  const after = request.getAfterTransactionId();
  const known = after === '' ? undefined : ledger.transaction(after);
  // One whose block came before the snapshot is not looked up any more.
  if (known !== undefined && known.block >= ledger.firstBlock) return known.block;
  const position = request.getStartPosition();
  const { TypeCase } = orderer.SeekPosition;
  switch (position?.getTypeCase()) {
    case undefined:
    case TypeCase.TYPE_NOT_SET:
    case TypeCase.NEXT_COMMIT:
      return ledger.height;
    case TypeCase.SPECIFIED:
      return position.getSpecified()?.getNumber() ?? 0;
    default:
      throw new RpcError(
        status.INVALID_ARGUMENT,
        `invalid start position type: *orderer.SeekPosition_${typeName(position)}`,
      );
  }
}

/** As Fabric names what it does not take here. */
function typeName(position: orderer.SeekPosition | undefined): string {
  return position?.getTypeCase() === orderer.SeekPosition.TypeCase.OLDEST ? 'Oldest' : 'Newest';
}
