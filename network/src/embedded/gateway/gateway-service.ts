import {
  Metadata,
  type handleUnaryCall,
  type sendUnaryData,
  type ServerUnaryCall,
  type ServiceDefinition,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { gateway } from '@hyperledger/fabric-protos';
import {
  readProposalRequest,
  readSubmitRequest,
  type ProposalRequest,
  type SubmitRequest,
} from '../wire/index.js';
import { chaincodeEvents, type EventStream } from './chaincode-events.js';
import { commitStatus } from './commit-status.js';
import { endorse } from './endorse.js';
import { evaluate } from './evaluate.js';
import type { GatewayChannels } from './gateway-context.js';
import { toRpcError } from './rpc-error.js';
import { submit } from './submit.js';
import { Turns } from './turns.js';

export interface GatewayServiceOptions {
  readonly channels: GatewayChannels;
  /** Told of failures that are no answer to the client: programming errors. */
  readonly onInternalError?: (error: unknown) => void;
}

const { GatewayService } = gateway;
const marshalled = (bytes: Uint8Array): Buffer =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** Fabric's gateway service, with a reader and a writer of our own for what every transaction needs. */
export const gatewayServiceDefinition: ServiceDefinition = {
  ...GatewayService,
  evaluate: {
    ...GatewayService.evaluate,
    requestDeserialize: readProposalRequest,
    responseSerialize: marshalled,
  },
  endorse: {
    ...GatewayService.endorse,
    requestDeserialize: readProposalRequest,
    responseSerialize: marshalled,
  },
  submit: {
    ...GatewayService.submit,
    requestDeserialize: readSubmitRequest,
    responseSerialize: marshalled,
  },
};

/** The handlers of that service for one peer. */
export function gatewayHandlers(options: GatewayServiceOptions): UntypedServiceImplementation {
  const { channels, onInternalError } = options;
  const failure = (error: unknown) => {
    const rpcError = toRpcError(error);
    if (rpcError !== error) onInternalError?.(error);
    return rpcError;
  };
  const turns = new Turns();
  const unary =
    <Req, Res>(
      handle: (request: Req, call: ServerUnaryCall<Req, Res>) => Promise<Res>,
    ): handleUnaryCall<Req, Res> =>
    (call, callback: sendUnaryData<Res>) => {
      const answered = turns.next().then(() => handle(call.request, call));
      answered.then(
        (response) => {
          callback(null, response);
        },
        (error: unknown) => {
          callback(failure(error));
        },
      );
    };
  return {
    evaluate: unary((request: ProposalRequest) => evaluate(request, channels)),
    endorse: unary((request: ProposalRequest) => endorse(request, channels)),
    submit: unary((request: SubmitRequest) => submit(request, channels)),
    commitStatus: unary((request: gateway.SignedCommitStatusRequest, call) =>
      commitStatus(request, channels, whenCancelled(call)),
    ),
    chaincodeEvents: (stream: EventStream) => {
      const gone = whenCancelled(stream);
      // The client learns that the stream stands before the first event, which may be hours away.
      stream.sendMetadata(new Metadata());
      chaincodeEvents(stream, channels, gone).catch((error: unknown) => {
        if (!gone.aborted) stream.emit('error', failure(error));
      });
    },
  };
}

function whenCancelled(call: { on(event: 'cancelled', listener: () => void): unknown }): AbortSignal {
  const controller = new AbortController();
  call.on('cancelled', () => {
    controller.abort();
  });
  return controller.signal;
}
