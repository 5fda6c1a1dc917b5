import { common, peer } from '@hyperledger/fabric-protos';
import { checkAccess } from '../access/index.js';
import { headerHash } from '../blocks/index.js';
import type { ChannelLedger, Channels, CommittedBlock, Identity } from '../parts.js';

/** Fabric's query system chaincode. */
export const QSCC = 'qscc';
export const SYSTEM_CHAINCODES: readonly string[] = [QSCC];

/** Answers GetChainInfo, GetBlockByNumber, GetBlockByHash, GetBlockByTxID and GetTransactionByID. */
export function querySystemChaincode(
  channels: Channels,
  input: peer.ChaincodeInput,
  creator: Identity,
): peer.Response {
  const [name = '', channel = '', argument] = input
    .getArgsList_asU8()
    .map((bytes, index) => (index < 2 ? Buffer.from(bytes).toString('utf8') : bytes));
  const ledger = channels.get(String(channel))?.ledger;
  if (ledger === undefined) return failure(`Invalid chain ID, ${String(channel)}`);
  try {
    checkReader(ledger, creator);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return failure(`access denied for [${String(name)}][${ledger.channelId}]: [${reason}]`);
  }
  const bytes = typeof argument === 'string' ? undefined : argument;
  if (name === 'GetChainInfo') return success(chainInfo(ledger).serializeBinary());
  if (bytes === undefined) return failure(`missing 3rd argument for ${String(name)}`);
  const text = Buffer.from(bytes).toString('utf8');
  switch (name) {
    case 'GetBlockByNumber':
      return blockResponse(/^\d+$/.test(text) ? ledger.block(Number(text)) : undefined, `number ${text}`);
    case 'GetBlockByHash': {
      const number = ledger.blockNumberByHash(bytes);
      return blockResponse(number === undefined ? undefined : ledger.block(number), 'hash');
    }
    case 'GetBlockByTxID': {
      const found = ledger.transaction(text);
      return blockResponse(found === undefined ? undefined : ledger.block(found.block), `txID ${text}`);
    }
    case 'GetTransactionByID':
      return transactionResponse(ledger, text);
    default:
      return failure(`Requested function ${String(name)} not found.`);
  }
}

/** The channel asked about may be another than the proposal's, and know the creator otherwise, or not. */
function checkReader(ledger: ChannelLedger, creator: Identity): void {
  const reader = ledger.msps.deserialize(creator.serialized);
  reader.validate();
  checkAccess(ledger, 'read', reader);
}

function chainInfo(ledger: ChannelLedger): common.BlockchainInfo {
  const info = new common.BlockchainInfo();
  info.setHeight(ledger.height);
  const header = ledger.block(ledger.height - 1)?.block.getHeader();
  if (header !== undefined) {
    info.setCurrentblockhash(headerHash(header));
    info.setPreviousblockhash(header.getPreviousHash_asU8());
  }
  return info;
}

function transactionResponse(ledger: ChannelLedger, txId: string): peer.Response {
  const found = ledger.transaction(txId);
  const data = found && ledger.block(found.block)?.block.getData()?.getDataList_asU8()[found.index];
  if (found === undefined || data === undefined) {
    return failure(`Failed to get transaction with id ${txId}, error no such transaction ID [${txId}]`);
  }
  const processed = new peer.ProcessedTransaction();
  processed.setTransactionenvelope(common.Envelope.deserializeBinary(data));
  processed.setValidationcode(found.code);
  return success(processed.serializeBinary());
}

function blockResponse(found: CommittedBlock | undefined, what: string): peer.Response {
  return found === undefined
    ? failure(`Failed to get block by ${what}, error no such block`)
    : success(found.block.serializeBinary());
}

function success(payload: Uint8Array): peer.Response {
  const response = new peer.Response();
  response.setStatus(200);
  response.setPayload(payload);
  return response;
}

function failure(message: string): peer.Response {
  const response = new peer.Response();
  response.setStatus(500);
  response.setMessage(message);
  return response;
}
