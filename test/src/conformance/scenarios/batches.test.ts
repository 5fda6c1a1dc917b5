import { peer } from '@hyperledger/fabric-protos';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { evaluate, newKey, outcome, submit, textOf } from '../harness/calls.js';
import { freeAddress } from '../harness/free-ports.js';
import { contractOf, deploy, network, org1, org2 } from '../harness/clients.js';
import { refusal } from '../harness/refusals.js';
import { about, answer, RogueChaincode, type Behaviour } from '../harness/rogue-chaincode.js';
import { openTransaction, preparedEnvelope, readWriteSets } from '../harness/transactions.js';

/** Shims of today's Go ask for several keys at once; this one does nothing else. */
const NAME = 'batches';
const COLLECTION = 'pair';
const { GetStateMultiple, GetStateMultipleResult, WriteBatchState, WriteRecord, ChaincodeMessage } = peer;
const { PUT_STATE, DEL_STATE, PUT_STATE_METADATA, PURGE_PRIVATE_DATA } = WriteRecord.Type;

interface Write {
  readonly type: peer.WriteRecord.TypeMap[keyof peer.WriteRecord.TypeMap];
  readonly key: string;
  readonly value?: string;
  readonly collection?: string;
}

const chaincode = new RogueChaincode();
const contract = contractOf(NAME);
const [first, second] = [org1.mspId, org2.mspId];

beforeAll(async () => {
  const address = await freeAddress();
  await deploy({
    name: NAME,
    version: '1.0',
    sequence: 1,
    policy: `OR(${network.organisations.map(({ mspId }) => `'${mspId}.peer'`).join(', ')})`,
    collections: [
      {
        name: COLLECTION,
        policy: `OR('${first}.member', '${second}.member')`,
        memberOnlyRead: true,
        memberOnlyWrite: true,
        blockToLive: 0,
        requiredPeerCount: 0,
        maxPeerCount: 1,
        endorsementPolicy: `OR('${first}.peer', '${second}.peer')`,
      },
    ],
    address,
    serve: (packageId) => chaincode.serve(packageId, address),
  });
});
afterAll(() => {
  chaincode.close();
});

/** Asks for the keys and answers with their values as JSON, or with the peer's words. */
function reading(keys: readonly string[], collection = ''): Behaviour {
  return (stream, transaction) => {
    const request = new GetStateMultiple();
    request.setKeysList([...keys]);
    request.setCollection(collection);
    const asked = about(transaction, 'GET_STATE_MULTIPLE', request.serializeBinary());
    void chaincode.ask(stream, asked).then((reply) => {
      if (reply.getType() === ChaincodeMessage.Type.ERROR) {
        answer(500, textOf(reply.getPayload_asU8()))(stream, transaction);
        return;
      }
      const values = GetStateMultipleResult.deserializeBinary(reply.getPayload_asU8()).getValuesList_asU8();
      answer(200, JSON.stringify(values.map(textOf)))(stream, transaction);
    });
  };
}

function writing(...writes: readonly Write[]): Behaviour {
  return (stream, transaction) => {
    const batch = new WriteBatchState();
    for (const { type, key, value = '', collection = '' } of writes) {
      const record = batch.addRec();
      record.setType(type);
      record.setKey(key);
      record.setCollection(collection);
      if (type === PUT_STATE_METADATA) {
        const metadata = new peer.StateMetadata();
        metadata.setMetakey('VALIDATION_PARAMETER');
        metadata.setValue(Buffer.from(value, 'base64'));
        record.setMetadata(metadata);
      } else record.setValue(Buffer.from(value));
    }
    const asked = about(transaction, 'WRITE_BATCH_STATE', batch.serializeBinary());
    void chaincode.ask(stream, asked).then((reply) => {
      const failed = reply.getType() === ChaincodeMessage.Type.ERROR;
      answer(failed ? 500 : 200, textOf(reply.getPayload_asU8()))(stream, transaction);
    });
  };
}

async function write(...writes: readonly Write[]): Promise<void> {
  chaincode.behaviour = writing(...writes);
  expect((await submit(contract, 'write')).code).toBe('VALID');
}

async function read(keys: readonly string[], collection = ''): Promise<string[]> {
  chaincode.behaviour = reading(keys, collection);
  return JSON.parse(await evaluate(contract, 'read')) as string[];
}

/** What the peer says of what the chaincode asked. */
async function refused(behaviour: Behaviour): Promise<string> {
  chaincode.behaviour = behaviour;
  const { details, message } = await refusal(contract.evaluateTransaction('refused'));
  return details[0]?.message ?? message;
}

