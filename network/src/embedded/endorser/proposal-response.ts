import { peer } from '@hyperledger/fabric-protos';
import type { Identity, NodeSigner } from '../parts.js';
import type { Proposal } from './proposal.js';

export interface ResponseParts {
  readonly proposal: Proposal;
  readonly version: string;
  readonly response: peer.Response;
  readonly event: peer.ChaincodeEvent | undefined;
  /** Marshalled TxReadWriteSet. */
  readonly results: Uint8Array | undefined;
}

/** Marshalled ProposalResponsePayload. */
export function responsePayload({ proposal, version, response, event, results }: ResponseParts): Uint8Array {
  const id = new peer.ChaincodeID();
  id.setName(proposal.chaincode);
  id.setVersion(version);
  const action = new peer.ChaincodeAction();
  if (results !== undefined) action.setResults(results);
  if (event !== undefined) action.setEvents(event.serializeBinary());
  action.setResponse(response);
  action.setChaincodeId(id);
  const payload = new peer.ProposalResponsePayload();
  payload.setProposalHash(proposal.hash);
  payload.setExtension$(action.serializeBinary());
  return payload.serializeBinary();
}

/**
 * The peer's signature over payload and its own identity, as Fabric's default endorsement has it.
 * @param self the signer as an identity of the channel: the channel's committer will verify what is signed here
 */
export function endorsement(
  payload: Uint8Array,
  signer: NodeSigner,
  self: Identity | undefined,
): peer.Endorsement {
  const signed = Buffer.concat([payload, signer.serialized]);
  const signature = signer.sign(signed);
  self?.remember(signed, signature);
  const message = new peer.Endorsement();
  message.setEndorser(signer.serialized);
  message.setSignature(signature);
  return message;
}
