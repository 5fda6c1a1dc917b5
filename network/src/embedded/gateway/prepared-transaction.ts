import { common, peer } from '@hyperledger/fabric-protos';
import type { Proposal } from '../endorser/index.js';

/** The envelope a client signs and submits: headers, payload without transient data, what was endorsed. */
export function preparedTransaction(
  proposal: Proposal,
  responsePayload: Uint8Array,
  endorsements: peer.Endorsement[],
): common.Envelope {
  const payload = new common.Payload();
  payload.setHeader(proposal.header);
  payload.setData(transaction(proposal, responsePayload, endorsements).serializeBinary());
  const envelope = new common.Envelope();
  envelope.setPayload(payload.serializeBinary());
  return envelope;
}

function transaction(proposal: Proposal, responsePayload: Uint8Array, endorsements: peer.Endorsement[]) {
  const action = new peer.TransactionAction();
  action.setHeader(proposal.header.getSignatureHeader_asU8());
  action.setPayload(actionPayload(proposal, responsePayload, endorsements).serializeBinary());
  const message = new peer.Transaction();
  message.setActionsList([action]);
  return message;
}

function actionPayload(proposal: Proposal, responsePayload: Uint8Array, endorsements: peer.Endorsement[]) {
  const endorsed = new peer.ChaincodeEndorsedAction();
  endorsed.setProposalResponsePayload(responsePayload);
  endorsed.setEndorsementsList(endorsements);
  const message = new peer.ChaincodeActionPayload();
  message.setChaincodeProposalPayload(proposal.payloadWithoutTransient);
  message.setAction(endorsed);
  return message;
}
