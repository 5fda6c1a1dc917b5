import { peer } from '@hyperledger/fabric-protos';
import {
  chaincodeInput,
  readChaincodeSpec,
  readGetState,
  readPutState,
  writeResponse,
  type ChaincodeSpec,
} from '../wire/index.js';
import { Cursors, historySource, stateSource, TOTAL_LIMIT } from './cursors.js';
import type { StateAccess } from './runtime.js';

const { Type } = peer.ChaincodeMessage;

const { PUT_STATE, DEL_STATE, PURGE_PRIVATE_DATA, PUT_STATE_METADATA } = peer.WriteRecord.Type;

const NOTHING = new Uint8Array(0);

const TYPE_NAMES = new Map<number, string>(Object.entries(Type).map(([name, value]) => [value, name]));

/** Fabric's name of a message type. */
export function messageTypeName(type: number): string {
  return TYPE_NAMES.get(type) ?? String(type);
}

/** Answers what a running chaincode asks of its peer: one message, one answer. */
export class StateRequests {
  readonly #chaincode: string;
  readonly #state: StateAccess;
  readonly #isInit: boolean;
  readonly #cursors = new Cursors();

  /** @param isInit The call is of `Init`, which may not touch private data. */
  constructor(chaincode: string, state: StateAccess, isInit: boolean) {
    this.#chaincode = chaincode;
    this.#state = state;
    this.#isInit = isInit;
  }

  /** True for the types that `answer` knows. */
  static isRequest(type: number): boolean {
    return REQUESTS.has(type);
  }

  /** @throws an error whose message goes to the chaincode. */
  answer(type: number, payload: Uint8Array): Uint8Array | Promise<Uint8Array> {
    switch (type) {
      case Type.GET_STATE: {
        const { collection, key } = readGetState(payload);
        return this.get(collection, key);
      }
      case Type.GET_STATE_MULTIPLE:
        return this.#multiple(peer.GetStateMultiple.deserializeBinary(payload));
      case Type.PUT_STATE: {
        const { collection, key, value } = readPutState(payload);
        this.put(collection, key, value);
        return NOTHING;
      }
      case Type.DEL_STATE:
        return this.#write(DEL_STATE, peer.DelState.deserializeBinary(payload));
      case Type.PURGE_PRIVATE_DATA:
        return this.#write(PURGE_PRIVATE_DATA, peer.DelState.deserializeBinary(payload));
      case Type.WRITE_BATCH_STATE:
        for (const record of peer.WriteBatchState.deserializeBinary(payload).getRecList()) {
          const content = { value: record.getValue_asU8(), metadata: record.getMetadata() };
          this.#write(record.getType(), record, content);
        }
        return NOTHING;
      case Type.GET_PRIVATE_DATA_HASH: {
        const request = peer.GetState.deserializeBinary(payload);
        this.#checkCollection(request.getCollection());
        return this.#state.privateHash(request.getCollection(), request.getKey()) ?? NOTHING;
      }
      case Type.GET_STATE_METADATA:
        return this.#metadata(peer.GetStateMetadata.deserializeBinary(payload));
      case Type.PUT_STATE_METADATA: {
        const request = peer.PutStateMetadata.deserializeBinary(payload);
        return this.#write(PUT_STATE_METADATA, request, { metadata: request.getMetadata() });
      }
      case Type.GET_STATE_BY_RANGE:
        return this.#range(peer.GetStateByRange.deserializeBinary(payload)).serializeBinary();
      case Type.GET_HISTORY_FOR_KEY: {
        const key = peer.GetHistoryForKey.deserializeBinary(payload).getKey();
        return this.#cursors.start(historySource(this.#state.history(key)), TOTAL_LIMIT).serializeBinary();
      }
      case Type.QUERY_STATE_NEXT:
        return this.#cursors.next(peer.QueryStateNext.deserializeBinary(payload).getId()).serializeBinary();
      case Type.QUERY_STATE_CLOSE:
        return this.#cursors.close(peer.QueryStateClose.deserializeBinary(payload).getId()).serializeBinary();
      case Type.GET_QUERY_RESULT:
        return this.#query(peer.GetQueryResult.deserializeBinary(payload));
      case Type.INVOKE_CHAINCODE:
        return this.#invoke(readChaincodeSpec(payload));
      default:
        throw new Error(`cannot handle ${messageTypeName(type)}`);
    }
  }

  /** GET_STATE: empty for a key without a value. @throws an error whose message goes to the chaincode. */
  get(collection: string, key: string): Uint8Array {
    this.#checkCollection(collection);
    return this.#state.get(collection, key) ?? NOTHING;
  }

