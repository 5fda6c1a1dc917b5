import { createHash } from 'node:crypto';
import { common, ledger, msp, peer } from '@hyperledger/fabric-protos';
import { EVENT_NAME, type ChangeSet } from '@medaccord/chaincode/api';
import { blockHeaderHash } from './block-header-hash.js';
import {
  ProjectionError,
  type LedgerBlock,
  type LedgerTransaction,
  type LedgerWrite,
} from './ledger-block.js';

const VALID = 0;
const TRANSACTIONS_FILTER = 2;
type PrivateSet = ledger.rwset.TxPvtReadWriteSet;

/**
 * Decodes a block with this organisation's private data, for one chaincode. Private values are taken only from
 * valid transactions and only where their SHA-256 is the one on the chain.
 * @throws ProjectionError BLOCK_MALFORMED or PRIVATE_HASH_MISMATCH.
 */
export function decodeBlock(delivered: peer.BlockAndPrivateData, chaincode: string): LedgerBlock {
  const block = delivered.getBlock();
  const header = block?.getHeader();
  if (block === undefined || header === undefined) {
    throw new ProjectionError('BLOCK_MALFORMED', 'a delivered block has no header');
  }
  const number = header.getNumber();
  const codes = block.getMetadata()?.getMetadataList_asU8()[TRANSACTIONS_FILTER] ?? new Uint8Array();
  const privateSets = delivered.getPrivateDataMapMap();
  const transactions: LedgerTransaction[] = [];
  const envelopes = block.getData()?.getDataList_asU8() ?? [];
  try {
    envelopes.forEach((bytes, index) => {
      const code = codes[index] ?? peer.TxValidationCode.NOT_VALIDATED;
      const transaction = decodeTransaction(bytes, index, code, chaincode, privateSets.get(index));
      if (transaction !== undefined) transactions.push(transaction);
    });
  } catch (error) {
    if (error instanceof ProjectionError) throw new ProjectionError(error.code, error.message, number);
    throw new ProjectionError('BLOCK_MALFORMED', `block ${number} does not decode`, number);
  }
  return {
    number,
    hash: blockHeaderHash(header),
    previousHash: Buffer.from(header.getPreviousHash_asU8()).toString('hex'),
    transactions,
  };
}

/** Undefined for what is no endorsed transaction of a readable form (configuration, rubbish that was ordered). */
function decodeTransaction(
  bytes: Uint8Array,
  index: number,
  code: number,
  chaincode: string,
  privateSet: PrivateSet | undefined,
): LedgerTransaction | undefined {
  let head: { payload: common.Payload; channel: common.ChannelHeader; creatorMsp: string };
  try {
    head = decodeHead(bytes);
  } catch (error) {
    // An orderer takes envelopes that no peer can read; such a one is never valid.
    if (code !== VALID) return undefined;
    throw error;
  }
  const { payload, channel, creatorMsp } = head;
  if (channel.getType() !== common.HeaderType.ENDORSER_TRANSACTION || channel.getTxId() === '')
    return undefined;
  const base = { index, id: channel.getTxId(), code, creatorMsp, at: instant(channel) };
  if (code !== VALID) return { ...base, writes: [] };
  const action = chaincodeAction(payload.getData_asU8());
  const changeSet = eventOf(action, chaincode);
  const writes = writesOf(action, chaincode, privateSet);
  return changeSet === undefined ? { ...base, writes } : { ...base, changeSet, writes };
}

function decodeHead(bytes: Uint8Array) {
  const envelope = common.Envelope.deserializeBinary(bytes);
  const payload = common.Payload.deserializeBinary(envelope.getPayload_asU8());
  const header = payload.getHeader();
  const channel = common.ChannelHeader.deserializeBinary(header?.getChannelHeader_asU8() ?? new Uint8Array());
  const signature = common.SignatureHeader.deserializeBinary(
    header?.getSignatureHeader_asU8() ?? new Uint8Array(),
  );
  const creator = msp.SerializedIdentity.deserializeBinary(signature.getCreator_asU8());
  return { payload, channel, creatorMsp: creator.getMspid() };
}

