import { status } from '@grpc/grpc-js';
import { peer } from '@hyperledger/fabric-protos';
import type { Channels, MspManager } from '../parts.js';
import { NOTHING, type Response } from '../wire/index.js';
import { EndorserError } from './endorser-error.js';
import type { Endorsed, Endorser, Evaluated, Failed, Refused } from './endorser.js';
import { checkLocalProposal, checkProposal } from './proposal-checks.js';
import { readProposal } from './proposal.js';

export interface EndorserServiceOptions {
  readonly endorser: Endorser;
  /** Those that the peer has joined. */
  readonly channels: Channels;
  /** The peer's organisation alone: who may ask without a channel. */
  readonly localMsps: MspManager;
  readonly now: () => Date;
  /** Told of failures that are no answer to the client: programming errors. */
  readonly onInternalError: (error: unknown) => void;
}

/** Of Fabric's proposal responses. */
const VERSION = 1;

/**
 * The handler of `protos.Endorser/ProcessProposal`. A proposal that is refused fails the call; what goes wrong later is
 * told in the response's status, as Fabric tells it.
 */
export function endorserHandlers(options: EndorserServiceOptions): peer.IEndorserServer {
  return {
    processProposal: (call, callback) => {
      processProposal(call.request, options).then(
        (response) => {
          callback(null, response);
        },
        (error: unknown) => {
          if (error instanceof EndorserError) callback({ code: status.UNKNOWN, details: error.message });
          else {
            options.onInternalError(error);
            callback({ code: status.INTERNAL, details: 'internal error' });
          }
        },
      );
    },
  };
}

async function processProposal(
  signed: peer.SignedProposal,
  { endorser, channels, localMsps, now }: EndorserServiceOptions,
): Promise<peer.ProposalResponse> {
  const proposal = readProposal({
    proposalBytes: signed.getProposalBytes_asU8(),
    signature: signed.getSignature_asU8(),
  });
  if (proposal.channelId === '') {
    const creator = checkLocalProposal(proposal, { msps: localMsps, peerMspId: endorser.mspId, now });
    return answered(await endorser.evaluate(proposal, creator));
  }
  const channel = channels.get(proposal.channelId);
  if (channel === undefined) return failure(500, `channel '${proposal.channelId}' not found`);
  const creator = checkProposal(proposal, { channel, now });
  return answered(await endorser.process(proposal, creator));
}

function answered(answer: Endorsed | Evaluated | Refused | Failed): peer.ProposalResponse {
  switch (answer.kind) {
    case 'endorsed':
      return endorsed(answer);
    case 'evaluated':
      return unsigned(answer.response);
    case 'refused':
      return refused(answer);
    case 'failed':
      return failure(answer.status, answer.message);
  }
}

function endorsed({ response, payload, endorsement, interest }: Endorsed): peer.ProposalResponse {
  const message = new peer.ProposalResponse();
  message.setVersion(VERSION);
  message.setResponse(responseMessage(response));
  message.setPayload(payload);
  const signed = new peer.Endorsement();
  signed.setEndorser(endorsement.endorser);
  signed.setSignature(endorsement.signature);
  message.setEndorsement(signed);
  message.setInterest(interest.message());
  return message;
}

function refused({ response, payload, interest }: Refused): peer.ProposalResponse {
  const message = unsigned(response);
  if (payload !== undefined) message.setPayload(payload);
  message.setInterest(interest?.message());
  return message;
}

function failure(code: number, text: string): peer.ProposalResponse {
  return unsigned({ status: code, message: text, payload: NOTHING });
}

function unsigned(response: Response): peer.ProposalResponse {
  const message = new peer.ProposalResponse();
  message.setResponse(responseMessage(response));
  return message;
}

function responseMessage({ status, message, payload }: Response): peer.Response {
  const response = new peer.Response();
  response.setStatus(status);
  response.setMessage(message);
  response.setPayload(payload);
  return response;
}
