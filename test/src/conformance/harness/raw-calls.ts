import type { ServiceError } from '@grpc/grpc-js';
import { gateway, type common, type peer } from '@hyperledger/fabric-protos';
import type { NetworkIdentity, NetworkNode } from '../network.js';
import { connection, firstPeer, org1, signAs } from './clients.js';

/** Calls of the gateway service as they go over the wire, for what the SDK would not send. */

interface Method<Req, Res> {
  readonly path: string;
  readonly requestSerialize: (request: Req) => Buffer;
  readonly responseDeserialize: (bytes: Buffer) => Res;
}

async function call<Req, Res>(method: Method<Req, Res>, request: Req, node: NetworkNode): Promise<Res> {
  return new Promise((resolve, reject) => {
    connection(node).makeUnaryRequest(
      method.path,
      method.requestSerialize,
      method.responseDeserialize,
      request,
      { deadline: Date.now() + 15_000 },
      (error: ServiceError | null, response?: Res) => {
        if (response === undefined || error !== null) reject(error ?? new Error('no answer'));
        else resolve(response);
      },
    );
  });
}

const { GatewayService } = gateway;

export async function rawEvaluate(
  proposal: peer.SignedProposal | undefined,
  node: NetworkNode = firstPeer(org1),
): Promise<gateway.EvaluateResponse> {
  const request = new gateway.EvaluateRequest();
  request.setProposedTransaction(proposal);
  return call(GatewayService.evaluate, request, node);
}

export async function rawEndorse(
  proposal: peer.SignedProposal | undefined,
  node: NetworkNode = firstPeer(org1),
): Promise<gateway.EndorseResponse> {
  const request = new gateway.EndorseRequest();
  request.setProposedTransaction(proposal);
  return call(GatewayService.endorse, request, node);
}

export async function rawSubmit(
  channel: string,
  envelope: common.Envelope | undefined,
  node: NetworkNode = firstPeer(org1),
): Promise<gateway.SubmitResponse> {
  const request = new gateway.SubmitRequest();
  request.setChannelId(channel);
  request.setPreparedTransaction(envelope);
  return call(GatewayService.submit, request, node);
}

export async function rawCommitStatus(
  request: gateway.CommitStatusRequest | undefined,
  signer: NetworkIdentity,
  node: NetworkNode = firstPeer(org1),
): Promise<gateway.CommitStatusResponse> {
  const signed = new gateway.SignedCommitStatusRequest();
  if (request !== undefined) {
    const bytes = request.serializeBinary();
    signed.setRequest(bytes);
    signed.setSignature(await signAs(signer, bytes));
  }
  return call(GatewayService.commitStatus, signed, node);
}

/** The first answer, or the refusal, of an event stream. */
export async function rawChaincodeEvents(
  request: gateway.ChaincodeEventsRequest | undefined,
  signer: NetworkIdentity,
  node: NetworkNode = firstPeer(org1),
): Promise<gateway.ChaincodeEventsResponse> {
  const signed = new gateway.SignedChaincodeEventsRequest();
  if (request !== undefined) {
    const bytes = request.serializeBinary();
    signed.setRequest(bytes);
    signed.setSignature(await signAs(signer, bytes));
  }
  const { path, requestSerialize, responseDeserialize } = GatewayService.chaincodeEvents;
  const stream = connection(node).makeServerStreamRequest(
    path,
    requestSerialize,
    responseDeserialize,
    signed,
    {
      deadline: Date.now() + 15_000,
    },
  );
  return new Promise((resolve, reject) => {
    stream.once('data', (response: gateway.ChaincodeEventsResponse) => {
      resolve(response);
      stream.cancel();
    });
    stream.on('error', reject);
    stream.once('end', () => {
      reject(new Error('the stream ended'));
    });
  });
}