  /** PUT_STATE. @throws an error whose message goes to the chaincode. */
  put(collection: string, key: string, value: Uint8Array): void {
    this.#checkCollection(collection);
    this.#state.put(collection, key, value);
  }

  #checkCollection(collection: string): void {
    if (collection !== '' && this.#isInit) {
      throw new Error('private data APIs are not allowed in chaincode Init()');
    }
  }

  #write(
    type: number,
    target: { getCollection(): string; getKey(): string },
    content: { value?: Uint8Array; metadata?: peer.StateMetadata } = {},
  ): Uint8Array {
    const collection = target.getCollection();
    const key = target.getKey();
    if (type === PURGE_PRIVATE_DATA && collection === '') throw new Error('only applicable for private data');
    this.#checkCollection(collection);
    switch (type) {
      case PUT_STATE:
        this.#state.put(collection, key, content.value ?? NOTHING);
        return NOTHING;
      case DEL_STATE:
        this.#state.delete(collection, key);
        return NOTHING;
      case PURGE_PRIVATE_DATA:
        this.#state.purge(collection, key);
        return NOTHING;
      case PUT_STATE_METADATA: {
        const { metadata } = content;
        this.#state.putMetadata(
          collection,
          key,
          metadata?.getMetakey() ?? '',
          metadata?.getValue_asU8() ?? NOTHING,
        );
        return NOTHING;
      }
      default:
        throw new Error('unknown operation type');
    }
  }

  #multiple(request: peer.GetStateMultiple): Uint8Array {
    const collection = request.getCollection();
    this.#checkCollection(collection);
    const result = new peer.GetStateMultipleResult();
    result.setValuesList(request.getKeysList().map((key) => this.#state.get(collection, key) ?? NOTHING));
    return result.serializeBinary();
  }

  /** Never answered: the state is no document database. The words are those of Fabric's LevelDB. */
  #query(request: peer.GetQueryResult): never {
    this.#checkCollection(request.getCollection());
    const { pagesize, bookmark } = peer.QueryMetadata.deserializeBinary(
      request.getMetadata_asU8(),
    ).toObject();
    const isPaginated = request.getCollection() === '' && (pagesize !== 0 || bookmark !== '');
    throw new Error(`${isPaginated ? 'ExecuteQueryWithMetadata' : 'ExecuteQuery'} not supported for leveldb`);
  }

  #metadata(request: peer.GetStateMetadata): Uint8Array {
    this.#checkCollection(request.getCollection());
    const result = new peer.StateMetadataResult();
    for (const [name, value] of this.#state.metadata(request.getCollection(), request.getKey())) {
      const entry = new peer.StateMetadata();
      entry.setMetakey(name);
      entry.setValue(value);
      result.addEntries(entry);
    }
    return result.serializeBinary();
  }

  #range(request: peer.GetStateByRange): peer.QueryResponse {
    const collection = request.getCollection();
    this.#checkCollection(collection);
    const wanted = peer.QueryMetadata.deserializeBinary(request.getMetadata_asU8());
    const size = wanted.getPagesize();
    const page = { size, bookmark: wanted.getBookmark() };
    const paginated = collection === '' && (page.size !== 0 || page.bookmark !== '');
    const cursor = this.#state.range(
      collection,
      request.getStartkey(),
      request.getEndkey(),
      paginated ? page : undefined,
    );
    const source = stateSource(this.#chaincode, cursor);
    return paginated
      ? this.#cursors.page(source, cursor, size)
      : this.#cursors.start(source, size > 0 ? size : TOTAL_LIMIT);
  }

  async #invoke({ chaincodeId, input }: ChaincodeSpec): Promise<Uint8Array> {
    const name = chaincodeId?.name ?? '';
    const result = await this.#state.invoke(name, input ?? chaincodeInput([], false));
    const message = new peer.ChaincodeMessage();
    message.setType(Type.COMPLETED);
    message.setPayload(writeResponse(result.response));
    return message.serializeBinary();
  }
}

const REQUESTS: ReadonlySet<number> = new Set<number>([
  Type.GET_STATE,
  Type.PUT_STATE,
  Type.DEL_STATE,
  Type.PURGE_PRIVATE_DATA,
  Type.GET_STATE_MULTIPLE,
  Type.WRITE_BATCH_STATE,
  Type.GET_PRIVATE_DATA_HASH,
  Type.GET_STATE_METADATA,
  Type.PUT_STATE_METADATA,
  Type.GET_STATE_BY_RANGE,
  Type.GET_HISTORY_FOR_KEY,
  Type.QUERY_STATE_NEXT,
  Type.QUERY_STATE_CLOSE,
  Type.GET_QUERY_RESULT,
  Type.INVOKE_CHAINCODE,
]);
