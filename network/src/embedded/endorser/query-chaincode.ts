import { common, peer } from '@hyperledger/fabric-protos';
import { AccessError, checkAccess } from '../access/index.js';
import { headerHash } from '../blocks/index.js';
import { IdentityError } from '../identity/index.js';
import type { ChannelLedger, Channels, CommittedBlock, Identity } from '../parts.js';
import { blockNotHere, transactionNotHere } from './not-here.js';
import { failure, success, type SystemCall, type SystemChaincode } from './system-chaincode.js';
import type { Response } from '../wire/index.js';

const NEWEST = 2n ** 64n - 1n;

/**
 * Fabric's query system chaincode: GetChainInfo, GetBlockByNumber, GetBlockByHash, GetBlockByTxID and
 * GetTransactionByID of the channel that the second argument names.
 * @param channels Those that the peer has joined.
 */
export function querySystemChaincode(channels: Channels): SystemChaincode {
  return { name: 'qscc', invoke: (call) => Promise.resolve(query(call, channels)) };
}

function query({ args, creator, proposed }: SystemCall, channels: Channels): Response {
  if (args.length < 2) return failure(`Incorrect number of arguments, ${String(args.length)}`);
  const [name = '', channelId = ''] = args.map((bytes) => Buffer.from(bytes).toString('utf8'));
  if (proposed !== 'qscc') {
    return failure(
      'Rejecting invoke of QSCC from another chaincode because of potential for deadlocks, ' +
        `original invocation for '${proposed}'`,
    );
  }
  const ledger = channels.get(channelId)?.ledger;
  if (ledger === undefined) return failure(`Invalid chain ID, ${channelId}`);
  const argument = args[2];
  if (name !== 'GetChainInfo' && argument === undefined) return failure(`missing 3rd argument for ${name}`);
  const denial = denialOf(ledger, `qscc/${name}`, creator);
  if (denial !== undefined) return failure(`access denied for [${name}][${channelId}]: [${denial}]`);
  return answer(name, argument ?? new Uint8Array(), ledger);
}

function answer(name: string, argument: Uint8Array, ledger: ChannelLedger): Response {
  const text = Buffer.from(argument).toString('utf8');
  switch (name) {
    case 'GetChainInfo':
      return success(chainInfo(ledger).serializeBinary());
    case 'GetBlockByNumber':
      return blockByNumber(ledger, text);
    case 'GetBlockByHash': {
      const number = ledger.blockNumberByHash(argument);
      const hex = Buffer.from(argument).toString('hex');
      return blockResponse(
        number === undefined ? undefined : ledger.block(number),
        `block hash ${text}, error no such block hash [${hex}] in index`,
      );
    }
    case 'GetBlockByTxID': {
      const found = ledger.transaction(text);
      return blockResponse(
        found === undefined ? undefined : ledger.block(found.block),
        `block for txID ${text}, error ${transactionNotHere(ledger, text, found !== undefined)}`,
      );
    }
    case 'GetTransactionByID':
      return transactionResponse(ledger, text);
    default:
      return failure(`Requested function ${name} not found.`);
  }
}

/** Fabric reads an unsigned number of 64 bits; the greatest one stands for the newest block. */
function blockByNumber(ledger: ChannelLedger, text: string): Response {
  const isNumber = /^\d+$/.test(text);
  if (!isNumber || BigInt(text) > NEWEST) {
    const reason = isNumber ? 'value out of range' : 'invalid syntax';
    return failure(`Failed to parse block number with error strconv.ParseUint: parsing "${text}": ${reason}`);
  }
  const wanted = BigInt(text);
  const number = wanted === NEWEST ? ledger.height - 1 : Number(wanted);
  return blockResponse(
    ledger.block(number),
    `block number ${String(wanted)}, error ${blockNotHere(ledger, number)}`,
  );
}

/**
 * Why somebody may not have a resource of a channel (`qscc/GetChainInfo`), in Fabric's words. The channel asked about may be another than the
 * proposal's, and know the creator otherwise, or not.
 */
export function denialOf(ledger: ChannelLedger, resource: string, creator: Identity): string | undefined {
  try {
    const reader = ledger.msps.deserialize(creator.serialized);
    reader.validate();
    checkAccess(ledger, resource, reader);
    return undefined;
  } catch (error) {
    if (error instanceof AccessError || error instanceof IdentityError) return error.message;
    throw error;
  }
}

function chainInfo(ledger: ChannelLedger): common.BlockchainInfo {
  const info = new common.BlockchainInfo();
  info.setHeight(ledger.height);
  const header = ledger.block(ledger.height - 1)?.block.getHeader();
  if (header !== undefined) {
    info.setCurrentblockhash(headerHash(header));
    info.setPreviousblockhash(header.getPreviousHash_asU8());
  }
  if (ledger.begunFrom !== undefined) {
    const { lastBlock, lastBlockHash, previousBlockHash } = ledger.begunFrom;
    const snapshot = new common.BootstrappingSnapshotInfo();
    snapshot.setLastblockinsnapshot(lastBlock);
    info.setBootstrappingsnapshotinfo(snapshot);
    if (header === undefined) {
      info.setCurrentblockhash(lastBlockHash);
      info.setPreviousblockhash(previousBlockHash);
    }
  }
  return info;
}

function transactionResponse(ledger: ChannelLedger, txId: string): Response {
  const found = ledger.transaction(txId);
  const data = found && ledger.block(found.block)?.block.getData()?.getDataList_asU8()[found.index];
  if (found === undefined || data === undefined) {
    const reason = transactionNotHere(ledger, txId, found !== undefined);
    return failure(`Failed to get transaction with id ${txId}, error ${reason}`);
  }
  const processed = new peer.ProcessedTransaction();
  processed.setTransactionenvelope(common.Envelope.deserializeBinary(data));
  processed.setValidationcode(found.code);
  return success(processed.serializeBinary());
}

function blockResponse(found: CommittedBlock | undefined, what: string): Response {
  return found === undefined ? failure(`Failed to get ${what}`) : success(found.block.serializeBinary());
}
