import { common, peer } from '@hyperledger/fabric-protos';
import type { CommittedBlock, CommittedTransaction } from '../parts.js';
import { readChannelHeader, readEnvelope, readPayload } from '../wire/index.js';

/** Transaction ids, verdicts and event names of a block, without any payload. */
export function filteredBlock(channelId: string, { number, block, transactions }: CommittedBlock) {
  const filtered = new peer.FilteredBlock();
  filtered.setChannelId(channelId);
  filtered.setNumber(number);
  const types = (block.getData()?.getDataList_asU8() ?? []).map(envelopeType);
  filtered.setFilteredTransactionsList(
    transactions.map((transaction, index) =>
      filteredTransaction(transaction, types[index] ?? 0, number === 0),
    ),
  );
  return filtered;
}

type HeaderType = common.HeaderTypeMap[keyof common.HeaderTypeMap];

/** MESSAGE where it cannot be read. */
export function envelopeType(envelope: Uint8Array): HeaderType {
  try {
    const { header } = readPayload(readEnvelope(envelope).payload);
    if (header === undefined) return common.HeaderType.MESSAGE;
    return readChannelHeader(header.channelHeader).type as HeaderType;
  } catch {
    return common.HeaderType.MESSAGE;
  }
}

/** A configuration that an orderer has made has no transaction id in its header, and none here. */
function filteredTransaction(
  { txId, code, chaincodeEvent }: CommittedTransaction,
  type: HeaderType,
  isGenesis: boolean,
) {
  const filtered = new peer.FilteredTransaction();
  if (type !== common.HeaderType.CONFIG || isGenesis) filtered.setTxid(txId);
  filtered.setType(type);
  filtered.setTxValidationCode(code);
  if (type === common.HeaderType.ENDORSER_TRANSACTION) {
    const actions = new peer.FilteredTransactionActions();
    if (chaincodeEvent !== undefined) {
      const event = new peer.ChaincodeEvent();
      event.setTxId(chaincodeEvent.getTxId());
      event.setChaincodeId(chaincodeEvent.getChaincodeId());
      event.setEventName(chaincodeEvent.getEventName());
      const action = new peer.FilteredChaincodeAction();
      action.setChaincodeEvent(event);
      actions.addChaincodeActions(action);
    }
    filtered.setTransactionActions(actions);
  }
  return filtered;
}
