import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { peer } from '@hyperledger/fabric-protos';
import { describe, expect, it } from 'vitest';
import { readProposal } from '../endorser/index.js';
import { serializeIdentity } from '../identity/index.js';
import { signedProposal } from '../testing/proposals.js';
import { chaincodeInput, type Response } from '../wire/index.js';
import { InProcessRuntime } from './in-process-runtime.js';
import type { ChaincodeTransaction, StateAccess, StateCursor, StateEntry } from './runtime.js';
import { loadShimLibrary } from './shim-library.js';
import type { ShimStub } from './shim-stub.js';

const shim = loadShimLibrary(fileURLToPath(new URL('../../bench/contract/', import.meta.url)));
const signer = {
  mspId: 'AMSP',
  endpoint: '',
  serialized: serializeIdentity('AMSP', 'a certificate'),
  sign: () => Buffer.from('signature'),
};

const signed = signedProposal(signer, 'care', 'cc', 'one', 'two');
const proposal = readProposal({
  proposalBytes: signed.getProposalBytes_asU8(),
  signature: signed.getSignature_asU8(),
});

/** The part of the shim's stub that these contracts use. */
interface Stub {
  getState(key: unknown): Promise<Buffer>;
  putState(key: unknown, value: Uint8Array | string): Promise<unknown>;
  deleteState(key: string): Promise<unknown>;
  getPrivateData(collection: string, key: string): Promise<Buffer>;
  getStateByRange(from: string, to: string): AsyncIterable<{ key: string; value: Buffer }>;
  invokeChaincode(name: string, args: string[]): Promise<{ status: number; payload: Buffer }>;
  setEvent(name: string, payload: Uint8Array): void;
  getArgs(): string[];
  getTxID(): string;
}
/** The part that tells of the proposal. */
interface ProposalStub {
  getArgs(): string[];
  getBufferArgs(): Buffer[];
  getCreator(): { mspid: string; idBytes: Uint8Array };
  getDateTimestamp(): Date;
  getTxTimestamp(): object;
  getBinding(): string;
  getSignedProposal(): object;
  getTransient(): Map<string, Buffer>;
}
type Work = (stub: Stub) => Promise<unknown>;

const answered = (payload = ''): object => ({ status: 200, payload: Buffer.from(payload) });
const runtimeOf = (work: Work, timeoutMs?: number): InProcessRuntime => {
  const call = work as unknown as (stub: ShimStub) => Promise<object>;
  return new InProcessRuntime(shim, { contractImplementations: {}, Init: call, Invoke: call }, timeoutMs);
};
const transactionOf = (
  state: Partial<StateAccess>,
  parts: Partial<ChaincodeTransaction> = {},
): ChaincodeTransaction => {
  const input = chaincodeInput([Buffer.from('one'), Buffer.from('two')], false);
  return {
    ...{ channelId: 'care', txId: 'transaction', chaincode: 'cc', isInit: false, input },
    proposal,
    state: state as StateAccess,
    ...parts,
  };
};
const run = async (work: Work, state: Partial<StateAccess> = {}) =>
  runtimeOf(work).execute(transactionOf(state));
const textOf = ({ payload }: Response): string => Buffer.from(payload).toString();

/** A state that writes down what it is asked, in order. */
function recorded(entries: Record<string, string> = {}) {
  const asked: string[] = [];
  const state: Partial<StateAccess> = {
    get(collection, key) {
      asked.push(`get ${collection}/${key}`);
      const value = entries[key];
      return value === undefined ? undefined : Buffer.from(value);
    },
    put(collection, key, value) {
      asked.push(`put ${collection}/${key} ${Buffer.from(value).toString()}`);
    },
    delete(collection, key) {
      asked.push(`delete ${collection}/${key}`);
    },
    range(collection, start, end): StateCursor {
      asked.push(`range ${collection}/${start}-${end}`);
      const rest = Object.entries(entries).map(([key, value]): StateEntry => ({
        key,
        value: Buffer.from(value),
      }));
      return { next: () => rest.shift(), bookmark: () => '' };
    },
    invoke(chaincode) {
      const response = { status: 200, message: '', payload: Buffer.from(`of ${chaincode}`) };
      return Promise.resolve({ response, event: undefined });
    },
  };
  return { asked, state };
}