function instant(channel: common.ChannelHeader): string {
  const stamp = channel.getTimestamp();
  const milliseconds = (stamp?.getSeconds() ?? 0) * 1_000 + Math.trunc((stamp?.getNanos() ?? 0) / 1e6);
  const date = new Date(milliseconds);
  // An invalid transaction's timestamp may be any 64-bit number.
  return Number.isNaN(date.getTime()) || Math.abs(milliseconds) > 8e12
    ? new Date(0).toISOString()
    : date.toISOString();
}

function chaincodeAction(data: Uint8Array): peer.ChaincodeAction {
  const transaction = peer.Transaction.deserializeBinary(data);
  const payload = peer.ChaincodeActionPayload.deserializeBinary(
    transaction.getActionsList()[0]?.getPayload_asU8() ?? new Uint8Array(),
  );
  const response = peer.ProposalResponsePayload.deserializeBinary(
    payload.getAction()?.getProposalResponsePayload_asU8() ?? new Uint8Array(),
  );
  return peer.ChaincodeAction.deserializeBinary(response.getExtension_asU8());
}

function eventOf(action: peer.ChaincodeAction, chaincode: string): ChangeSet | undefined {
  const event = peer.ChaincodeEvent.deserializeBinary(action.getEvents_asU8());
  if (event.getChaincodeId() !== chaincode || event.getEventName() !== EVENT_NAME) return undefined;
  return JSON.parse(Buffer.from(event.getPayload_asU8()).toString('utf8')) as ChangeSet;
}

function writesOf(
  action: peer.ChaincodeAction,
  chaincode: string,
  privateSet: PrivateSet | undefined,
): LedgerWrite[] {
  const results = ledger.rwset.TxReadWriteSet.deserializeBinary(action.getResults_asU8());
  const writes: LedgerWrite[] = [];
  for (const namespace of results.getNsRwsetList()) {
    if (namespace.getNamespace() !== chaincode) continue;
    const set = ledger.rwset.kvrwset.KVRWSet.deserializeBinary(namespace.getRwset_asU8());
    for (const write of set.getWritesList()) {
      const deleted = write.getIsDelete();
      const keyHash = sha256(Buffer.from(write.getKey(), 'utf8'));
      writes.push(deleted ? { keyHash, deleted } : { keyHash, deleted, value: write.getValue_asU8() });
    }
    for (const collection of namespace.getCollectionHashedRwsetList()) {
      const name = collection.getCollectionName();
      writes.push(...privateWrites(name, collection, privateValues(privateSet, chaincode, name)));
    }
  }
  return writes;
}

/** Values of one collection by the hash of their key. */
function privateValues(set: PrivateSet | undefined, chaincode: string, collection: string) {
  const values = new Map<string, Uint8Array>();
  for (const namespace of set?.getNsPvtRwsetList() ?? []) {
    if (namespace.getNamespace() !== chaincode) continue;
    for (const part of namespace.getCollectionPvtRwsetList()) {
      if (part.getCollectionName() !== collection) continue;
      const writes = ledger.rwset.kvrwset.KVRWSet.deserializeBinary(part.getRwset_asU8()).getWritesList();
      for (const write of writes) {
        if (!write.getIsDelete())
          values.set(sha256(Buffer.from(write.getKey(), 'utf8')), write.getValue_asU8());
      }
    }
  }
  return values;
}

function privateWrites(
  collection: string,
  hashed: ledger.rwset.CollectionHashedReadWriteSet,
  values: ReadonlyMap<string, Uint8Array>,
): LedgerWrite[] {
  const set = ledger.rwset.kvrwset.HashedRWSet.deserializeBinary(hashed.getHashedRwset_asU8());
  return set.getHashedWritesList().map((write) => {
    const keyHash = Buffer.from(write.getKeyHash_asU8()).toString('hex');
    if (write.getIsDelete() || write.getIsPurge()) return { collection, keyHash, deleted: true };
    const value = values.get(keyHash);
    if (value === undefined) return { collection, keyHash, deleted: false };
    if (sha256(value) !== Buffer.from(write.getValueHash_asU8()).toString('hex')) {
      throw new ProjectionError(
        'PRIVATE_HASH_MISMATCH',
        `a private value of ${collection} is not what the chain says`,
      );
    }
    return { collection, keyHash, deleted: false, value };
  });
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}
