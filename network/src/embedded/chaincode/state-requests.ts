import { peer } from '@hyperledger/fabric-protos';
import { Cursors, historySource, stateSource, TOTAL_LIMIT } from './cursors.js';
import type { StateAccess } from './runtime.js';

const { Type } = peer.ChaincodeMessage;
type MessageType = peer.ChaincodeMessage.TypeMap[keyof peer.ChaincodeMessage.TypeMap];

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
  readonly #cursors = new Cursors();

  constructor(chaincode: string, state: StateAccess) {
    this.#chaincode = chaincode;
    this.#state = state;
  }

  /** True for the types that `answer` knows. */
  static isRequest(type: MessageType): boolean {
    return REQUESTS.has(type);
  }

  /** @throws an error whose message goes to the chaincode. */
  answer(type: MessageType, payload: Uint8Array): Uint8Array | Promise<Uint8Array> {
    switch (type) {
      case Type.GET_STATE: {
        const request = peer.GetState.deserializeBinary(payload);
        return this.#state.get(request.getCollection(), request.getKey()) ?? NOTHING;
      }
      case Type.PUT_STATE: {
        const request = peer.PutState.deserializeBinary(payload);
        this.#state.put(request.getCollection(), request.getKey(), request.getValue_asU8());
        return NOTHING;
      }
      case Type.DEL_STATE: {
        const request = peer.DelState.deserializeBinary(payload);
        this.#state.delete(request.getCollection(), request.getKey());
        return NOTHING;
      }
      case Type.PURGE_PRIVATE_DATA: {
        const request = peer.DelState.deserializeBinary(payload);
        if (request.getCollection() === '') throw new Error('only applicable for private data');
        this.#state.purge(request.getCollection(), request.getKey());
        return NOTHING;
      }
      case Type.GET_PRIVATE_DATA_HASH: {
        const request = peer.GetState.deserializeBinary(payload);
        return this.#state.privateHash(request.getCollection(), request.getKey()) ?? NOTHING;
      }
      case Type.GET_STATE_METADATA:
        return this.#metadata(peer.GetStateMetadata.deserializeBinary(payload));
      case Type.PUT_STATE_METADATA: {
        const request = peer.PutStateMetadata.deserializeBinary(payload);
        const entry = request.getMetadata();
        if (entry === undefined) throw new Error('metadata is missing');
        this.#state.putMetadata(
          request.getCollection(),
          request.getKey(),
          entry.getMetakey(),
          entry.getValue_asU8(),
        );
        return NOTHING;
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
        throw new Error('ExecuteQuery not supported for leveldb');
      case Type.INVOKE_CHAINCODE:
        return this.#invoke(peer.ChaincodeSpec.deserializeBinary(payload));
      default:
        throw new Error(`cannot handle ${messageTypeName(type)}`);
    }
  }

  #metadata(request: peer.GetStateMetadata): Uint8Array {
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

  async #invoke(spec: peer.ChaincodeSpec): Promise<Uint8Array> {
    const name = spec.getChaincodeId()?.getName() ?? '';
    const result = await this.#state.invoke(name, spec.getInput() ?? new peer.ChaincodeInput());
    const message = new peer.ChaincodeMessage();
    message.setType(Type.COMPLETED);
    message.setPayload(result.response.serializeBinary());
    return message.serializeBinary();
  }
}

const REQUESTS: ReadonlySet<MessageType> = new Set<MessageType>([
  Type.GET_STATE,
  Type.PUT_STATE,
  Type.DEL_STATE,
  Type.PURGE_PRIVATE_DATA,
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