describe('a contract that runs in the process', () => {
  it('gets its arguments, and its response and event come back', async () => {
    const { response, event } = await run((stub) => {
      stub.setEvent('done', Buffer.from('all'));
      return Promise.resolve(answered(`${stub.getTxID()} ${stub.getArgs().join(' ')}`));
    });
    expect(response.status).toBe(200);
    expect(textOf(response)).toBe('transaction one two');
    expect(event?.getEventName()).toBe('done');
  });

  it('reads and writes the state, with copies of its own', async () => {
    const { asked, state } = recorded({ a: 'of a' });
    const { response } = await run(async (stub) => {
      const read = await stub.getState('a');
      const text = read.toString();
      read.fill(0);
      const value = Buffer.from('one');
      const put = stub.putState('b', value);
      value.fill(0);
      await put;
      await stub.putState('c', 'text');
      await stub.getPrivateData('pair', 'p');
      await stub.deleteState('d');
      return answered(`${text}, ${String((await stub.getState('none')).length)}`);
    }, state);
    expect(textOf(response)).toBe('of a, 0');
    expect(asked).toEqual(['get /a', 'put /b one', 'put /c text', 'get pair/p', 'delete /d', 'get /none']);
  });

  it('is answered in the order in which it asks, whatever it asks for', async () => {
    const { asked, state } = recorded({ a: '1', b: '2' });
    await run(async (stub) => {
      const all = async (): Promise<string[]> => {
        const keys: string[] = [];
        for await (const { key } of stub.getStateByRange('a', 'z')) keys.push(key);
        return keys;
      };
      const [keys] = await Promise.all([
        all(),
        stub.deleteState('x'),
        stub.putState('y', '3'),
        stub.getState('a'),
      ]);
      expect(keys).toEqual(['a', 'b']);
      return answered();
    }, state);
    expect(asked).toEqual(['range /a-z', 'delete /x', 'put /y 3', 'get /a']);
  });

  it('asks for what is no key as protobuf has it', async () => {
    const { asked, state } = recorded();
    await run(async (stub) => {
      await stub.getState(7);
      await stub.getState(undefined);
      return answered();
    }, state);
    expect(asked).toEqual(['get /', 'get /']);
  });

  it('calls another chaincode', async () => {
    const { response } = await run(async (stub) => {
      const { status, payload } = await stub.invokeChaincode('other', ['f']);
      return answered(`${String(status)} ${payload.toString()}`);
    }, recorded().state);
    expect(textOf(response)).toBe('200 of other');
  });

  it('hears the peer’s refusals in Fabric’s words', async () => {
    const refusing = () => {
      throw new Error('not allowed');
    };
    await run(
      async (stub) => {
        await expect(stub.getState('a')).rejects.toThrow(
          'GET_STATE failed: transaction ID: transaction: not allowed',
        );
        await expect(stub.putState('a', '1')).rejects.toThrow(
          'PUT_STATE failed: transaction ID: transaction: not allowed',
        );
        await expect(stub.deleteState('a')).rejects.toThrow(
          'DEL_STATE failed: transaction ID: transaction: not allowed',
        );
        return answered();
      },
      { get: refusing, put: refusing, delete: refusing },
    );
  });

  it('is asked for private data in vain in Init', async () => {
    const work: Work = async (stub) => {
      await expect(stub.getPrivateData('pair', 'p')).rejects.toThrow(
        'private data APIs are not allowed in chaincode Init()',
      );
      return answered();
    };
    await runtimeOf(work).execute(transactionOf({}, { isInit: true }));
  });

  it('that goes on after its answer changes nothing', async () => {
    const { asked, state } = recorded();
    let late: Promise<unknown> = Promise.resolve();
    await run((stub) => {
      late = new Promise(setImmediate).then(() => stub.putState('late', '1'));
      return Promise.resolve(answered());
    }, state);
    await expect(late).rejects.toThrow('PUT_STATE failed: transaction ID: transaction: no ledger context');
    expect(asked).toEqual([]);
  });

  it('that answers nothing has failed, in the shim’s words', async () => {
    const { response } = await run(() => Promise.resolve(undefined));
    expect([response.status, response.message]).toEqual([
      500,
      '[care-transact] Calling chaincode Invoke() has not called success or error.',
    ]);
  });

  it('is not run where the shim cannot make a stub of its transaction', async () => {
    const broken = { ...proposal, creator: Buffer.from('ff', 'hex') };
    const running = runtimeOf(() => Promise.resolve(answered())).execute(
      transactionOf({}, { proposal: broken }),
    );
    await expect(running).rejects.toMatchObject({
      code: 'BAD_ANSWER',
      message: expect.stringContaining('transaction returned with failure: RangeError') as string,
    });
  });

  it('reads of its proposal what the shim’s own stub reads', async () => {
    const transient = new Map([['secret', Buffer.from('1')]]);
    const of: { stub?: ProposalStub } = {};
    await runtimeOf((stub) => {
      of.stub = stub as unknown as ProposalStub;
      return Promise.resolve(answered());
    }).execute(transactionOf({}, { proposal: { ...proposal, transient } }));
    const { ChaincodeStub } = createRequire(import.meta.url)('fabric-shim') as {
      ChaincodeStub: new (...parameters: unknown[]) => ProposalStub;
    };
    const input = new peer.ChaincodeInput();
    input.setArgsList([Buffer.from('one'), Buffer.from('two')]);
    const stock = new ChaincodeStub({}, 'care', 'transaction', input, signed);
    const { stub } = of;
    expect(stub?.getCreator()).toEqual(stock.getCreator());
    expect(stub?.getArgs()).toEqual(stock.getArgs());
    expect(stub?.getBufferArgs()).toEqual(stock.getBufferArgs());
    expect(stub?.getDateTimestamp()).toEqual(stock.getDateTimestamp());
    expect(stub?.getTxTimestamp()).toEqual(stock.getTxTimestamp());
    expect(stub?.getBinding()).toBe(stock.getBinding());
    expect(stub?.getSignedProposal()).toEqual(stock.getSignedProposal());
    expect(stub?.getTransient()).toEqual(transient);
    expect(stub?.getTransient()).not.toBe(transient);
  });

  it('that never answers is given up', async () => {
    const silent = runtimeOf(() => new Promise(() => undefined), 1);
    await expect(silent.execute(transactionOf({}))).rejects.toMatchObject({ code: 'TIMEOUT' });
    // Of what is thrown and is no error, a shim that is a service tells nobody.

    const throwing = runtimeOf(() => Promise.reject(undefined), 1);
    await expect(throwing.execute(transactionOf({}))).rejects.toMatchObject({ code: 'TIMEOUT' });
  });

  it('runs a transaction once at a time, and none when its peer is gone', async () => {
    const runtime = runtimeOf(() => new Promise(() => undefined));
    const first = runtime.execute(transactionOf({}));
    await expect(runtime.execute(transactionOf({}))).rejects.toThrow('txid: transaction(care) exists');
    await runtime.close();
    await expect(first).rejects.toThrow('chaincode stream terminated');
    await expect(runtime.execute(transactionOf({}))).rejects.toThrow('chaincode stream terminated');
  });
});
