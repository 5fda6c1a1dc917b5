import { createHash } from 'node:crypto';
import { common, gateway, peer } from '@hyperledger/fabric-protos';
import type { NetworkIdentity } from '../network.js';
import { codeName } from './calls.js';
import { contractOf, MAIN, org1, serialized, signAs } from './clients.js';
import { draftProposal, headerOf, type ProposalDraft } from './drafts.js';
import { rawCommitStatus, rawSubmit } from './raw-calls.js';
import { encodeReadWriteSets, type ReadsAndWrites } from './read-write-sets.js';

/**
 * A transaction that no chaincode ran: the scenario says what it reads and writes, and organisations' `endorser`
 * identities sign it as their peers would. Each hook may change a message before the next layer is made of it.
 */
export interface MadeTransaction {
  readonly chaincode: string;
  readonly sets: readonly ReadsAndWrites[];
  readonly endorsers: readonly NetworkIdentity[];
  readonly creator?: NetworkIdentity;
  readonly version?: string;
  readonly change?: {
    headers?(draft: ProposalDraft): void;
    action?(action: peer.ChaincodeAction): void;
    response?(payload: peer.ProposalResponsePayload): void;
    endorsement?(endorsement: peer.Endorsement): void;
    transaction?(transaction: peer.Transaction): void;
    payload?(payload: common.Payload): void;
  };
}

export interface MadeEnvelope {
  readonly txId: string;
  readonly envelope: common.Envelope;
}

export async function makeTransaction(made: MadeTransaction): Promise<MadeEnvelope> {
  const { creator = org1.identities.client, change = {} } = made;
  const draft = draftProposal(contractOf(made.chaincode, creator), 'made up');
  change.headers?.(draft);
  const header = headerOf(draft);
  const proposalPayload = draft.payload.serializeBinary();

  const response = new peer.ProposalResponsePayload();
  response.setProposalHash(
    createHash('sha256')
      .update(header.getChannelHeader_asU8())
      .update(header.getSignatureHeader_asU8())
      .update(proposalPayload)
      .digest(),
  );
  response.setExtension$(chaincodeAction(made).serializeBinary());
  change.response?.(response);

  const endorsed = new peer.ChaincodeEndorsedAction();
  endorsed.setProposalResponsePayload(response.serializeBinary());
  endorsed.setEndorsementsList(
    await Promise.all(
      made.endorsers.map((endorser) => endorse(endorser, endorsed.getProposalResponsePayload_asU8(), change)),
    ),
  );
  const actionPayload = new peer.ChaincodeActionPayload();
  actionPayload.setChaincodeProposalPayload(proposalPayload);
  actionPayload.setAction(endorsed);
  const action = new peer.TransactionAction();
  action.setHeader(header.getSignatureHeader_asU8());
  action.setPayload(actionPayload.serializeBinary());
  const transaction = new peer.Transaction();
  transaction.setActionsList([action]);
  change.transaction?.(transaction);

  const payload = new common.Payload();
  payload.setHeader(header);
  payload.setData(transaction.serializeBinary());
  change.payload?.(payload);
  const envelope = new common.Envelope();
  envelope.setPayload(payload.serializeBinary());
  envelope.setSignature(await signAs(creator, envelope.getPayload_asU8()));
  return { txId: draft.channelHeader.getTxId(), envelope };
}

function chaincodeAction({
  chaincode,
  version = '1.0',
  sets,
  change,
}: MadeTransaction): peer.ChaincodeAction {
  const id = new peer.ChaincodeID();
  id.setName(chaincode);
  id.setVersion(version);
  const response = new peer.Response();
  response.setStatus(200);
  const action = new peer.ChaincodeAction();
  action.setChaincodeId(id);
  action.setResponse(response);
  action.setResults(encodeReadWriteSets(sets));
  change?.action?.(action);
  return action;
}

async function endorse(
  endorser: NetworkIdentity,
  payload: Uint8Array,
  change: MadeTransaction['change'],
): Promise<peer.Endorsement> {
  const identity = serialized(endorser);
  const endorsement = new peer.Endorsement();
  endorsement.setEndorser(identity);
  endorsement.setSignature(await signAs(endorser, Buffer.concat([payload, identity])));
  change?.endorsement?.(endorsement);
  return endorsement;
}

/** Sends it to the orderers and waits for the block. @returns Fabric's name of its validation code. */
export async function verdictOn(made: MadeTransaction): Promise<string> {
  const transaction = await makeTransaction(made);
  await rawSubmit(MAIN, transaction.envelope);
  return (await committed(transaction.txId)).code;
}

/** Waits until a transaction of the main channel is in a block. */
export async function committed(txId: string): Promise<{ code: string; block: number }> {
  const request = new gateway.CommitStatusRequest();
  request.setChannelId(MAIN);
  request.setTransactionId(txId);
  request.setIdentity(serialized(org1.identities.client));
  const answer = await rawCommitStatus(request, org1.identities.client);
  return { code: codeName(answer.getResult()), block: answer.getBlockNumber() };
}
