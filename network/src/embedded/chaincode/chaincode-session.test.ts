import { peer } from '@hyperledger/fabric-protos';
import protobuf from 'google-protobuf';
import { describe, expect, it } from 'vitest';
import {
  chaincodeInput,
  NOTHING,
  readChaincodeMessage,
  writeChaincodeMessage,
  type ChaincodeMessage,
} from '../wire/index.js';
import { ChaincodeSession, type MessageStream } from './chaincode-session.js';
import type { ChaincodeTransaction, StateAccess } from './runtime.js';

const { Type } = peer.ChaincodeMessage;

/** A shim that the test plays itself. */
class Shim implements MessageStream {
  readonly received: peer.ChaincodeMessage[] = [];
  cancelled: string | undefined;
  ended: string | undefined;
  readonly session: ChaincodeSession;
  #listener: (message: ChaincodeMessage) => void = () => undefined;

  constructor(onRegister: (id: string) => void = () => undefined) {
    this.session = new ChaincodeSession(this, {
      executeTimeoutMs: 60_000,
      onRegister,
      onEnd: (reason) => {
        this.ended = reason;
      },
    });
  }

  write(message: ChaincodeMessage): void {
    this.received.push(peer.ChaincodeMessage.deserializeBinary(writeChaincodeMessage(message)));
  }
  cancel(reason: string): void {
    this.cancelled = reason;
  }
  onMessage(listener: (message: ChaincodeMessage) => void): void {
    this.#listener = listener;
  }
  onEnd(): void {
    // The test ends it by the session alone.
  }

  send(type: number, payload: Uint8Array = new Uint8Array(), txId = 'tx'): peer.ChaincodeMessage | undefined {
    const message = new peer.ChaincodeMessage();
    message.setType(type as 1);
    message.setPayload(payload);
    message.setTxid(txId);
    message.setChannelId('care');
    this.#listener(readChaincodeMessage(message.serializeBinary()));
    return this.received.at(-1);
  }

  register(name = 'cc:1'): this {
    const id = new peer.ChaincodeID();
    id.setName(name);
    this.send(Type.REGISTER, id.serializeBinary());
    return this;
  }
}

/** Only what a test gives; everything else fails it. */
const stateOf = (parts: Partial<StateAccess>): StateAccess => parts as StateAccess;

const transaction = (state: StateAccess, isInit = false): ChaincodeTransaction => ({
  channelId: 'care',
  txId: 'tx',
  chaincode: 'cc',
  isInit,
  input: chaincodeInput([], false),
  proposal: {
    signedProposal: { proposalBytes: NOTHING, signature: NOTHING },
    creator: NOTHING,
    timestamp: undefined,
    transient: new Map(),
  },
  state,
});
const textOf = (message: peer.ChaincodeMessage | undefined): string =>
  Buffer.from(message?.getPayload_asU8() ?? []).toString('utf8');

describe('a shim’s stream', () => {
  it('is told at READY that the peer takes batches', () => {
    const shim = new Shim().register();
    expect(shim.session.isReady).toBe(true);
    expect(shim.received.map((message) => message.getType())).toEqual([Type.REGISTERED, Type.READY]);
    const reader = new protobuf.BinaryReader(shim.received[1]?.getPayload_asU8() ?? new Uint8Array());
    const fields: Record<number, number> = {};
    while (reader.nextField()) fields[reader.getFieldNumber()] = reader.readUint32();
    expect(fields).toEqual({ 1: 1, 2: 1_000, 3: 1, 4: 1_000 });
  });

  it.each([
    ['something else first', (shim: Shim) => shim.send(Type.GET_STATE), 'while in created state'],
    ['no name', (shim: Shim) => shim.register(''), 'chaincodeID name is empty'],
    ['what a peer would send', (shim: Shim) => shim.register().send(Type.READY), 'while in ready state'],
    ['garbage as a registration', (shim: Shim) => shim.send(Type.REGISTER, Buffer.from([255, 255])), ''],
  ])('is ended by %s', (_what, act, reason) => {
    const shim = new Shim();
    act(shim);
    expect(shim.ended).toContain(reason);
    expect(shim.cancelled).toBe(shim.ended);
    expect(shim.session.isReady).toBe(false);
  });

  it('is ended where the chaincode is not welcome', () => {
    const shim = new Shim((id) => {
      throw new Error(`duplicate chaincodeID: ${id}`);
    }).register();
    expect(shim.ended).toBe('duplicate chaincodeID: cc:1');
    expect(shim.received).toEqual([]);
  });

  it('that ends fails what is under way, and nothing twice', async () => {
    const shim = new Shim().register();
    const running = shim.session.execute(transaction(stateOf({})));
    expect(() => shim.session.execute(transaction(stateOf({})))).toThrow('txid: tx(care) exists');
    shim.session.end('gone');
    shim.session.end('gone again');
    await expect(running).rejects.toThrow('error sending: chaincode stream terminated');
    expect(shim.ended).toBe('gone');
  });

  it('answers garbage as a response with Fabric’s words', async () => {
    const shim = new Shim().register();
    const running = shim.session.execute(transaction(stateOf({})));
    shim.send(Type.COMPLETED, Buffer.from([0xff, 0xff, 0xff]));
    await expect(running).rejects.toThrow('failed to unmarshal response for transaction tx');
    const second = shim.session.execute(transaction(stateOf({})));
    shim.send(Type.ERROR, Buffer.from('as it said'));
    await expect(second).rejects.toThrow('transaction returned with failure: as it said');
  });

  it('without a transaction gets an error for what it asks', () => {
    const shim = new Shim().register();
    const answer = shim.send(Type.GET_STATE, new peer.GetState().serializeBinary(), 'unknown');
    expect(answer?.getType()).toBe(Type.ERROR);
    expect(textOf(answer)).toBe('GET_STATE failed: transaction ID: unknown: no ledger context');
  });
});

