import { status, type ServerDuplexStream, type UntypedServiceImplementation } from '@grpc/grpc-js';
import type { MessageStream } from '../chaincode/index.js';
import { RpcError } from '../gateway/index.js';
import type { ChaincodeMessage } from '../wire/index.js';

type Stream = ServerDuplexStream<ChaincodeMessage, ChaincodeMessage>;

const LOOPBACK = /^(127\.|\[?::1\]?:|\[?::ffff:127\.)/;

/**
 * The handler of `protos.ChaincodeSupport/Register`: where a chaincode dials the peer. Chaincode is trusted with what
 * it answers, so it has to be on this machine.
 */
export function chaincodeSupportHandlers(
  accept: (stream: MessageStream) => void,
): UntypedServiceImplementation {
  return {
    register: (stream: Stream) => {
      if (LOOPBACK.test(stream.getPeer())) accept(messageStream(stream));
      else {
        stream.emit('error', new RpcError(status.PERMISSION_DENIED, 'chaincode has to run on this machine'));
      }
    },
  };
}

function messageStream(stream: Stream): MessageStream {
  let left = false;
  stream.on('cancelled', () => {
    left = true;
  });
  return {
    write: (message) => stream.write(message),
    cancel(reason) {
      if (!left) stream.emit('error', new RpcError(status.UNKNOWN, reason));
    },
    onMessage: (listener) => stream.on('data', listener),
    onEnd(listener) {
      // A client that closes its side, and one that breaks off.
      stream.on('end', () => {
        listener('the chaincode ended the stream');
      });
      stream.on('cancelled', () => {
        listener('the chaincode broke off');
      });
    },
  };
}
