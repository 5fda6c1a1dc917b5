import type { ChaincodeStub } from 'fabric-shim';

/** What a call gives back: bytes as they are, nothing as an empty payload, anything else as JSON. */
export type CallResult = Uint8Array | string | number | boolean | object | undefined;
type Call = (
  stub: ChaincodeStub,
  ...parameters: string[]
) => Promise<CallResult> | Promise<void> | CallResult;

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('utf8');
const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
const bytes = (base64Text: string): Buffer => Buffer.from(base64Text, 'base64');

interface Entry {
  readonly key: string;
  readonly value: Uint8Array;
}
interface Results<T> {
  next(): Promise<{ value?: T; done?: boolean }>;
  close(): Promise<unknown>;
}

async function all<T>(results: Results<T>, limit = Number.POSITIVE_INFINITY): Promise<T[]> {
  const found: T[] = [];
  while (found.length < limit) {
    const { value, done } = await results.next();
    if (value === undefined || value === null) break;
    found.push(value);
    if (done === true) break;
  }
  await results.close();
  return found;
}

/** Queries of a collection come wrapped, which the shim's types do not know. */
function resultsOf<T>(answer: Results<T>): Results<T> {
  return (answer as unknown as { iterator?: Results<T> }).iterator ?? answer;
}

const entries = (found: readonly Entry[]): string[][] => found.map(({ key, value }) => [key, text(value)]);

function transient(stub: ChaincodeStub, name: string): Uint8Array {
  const value = stub.getTransient().get(name);
  if (value === undefined) throw new Error(`transient data has no ${name}`);
  return value;
}

const state: Record<string, Call> = {
  get: async (stub, key = '') => stub.getState(key),
  put: (stub, key = '', value = '') => stub.putState(key, Buffer.from(value)),
  putBytes: (stub, key = '', value = '') => stub.putState(key, bytes(value)),
  putSize: (stub, key = '', size = '') => stub.putState(key, Buffer.alloc(Number(size), 0x61)),
  putMany: async (stub, prefix = '', count = '') => {
    for (let i = 0; i < Number(count); i += 1) {
      const number = String(i).padStart(4, '0');
      await stub.putState(`${prefix}${number}`, Buffer.from(number));
    }
  },
  delete: (stub, key = '') => stub.deleteState(key),
  increment: async (stub, key = '') => {
    const next = Number(text(await stub.getState(key)) || '0') + 1;
    await stub.putState(key, Buffer.from(String(next)));
    return next;
  },
  range: async (stub, start = '', end = '') => entries(await all(await stub.getStateByRange(start, end))),
  rangeSome: async (stub, start = '', end = '', limit = '') =>
    entries(await all(await stub.getStateByRange(start, end), Number(limit))),
  page: async (stub, start = '', end = '', size = '', bookmark = '') => {
    const page = await stub.getStateByRangeWithPagination(start, end, Number(size), bookmark);
    // The shim has no metadata for an empty page.
    const { fetchedRecordsCount = 0, bookmark: next = '' } = (page.metadata ?? {}) as Partial<
      typeof page.metadata
    >;
    return { entries: entries(await all(page.iterator)), fetched: fetchedRecordsCount, bookmark: next };
  },
  putComposite: (stub, type = '', attributes = '', value = '') =>
    stub.putState(stub.createCompositeKey(type, JSON.parse(attributes) as string[]), Buffer.from(value)),
  composites: async (stub, type = '', attributes = '') => {
    const found = await all(
      await stub.getStateByPartialCompositeKey(type, JSON.parse(attributes) as string[]),
    );
    return found.map(({ key, value }) => ({ ...stub.splitCompositeKey(key), value: text(value) }));
  },
  compositePage: async (stub, type = '', size = '', bookmark = '') => {
    const page = await stub.getStateByPartialCompositeKeyWithPagination(type, [], Number(size), bookmark);
    const found = await all(page.iterator);
    return {
      attributes: found.map(({ key }) => stub.splitCompositeKey(key).attributes),
      bookmark: page.metadata.bookmark,
    };
  },
  history: async (stub, key = '') =>
    (await all(await stub.getHistoryForKey(key))).map(({ txId, isDelete, value, timestamp }) => ({
      txId,
      isDelete,
      value: text(value),
      seconds: Number(timestamp.seconds),
    })),
  query: async (stub, query = '') => entries(await all(await stub.getQueryResult(query))),
  setPolicy: (stub, key = '', policy = '') => stub.setStateValidationParameter(key, bytes(policy)),
  getPolicy: async (stub, key = '') =>
    base64((await stub.getStateValidationParameter(key)) ?? Buffer.alloc(0)),
};

const privateData: Record<string, Call> = {
  putPrivate: (stub, collection = '', key = '') =>
    stub.putPrivateData(collection, key, transient(stub, 'value')),
  /** The value is a plain argument: for what is no secret. */
  putPrivateValue: (stub, collection = '', key = '', value = '') =>
    stub.putPrivateData(collection, key, Buffer.from(value)),
  getPrivate: async (stub, collection = '', key = '') => stub.getPrivateData(collection, key),
  deletePrivate: (stub, collection = '', key = '') => stub.deletePrivateData(collection, key),
  purgePrivate: (stub, collection = '', key = '') => stub.purgePrivateData(collection, key),
  hashPrivate: async (stub, collection = '', key = '') => stub.getPrivateDataHash(collection, key),
  rangePrivate: async (stub, collection = '', start = '', end = '') =>
    entries(await all(resultsOf(await stub.getPrivateDataByRange(collection, start, end)))),
  setPrivatePolicy: (stub, collection = '', key = '', policy = '') =>
    stub.setPrivateDataValidationParameter(collection, key, bytes(policy)),
  getPrivatePolicy: async (stub, collection = '', key = '') =>
    base64((await stub.getPrivateDataValidationParameter(collection, key)) ?? Buffer.alloc(0)),
  queryPrivate: async (stub, collection = '', query = '') =>
    entries(await all(resultsOf(await stub.getPrivateDataQueryResult(collection, query)))),
};

const transaction: Record<string, Call> = {
  echo: (_stub, ...parameters) => parameters,
  echoBytes: (stub) => Buffer.concat((stub as unknown as { bufferArgs: Uint8Array[] }).bufferArgs.slice(1)),
  fill: (_stub, size = '') => Buffer.alloc(Number(size), 0x7a),
  transient: (stub, name = '') => transient(stub, name),
  transientNames: (stub) => [...stub.getTransient().keys()].sort(),
  context: (stub) => ({
    channel: stub.getChannelID(),
    txId: stub.getTxID(),
    mspId: stub.getCreator().mspid,
    certificate: text(stub.getCreator().idBytes),
    seconds: Number(stub.getTxTimestamp().seconds),
  }),
  binding: (stub) => stub.getBinding(),
  event: (stub, name = '', payload = '') => {
    stub.setEvent(name, Buffer.from(payload));
    return undefined;
  },
  invoke: async (stub, chaincode = '', channel = '', ...parameters) => {
    const { status, message, payload } = await stub.invokeChaincode(chaincode, parameters, channel);
    return { status, message, payload: text(payload ?? Buffer.alloc(0)) };
  },
  random: (stub, key = '') => stub.putState(key, Buffer.from(String(Math.random()))),
  fail: (_stub, message = '') => {
    throw new Error(message);
  },
  exit: () => process.exit(3),
  hang: () => new Promise<never>(() => undefined),
};

/** Every call of the stub that a scenario needs, one function each. */
export const CALLS: Readonly<Record<string, Call>> = { ...state, ...privateData, ...transaction };
