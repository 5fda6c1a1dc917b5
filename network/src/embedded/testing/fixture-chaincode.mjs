import { randomUUID } from 'node:crypto';
import { parentPort, workerData } from 'node:worker_threads';
import shim from 'fabric-shim';

/*
 * A chaincode for tests under the real shim. It runs in a worker: the shim brings its own copy of the protobuf
 * classes, which register themselves globally, so that two copies in one global scope break each other. Plain
 * JavaScript, because Node starts it without the test runner.
 */

async function all(iterator, text) {
  const found = [];
  for (;;) {
    const { value, done } = await iterator.next();
    if (done || value === undefined || value === null) break;
    found.push(text(value));
  }
  await iterator.close();
  return found;
}

const entryText = ({ key, value }) => `${key}=${Buffer.from(value).toString()}`;

function secret(stub) {
  const value = stub.getTransient().get('value');
  if (value === undefined) throw new Error('transient value is missing');
  return value;
}

/** Every call of the stub that the embedded ledger answers, one function each. */
const HANDLERS = {
  put: (stub, key = '', value = '') => stub.putState(key, Buffer.from(value)),
  get: async (stub, key = '') => Buffer.from(await stub.getState(key)).toString(),
  delete: (stub, key = '') => stub.deleteState(key),
  putGet: async (stub, key = '', value = '') => {
    await stub.putState(key, Buffer.from(value));
    return Buffer.from(await stub.getState(key)).toString();
  },
  increment: async (stub, key = '') => {
    const before = Number(Buffer.from(await stub.getState(key)).toString() || '0');
    await stub.putState(key, Buffer.from(String(before + 1)));
    return before + 1;
  },
  putAll: async (stub, prefix = '', count = '') => {
    for (let i = 0; i < Number(count); i += 1) {
      const number = String(i).padStart(4, '0');
      await stub.putState(`${prefix}${number}`, Buffer.from(number));
    }
  },
  range: async (stub, start = '', end = '') => all(await stub.getStateByRange(start, end), entryText),
  count: async (stub, start = '', end = '', into = '') => {
    const { length } = await all(await stub.getStateByRange(start, end), entryText);
    await stub.putState(into, Buffer.from(String(length)));
  },
  page: async (stub, start = '', end = '', size = '', bookmark = '') => {
    const page = await stub.getStateByRangeWithPagination(start, end, Number(size), bookmark);
    return {
      entries: await all(page.iterator, entryText),
      bookmark: page.metadata.bookmark,
      fetched: page.metadata.fetchedRecordsCount,
    };
  },
  pageAndPut: async (stub, start = '', end = '') => {
    await stub.getStateByRangeWithPagination(start, end, 1, '');
    await stub.putState('x', Buffer.from('x'));
  },
  history: async (stub, key = '') =>
    all(await stub.getHistoryForKey(key), ({ value, isDelete, txId }) =>
      isDelete ? `${txId}:deleted` : `${txId}:${Buffer.from(value).toString()}`,
    ),
  query: (stub) => stub.getQueryResult('{"selector":{}}'),
  setPolicy: (stub, key = '', policy = '') =>
    stub.setStateValidationParameter(key, Buffer.from(policy, 'base64')),
  putWithPolicy: async (stub, key = '', value = '', policy = '') => {
    await stub.putState(key, Buffer.from(value));
    await stub.setStateValidationParameter(key, Buffer.from(policy, 'base64'));
  },
  getPolicy: async (stub, key = '') =>
    Buffer.from((await stub.getStateValidationParameter(key)) ?? '').toString('base64'),
  putPrivate: (stub, collection = '', key = '') => stub.putPrivateData(collection, key, secret(stub)),
  putPrivateAndPublic: async (stub, collection = '', key = '') => {
    await stub.putPrivateData(collection, key, secret(stub));
    await stub.putState(key, Buffer.from('public'));
  },
  getPrivate: async (stub, collection = '', key = '') =>
    Buffer.from(await stub.getPrivateData(collection, key)).toString(),
  privateHash: async (stub, collection = '', key = '') =>
    Buffer.from(await stub.getPrivateDataHash(collection, key)).toString('hex'),
  deletePrivate: (stub, collection = '', key = '') => stub.deletePrivateData(collection, key),
  purge: (stub, collection = '', key = '') => stub.purgePrivateData(collection, key),
  rangePrivate: async (stub, collection = '', start = '', end = '') =>
    all((await stub.getPrivateDataByRange(collection, start, end)).iterator, entryText),
  rangePrivateAndPut: async (stub, collection = '') => {
    await all((await stub.getPrivateDataByRange(collection, 'a', 'z')).iterator, entryText);
    await stub.putState('x', Buffer.from('x'));
  },
  event: async (stub, key = '', name = '', payload = '') => {
    await stub.putState(key, Buffer.from(payload));
    stub.setEvent('overwritten', Buffer.from('first'));
    stub.setEvent(name, Buffer.from(payload));
  },
  random: (stub, key = '') => stub.putState(key, Buffer.from(randomUUID())),
  fail: () => Promise.reject(new Error('MEDACCORD:REFUSED:as asked')),
  invoke: async (stub, chaincode = '', ...parameters) => {
    const { status, payload, message } = await stub.invokeChaincode(chaincode, parameters, '');
    return { status, message, payload: Buffer.from(payload).toString('base64') };
  },
  invokeAt: async (stub, channel = '', chaincode = '', ...parameters) => {
    const { status, payload, message } = await stub.invokeChaincode(chaincode, parameters, channel);
    return { status, message, payload: Buffer.from(payload).toString() };
  },
  hang: () => {
    parentPort.postMessage('hanging');
    return new Promise(() => undefined);
  },
  creator: async (stub) => Promise.resolve(stub.getCreator().mspid),
};

class Fixture {
  /** `Init` with arguments may be called where a definition requires it; it does what `Invoke` would. */
  async Init(stub) {
    return stub.getArgs().length === 0 ? shim.success() : this.Invoke(stub);
  }

  async Invoke(stub) {
    const { fcn, params } = stub.getFunctionAndParameters();
    try {
      const handler = HANDLERS[fcn];
      if (handler === undefined) throw new Error(`no function ${fcn}`);
      const result = await handler(stub, ...params);
      if (result === undefined || result instanceof Uint8Array) return shim.success();
      return shim.success(Buffer.from(typeof result === 'string' ? result : JSON.stringify(result)));
    } catch (error) {
      return shim.error(error instanceof Error ? error.message : String(error));
    }
  }
}

const { ccid, address } = workerData;
// Without an address it dials the peer that its arguments name, as chaincode does that only calls `start`.
if (address === undefined) shim.start(new Fixture());
else await shim.server(new Fixture(), { ccid, address }).start();
parentPort.postMessage('serving');
