import { createHash } from 'node:crypto';
import { common, ledger, msp, peer } from '@hyperledger/fabric-protos';
import { canonicalJson, CHAINCODE_NAME, EVENT_NAME, type Change } from '@medaccord/chaincode/api';
import { blockHeaderHash } from '../read-model/block-header-hash.js';

export interface TestWrite {
  readonly key: string;
  /** Undefined: a delete. */
  readonly value?: object;
  readonly collection?: string;
  /** Delivered in place of the value whose hash is on the chain. */
  readonly forged?: object;
  /** The value is not delivered to this organisation. */
  readonly withheld?: boolean;
}
export interface TestTransaction {
  readonly id: string;
  readonly function?: string;
  readonly changes?: readonly Change[];
  readonly writes?: readonly TestWrite[];
  /** Default: VALID. */
  readonly code?: number;
  readonly msp?: string;
  readonly at?: Date;
}

/** Builds a chain of blocks as a peer delivers them, one after the other. */
export class BlockBuilder {
  #number = 0;
  #previous = '';
  readonly blocks: peer.BlockAndPrivateData[] = [];

  add(...transactions: TestTransaction[]): peer.BlockAndPrivateData {
    const data = new common.BlockData();
    const delivered = new peer.BlockAndPrivateData();
    transactions.forEach((transaction, index) => {
      data.addData(envelope(transaction));
      delivered.getPrivateDataMapMap().set(index, privateSet(transaction.writes ?? []));
    });
    const header = new common.BlockHeader();
    header.setNumber(this.#number++);
    header.setPreviousHash(Buffer.from(this.#previous, 'hex'));
    header.setDataHash(createHash('sha256').update(Buffer.concat(data.getDataList_asU8())).digest());
    this.#previous = blockHeaderHash(header);
    const metadata = new common.BlockMetadata();
    metadata.setMetadataList([
      new Uint8Array(),
      new Uint8Array(),
      Uint8Array.from(transactions.map(({ code }) => code ?? 0)),
    ]);
    const block = new common.Block();
    block.setHeader(header);
    block.setData(data);
    block.setMetadata(metadata);
    delivered.setBlock(block);
    this.blocks.push(delivered);
    return delivered;
  }
}

function envelope(transaction: TestTransaction): Uint8Array {
  const channel = new common.ChannelHeader();
  channel.setType(common.HeaderType.ENDORSER_TRANSACTION);
  channel.setTxId(transaction.id);
  channel.setTimestamp(timestamp(transaction.at ?? new Date('2026-01-01T00:00:00Z')));
  const creator = new msp.SerializedIdentity();
  creator.setMspid(transaction.msp ?? 'HospitalAMSP');
  const signature = new common.SignatureHeader();
  signature.setCreator(creator.serializeBinary());
  const header = new common.Header();
  header.setChannelHeader(channel.serializeBinary());
  header.setSignatureHeader(signature.serializeBinary());
  const payload = new common.Payload();
  payload.setHeader(header);
  payload.setData(action(transaction));
  const result = new common.Envelope();
  result.setPayload(payload.serializeBinary());
  return result.serializeBinary();
}

/** Fabric's time is a google.protobuf.Timestamp, whose class its package does not export: field 1 is the seconds. */
function timestamp(at: Date) {
  let rest = Math.trunc(at.getTime() / 1_000);
  const varint: number[] = [];
  for (; rest > 127; rest = Math.floor(rest / 128)) varint.push((rest % 128) + 128);
  // ChannelHeader's field 3 is the timestamp: a header of nothing else, read back.
  const header = Uint8Array.of(0x1a, varint.length + 2, 0x08, ...varint, rest);
  return common.ChannelHeader.deserializeBinary(header).getTimestamp();
}

function action({ id, function: name, changes, writes }: TestTransaction): Uint8Array {
  const event = new peer.ChaincodeEvent();
  event.setChaincodeId(CHAINCODE_NAME);
  event.setEventName(EVENT_NAME);
  event.setTxId(id);
  event.setPayload(Buffer.from(canonicalJson({ function: name ?? 'test:write', changes: changes ?? [] })));
  const chaincodeAction = new peer.ChaincodeAction();
  chaincodeAction.setEvents(event.serializeBinary());
  chaincodeAction.setResults(results(writes ?? []));
  const response = new peer.ProposalResponsePayload();
  response.setExtension$(chaincodeAction.serializeBinary());
  const endorsed = new peer.ChaincodeEndorsedAction();
  endorsed.setProposalResponsePayload(response.serializeBinary());
  const payload = new peer.ChaincodeActionPayload();
  payload.setAction(endorsed);
  const transactionAction = new peer.TransactionAction();
  transactionAction.setPayload(payload.serializeBinary());
  const transaction = new peer.Transaction();
  transaction.addActions(transactionAction);
  return transaction.serializeBinary();
}

const bytes = (value: object) => Buffer.from(canonicalJson(value));
const sha256 = (value: Uint8Array) => createHash('sha256').update(value).digest();
const { KVRWSet, KVWrite, KVWriteHash, HashedRWSet } = ledger.rwset.kvrwset;

function keyWrite({ key, value }: Pick<TestWrite, 'key' | 'value'>): ledger.rwset.kvrwset.KVWrite {
  const write = new KVWrite();
  write.setKey(key);
  if (value === undefined) write.setIsDelete(true);
  else write.setValue(bytes(value));
  return write;
}

function results(writes: readonly TestWrite[]): Uint8Array {
  const set = new KVRWSet();
  const namespace = new ledger.rwset.NsReadWriteSet();
  namespace.setNamespace(CHAINCODE_NAME);
  for (const write of writes) if (write.collection === undefined) set.addWrites(keyWrite(write));
  namespace.setRwset(set.serializeBinary());
  for (const [name, own] of byCollection(writes)) {
    const hashed = new HashedRWSet();
    for (const { key, value } of own) {
      const write = new KVWriteHash();
      write.setKeyHash(sha256(Buffer.from(key)));
      if (value === undefined) write.setIsPurge(true);
      else write.setValueHash(sha256(bytes(value)));
      hashed.addHashedWrites(write);
    }
    const collection = new ledger.rwset.CollectionHashedReadWriteSet();
    collection.setCollectionName(name);
    collection.setHashedRwset(hashed.serializeBinary());
    namespace.addCollectionHashedRwset(collection);
  }
  const result = new ledger.rwset.TxReadWriteSet();
  result.addNsRwset(namespace);
  return result.serializeBinary();
}

function privateSet(writes: readonly TestWrite[]): ledger.rwset.TxPvtReadWriteSet {
  const namespace = new ledger.rwset.NsPvtReadWriteSet();
  namespace.setNamespace(CHAINCODE_NAME);
  for (const [name, own] of byCollection(writes)) {
    const set = new KVRWSet();
    for (const { key, value, forged, withheld } of own) {
      if (withheld !== true) set.addWrites(keyWrite({ key, value: forged ?? value }));
    }
    const collection = new ledger.rwset.CollectionPvtReadWriteSet();
    collection.setCollectionName(name);
    collection.setRwset(set.serializeBinary());
    namespace.addCollectionPvtRwset(collection);
  }
  const result = new ledger.rwset.TxPvtReadWriteSet();
  result.addNsPvtRwset(namespace);
  return result;
}

function byCollection(writes: readonly TestWrite[]): Map<string, TestWrite[]> {
  const found = new Map<string, TestWrite[]>();
  for (const write of writes) {
    if (write.collection === undefined) continue;
    found.set(write.collection, [...(found.get(write.collection) ?? []), write]);
  }
  return found;
}