describe('a running chaincode', () => {
  const running = (state: Partial<StateAccess>, isInit = false): Shim => {
    const shim = new Shim().register();
    shim.session.execute(transaction(stateOf(state), isInit)).catch(() => undefined);
    return shim;
  };

  it('is sent INIT or TRANSACTION with its transaction', () => {
    expect(running({}).received.at(-1)?.getType()).toBe(Type.TRANSACTION);
    expect(running({}, true).received.at(-1)?.getType()).toBe(Type.INIT);
  });

  it('reads several keys at once', () => {
    const request = new peer.GetStateMultiple();
    request.setKeysList(['a', 'none', 'b']);
    const shim = running({
      get: (_collection, key) => (key === 'none' ? undefined : Buffer.from(`value of ${key}`)),
    });
    const answer = shim.send(Type.GET_STATE_MULTIPLE, request.serializeBinary());
    const values = peer.GetStateMultipleResult.deserializeBinary(
      answer?.getPayload_asU8() ?? new Uint8Array(),
    );
    expect(values.getValuesList_asU8().map((bytes) => Buffer.from(bytes).toString())).toEqual([
      'value of a',
      '',
      'value of b',
    ]);
  });

  it('writes a batch in its order', () => {
    const done: string[] = [];
    const batch = new peer.WriteBatchState();
    const { PUT_STATE, DEL_STATE, PUT_STATE_METADATA, PURGE_PRIVATE_DATA } = peer.WriteRecord.Type;
    const record = (type: 9 | 10 | 21 | 23, collection: string, key: string): peer.WriteRecord => {
      const one = batch.addRec();
      one.setType(type);
      one.setCollection(collection);
      one.setKey(key);
      return one;
    };
    record(PUT_STATE, '', 'a').setValue(Buffer.from('1'));
    record(DEL_STATE, '', 'b');
    record(PURGE_PRIVATE_DATA, 'secret', 'c');
    const metadata = new peer.StateMetadata();
    metadata.setMetakey('VALIDATION_PARAMETER');
    record(PUT_STATE_METADATA, '', 'd').setMetadata(metadata);
    const shim = running({
      put: (_collection, key, value) => done.push(`put ${key}=${Buffer.from(value).toString()}`),
      delete: (_collection, key) => done.push(`delete ${key}`),
      purge: (collection, key) => done.push(`purge ${collection}/${key}`),
      putMetadata: (_collection, key, name) => done.push(`metadata ${key} ${name}`),
    });
    expect(shim.send(Type.WRITE_BATCH_STATE, batch.serializeBinary())?.getType()).toBe(Type.RESPONSE);
    expect(done).toEqual(['put a=1', 'delete b', 'purge secret/c', 'metadata d VALIDATION_PARAMETER']);
    record(0 as 9, '', 'e');
    expect(textOf(shim.send(Type.WRITE_BATCH_STATE, batch.serializeBinary()))).toContain(
      'unknown operation type',
    );
  });

  it('sees no private data in Init', () => {
    const request = new peer.GetState();
    request.setCollection('secret');
    const shim = running({ get: () => Buffer.from('never') }, true);
    expect(textOf(shim.send(Type.GET_STATE, request.serializeBinary()))).toContain(
      'private data APIs are not allowed in chaincode Init()',
    );
  });

  it('has its rich queries refused as by LevelDB', () => {
    const shim = running({});
    const query = new peer.GetQueryResult();
    query.setQuery('{}');
    expect(textOf(shim.send(Type.GET_QUERY_RESULT, query.serializeBinary()))).toContain(
      'ExecuteQuery not supported for leveldb',
    );
    const page = new peer.QueryMetadata();
    page.setPagesize(3);
    query.setMetadata(page.serializeBinary());
    expect(textOf(shim.send(Type.GET_QUERY_RESULT, query.serializeBinary()))).toContain(
      'ExecuteQueryWithMetadata not supported for leveldb',
    );
  });
});
