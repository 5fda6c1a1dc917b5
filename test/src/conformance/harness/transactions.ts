import { X509Certificate, verify } from 'node:crypto';
import type { Transaction } from '@hyperledger/fabric-gateway';
import { common, gateway, ledger, msp, peer } from '@hyperledger/fabric-protos';

/** An endorsed transaction, taken apart. */
export interface OpenTransaction {
  readonly envelope: common.Envelope;
  readonly payload: common.Payload;
  readonly channelHeader: common.ChannelHeader;
  readonly signatureHeader: common.SignatureHeader;
  readonly transaction: peer.Transaction;
  readonly actionPayload: peer.ChaincodeActionPayload;
  readonly responsePayload: peer.ProposalResponsePayload;
  readonly chaincodeAction: peer.ChaincodeAction;
  readonly endorsements: readonly peer.Endorsement[];
}

export function openTransaction(envelope: common.Envelope): OpenTransaction {
  const payload = common.Payload.deserializeBinary(envelope.getPayload_asU8());
  const header = payload.getHeader() ?? new common.Header();
  const transaction = peer.Transaction.deserializeBinary(payload.getData_asU8());
  const [action] = transaction.getActionsList();
  const actionPayload = peer.ChaincodeActionPayload.deserializeBinary(
    action?.getPayload_asU8() ?? new Uint8Array(),
  );
  const endorsed = actionPayload.getAction() ?? new peer.ChaincodeEndorsedAction();
  const responsePayload = peer.ProposalResponsePayload.deserializeBinary(
    endorsed.getProposalResponsePayload_asU8(),
  );
  return {
    envelope,
    payload,
    channelHeader: common.ChannelHeader.deserializeBinary(header.getChannelHeader_asU8()),
    signatureHeader: common.SignatureHeader.deserializeBinary(header.getSignatureHeader_asU8()),
    transaction,
    actionPayload,
    responsePayload,
    chaincodeAction: peer.ChaincodeAction.deserializeBinary(responsePayload.getExtension_asU8()),
    endorsements: endorsed.getEndorsementsList(),
  };
}

/** The envelope of what the SDK prepared for signing. */
export function preparedEnvelope(transaction: Transaction): common.Envelope {
  const prepared = gateway.PreparedTransaction.deserializeBinary(transaction.getBytes());
  return prepared.getEnvelope() ?? new common.Envelope();
}

export function mspIdOf(serializedIdentity: Uint8Array): string {
  return msp.SerializedIdentity.deserializeBinary(serializedIdentity).getMspid();
}

/** MSP ids of those who endorsed, sorted. */
export function endorsersOf(transaction: Transaction): string[] {
  return openTransaction(preparedEnvelope(transaction))
    .endorsements.map((endorsement) => mspIdOf(endorsement.getEndorser_asU8()))
    .sort();
}

/** Whether the certificate inside a serialized identity belongs to the key that signed the message. */
export function isSignedBy(identity: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  const pem = msp.SerializedIdentity.deserializeBinary(identity).getIdBytes_asU8();
  return verify('sha256', message, new X509Certificate(Buffer.from(pem)).publicKey, signature);
}

/** What a transaction reads and writes, by chaincode. */
export function readWriteSets(
  chaincodeAction: peer.ChaincodeAction,
): Map<string, ledger.rwset.kvrwset.KVRWSet> {
  const sets = ledger.rwset.TxReadWriteSet.deserializeBinary(chaincodeAction.getResults_asU8());
  return new Map(
    sets
      .getNsRwsetList()
      .map((set) => [
        set.getNamespace(),
        ledger.rwset.kvrwset.KVRWSet.deserializeBinary(set.getRwset_asU8()),
      ]),
  );
}
