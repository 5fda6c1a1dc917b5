import { createHash, randomBytes } from 'node:crypto';
import { common, peer } from '@hyperledger/fabric-protos';
import timestamps from 'google-protobuf/google/protobuf/timestamp_pb.js';
import { transactionId } from '../identity/index.js';
import type { NodeSigner } from '../parts.js';
import { encodeSets, type TestSet } from './read-write-sets.js';

export interface TestTransactionOptions {
  readonly creator: NodeSigner;
  readonly endorsers: readonly NodeSigner[];
  readonly sets: readonly TestSet[];
  readonly channelId?: string;
  readonly chaincode?: string;
  readonly version?: string;
  readonly nonce?: Uint8Array;
  readonly event?: { name: string; chaincode?: string };
  /** Changes to the finished messages, before the next layer is made of them. */
  readonly tamper?: {
    channelHeader?: (header: common.ChannelHeader) => void;
    signatureHeader?: (header: common.SignatureHeader) => void;
    action?: (action: peer.ChaincodeAction) => void;
    responsePayload?: (payload: peer.ProposalResponsePayload) => void;
    endorsement?: (endorsement: peer.Endorsement) => void;
    transaction?: (transaction: peer.Transaction) => void;
    payload?: (payload: common.Payload) => void;
    envelope?: (envelope: common.Envelope) => void;
  };
}

export interface TestTransaction {
  readonly txId: string;
  readonly envelope: common.Envelope;
  readonly privateSets: ReturnType<typeof encodeSets>['privateSets'];
}

/** An endorsed and signed transaction with the given read-write sets; no chaincode is run. */
export function makeTransaction(options: TestTransactionOptions): TestTransaction {
  const { creator, tamper = {} } = options;
  const nonce = options.nonce ?? randomBytes(24);
  const chaincodeId = new peer.ChaincodeID();
  chaincodeId.setName(options.chaincode ?? 'cc');
  const extension = new peer.ChaincodeHeaderExtension();
  extension.setChaincodeId(chaincodeId);

  const channelHeader = new common.ChannelHeader();
  channelHeader.setType(common.HeaderType.ENDORSER_TRANSACTION);
  channelHeader.setChannelId(options.channelId ?? 'care');
  channelHeader.setTxId(transactionId(nonce, creator.serialized));
  channelHeader.setTimestamp(timestamps.Timestamp.fromDate(new Date()));
  channelHeader.setExtension$(extension.serializeBinary());
  tamper.channelHeader?.(channelHeader);
  const signatureHeader = new common.SignatureHeader();
  signatureHeader.setNonce(nonce);
  signatureHeader.setCreator(creator.serialized);
  tamper.signatureHeader?.(signatureHeader);
  const header = new common.Header();
  header.setChannelHeader(channelHeader.serializeBinary());
  header.setSignatureHeader(signatureHeader.serializeBinary());

  const { results, privateSets } = encodeSets(options.sets);
  const executed = new peer.ChaincodeID();
  executed.setName(options.chaincode ?? 'cc');
  executed.setVersion(options.version ?? '1.0');
  const action = new peer.ChaincodeAction();
  action.setResults(results);
  action.setChaincodeId(executed);
  const response = new peer.Response();
  response.setStatus(200);
  action.setResponse(response);
  if (options.event !== undefined) {
    const event = new peer.ChaincodeEvent();
    event.setChaincodeId(options.event.chaincode ?? options.chaincode ?? 'cc');
    event.setTxId(channelHeader.getTxId());
    event.setEventName(options.event.name);
    action.setEvents(event.serializeBinary());
  }
  tamper.action?.(action);

  const proposalPayload = Buffer.from('proposal');
  const responsePayload = new peer.ProposalResponsePayload();
  responsePayload.setExtension$(action.serializeBinary());
  responsePayload.setProposalHash(
    createHash('sha256')
      .update(header.getChannelHeader_asU8())
      .update(header.getSignatureHeader_asU8())
      .update(proposalPayload)
      .digest(),
  );
  tamper.responsePayload?.(responsePayload);
  const responseBytes = responsePayload.serializeBinary();
  const endorsed = new peer.ChaincodeEndorsedAction();
  endorsed.setProposalResponsePayload(responseBytes);
  endorsed.setEndorsementsList(
    options.endorsers.map((endorser) => {
      const endorsement = new peer.Endorsement();
      endorsement.setEndorser(endorser.serialized);
      endorsement.setSignature(endorser.sign(Buffer.concat([responseBytes, endorser.serialized])));
      tamper.endorsement?.(endorsement);
      return endorsement;
    }),
  );
  const actionPayload = new peer.ChaincodeActionPayload();
  actionPayload.setAction(endorsed);
  actionPayload.setChaincodeProposalPayload(proposalPayload);
  const transactionAction = new peer.TransactionAction();
  transactionAction.setHeader(signatureHeader.serializeBinary());
  transactionAction.setPayload(actionPayload.serializeBinary());
  const transaction = new peer.Transaction();
  transaction.setActionsList([transactionAction]);
  tamper.transaction?.(transaction);

  const payload = new common.Payload();
  payload.setHeader(header);
  payload.setData(transaction.serializeBinary());
  tamper.payload?.(payload);
  const envelope = new common.Envelope();
  envelope.setPayload(payload.serializeBinary());
  envelope.setSignature(creator.sign(envelope.getPayload_asU8()));
  tamper.envelope?.(envelope);
  return { txId: channelHeader.getTxId(), envelope, privateSets };
}