// One behaviour at a time: the scenarios of this file go one after the other.
describe('a chaincode that asks for several things at once', () => {
  it('is told at READY that it may, and for how many', () => {
    // protos.ChaincodeAdditionalParams: write batches and multiple reads, of up to 1,000 each.
    expect(Buffer.from(chaincode.readyWith).toString('hex')).toBe('080110e807180120e807');
  });

  it('has a batch of writes in one transaction, each as if it had been sent by itself', async () => {
    const [a, b] = [newKey(), newKey()];
    await write({ type: PUT_STATE, key: a, value: '1' }, { type: PUT_STATE, key: b, value: '2' });
    expect(await read([a, b])).toEqual(['1', '2']);
  });

  it('has the last write of a key count', async () => {
    const [a, b] = [newKey(), newKey()];
    await write(
      { type: PUT_STATE, key: a, value: 'first' },
      { type: PUT_STATE, key: b, value: 'kept not' },
      { type: PUT_STATE, key: a, value: 'last' },
      { type: DEL_STATE, key: b },
    );
    expect(await read([a, b])).toEqual(['last', '']);
  });

  it('reads in the order of the keys, nothing where there is none, one twice where it asks twice', async () => {
    const [a, b] = [newKey(), newKey()];
    await write({ type: PUT_STATE, key: a, value: '1' }, { type: PUT_STATE, key: b, value: '2' });
    expect(await read([b, newKey(), a, b])).toEqual(['2', '', '1', '2']);
    expect(await read([])).toEqual([]);
  });

  it('has every key that it read in its read set: a change of one is a conflict', async () => {
    const [a, b, absent] = [newKey(), newKey(), newKey()].sort() as [string, string, string];
    await write({ type: PUT_STATE, key: a, value: '1' }, { type: PUT_STATE, key: b, value: '2' });
    chaincode.behaviour = reading([a, b, absent]);
    const transaction = await contract.newProposal('read').endorse();
    const { chaincodeAction } = openTransaction(preparedEnvelope(transaction));
    const reads = readWriteSets(chaincodeAction).get(NAME)?.getReadsList() ?? [];
    expect(reads.map((entry) => entry.getKey())).toEqual([a, b, absent]);
    await write({ type: PUT_STATE, key: absent, value: 'meanwhile' });
    expect((await outcome(await transaction.submit())).code).toBe('MVCC_READ_CONFLICT');
  });

  it('writes and reads private values likewise', async () => {
    const [a, b] = [newKey(), newKey()];
    const collection = COLLECTION;
    await write(
      { type: PUT_STATE, key: a, value: 'secret', collection },
      { type: PUT_STATE, key: b, value: 'public' },
    );
    expect(await read([a, b], collection)).toEqual(['secret', '']);
    expect(await read([a, b])).toEqual(['', 'public']);
    await write({ type: PURGE_PRIVATE_DATA, key: a, collection });
    expect(await read([a], collection)).toEqual(['']);
  });

  it('sets validation parameters in a batch too', async () => {
    const key = newKey();
    await write({ type: PUT_STATE, key, value: '1' });
    const policy = Buffer.from('no policy').toString('base64');
    chaincode.behaviour = writing({ type: PUT_STATE_METADATA, key, value: policy });
    const transaction = await contract.newProposal('write').endorse();
    const { chaincodeAction } = openTransaction(preparedEnvelope(transaction));
    const [metadata] = readWriteSets(chaincodeAction).get(NAME)?.getMetadataWritesList() ?? [];
    expect(metadata?.getKey()).toBe(key);
    expect(metadata?.getEntriesList().map((entry) => entry.getName())).toEqual(['VALIDATION_PARAMETER']);
  });

  it('takes an empty key for a key: only the shims refuse it', async () => {
    await write({ type: PUT_STATE, key: '', value: 'nameless' });
    expect(await read([''])).toEqual(['nameless']);
    await write({ type: DEL_STATE, key: '' });
    expect(await read([''])).toEqual(['']);
  });

  it('is refused the whole batch for one write that cannot be', async () => {
    const key = newKey();
    const good: Write = { type: PUT_STATE, key, value: '1' };
    expect(await refused(writing(good, { type: PURGE_PRIVATE_DATA, key }))).toContain(
      'only applicable for private data',
    );
    expect(await refused(writing(good, { type: 0 as typeof PUT_STATE, key }))).toContain(
      'unknown operation type',
    );
    expect(await read([key])).toEqual(['']);
  });

  it('is refused a collection that is not there', async () => {
    expect(await refused(reading([newKey()], 'nowhere'))).toContain('nowhere');
    expect(await refused(writing({ type: PUT_STATE, key: newKey(), collection: 'nowhere' }))).toContain(
      'nowhere',
    );
  });
});
