import { createHash } from 'node:crypto';
import type { Contract } from '@hyperledger/fabric-gateway';
import { describe, expect, it } from 'vitest';
import { blockAt } from '../harness/blocks.js';
import {
  evaluate,
  evaluateJson,
  newKey,
  steps,
  submit,
  submitWith,
  textOf,
  type Outcome,
} from '../harness/calls.js';
import { contractOf, firstPeer, gatewayOf, MAIN, network, org1, org2, org3 } from '../harness/clients.js';
import { refusal } from '../harness/refusals.js';
import type { NetworkIdentity, NetworkNode } from '../network.js';
import { soon } from '../harness/soon.js';
import { ASSETS, BRIEF, BRIEF_BLOCKS, OPEN, PAIR, SINGLE, STRICT } from '../harness/standing-chaincodes.js';

const [first, second, third] = network.organisations.map(({ mspId }) => mspId) as [string, string, string];
const assets = contractOf(ASSETS);
const ofSecond = contractOf(ASSETS, org2.identities.client);
const ofThird = contractOf(ASSETS, org3.identities.client);

/** Writes a private value; endorsed by the pair, where nothing else is said. */
async function write(
  collection: string,
  key: string,
  value: string,
  { contract = assets, endorsers = [first, second] }: { contract?: Contract; endorsers?: string[] } = {},
): Promise<Outcome> {
  return submitWith(contract, 'putPrivate', {
    arguments: [collection, key],
    transientData: { value },
    endorsingOrganizations: endorsers,
  });
}

async function writeValid(...parameters: Parameters<typeof write>): Promise<Outcome> {
  const done = await write(...parameters);
  expect(done.code).toBe('VALID');
  return done;
}

/** The refusal of an evaluate, as the endorsing peer words it. */
async function told(call: Promise<unknown>): Promise<string> {
  return (await refusal(call)).message
    .replace('evaluate call to endorser returned error: chaincode response 500, ', '')
    .replace(/transaction ID: [0-9a-f]{64}/, 'transaction ID: <id>')
    .replace(/txid \[[0-9a-f]{64}\]/, 'txid [<id>]');
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
async function hashOf(contract: Contract, collection: string, key: string): Promise<string> {
  const hash = await contract.evaluateTransaction('hashPrivate', collection, key);
  return Buffer.from(hash).toString('hex');
}

describe('a private value', () => {
  it('is read by the members of its collection, each at its own peer', async () => {
    const key = newKey();
    await writeValid(PAIR, key, 'between two');
    expect(await evaluate(assets, 'getPrivate', PAIR, key)).toBe('between two');
    await soon(() => evaluate(ofSecond, 'getPrivate', PAIR, key)).toBe('between two');
  });

  it('is not in the block, its hash is', async () => {
    const key = newKey('secret');
    const { block } = await writeValid(PAIR, key, `value of ${key}`);
    const bytes = Buffer.from((await blockAt(Number(block))).serializeBinary());
    expect(bytes.includes(`value of ${key}`)).toBe(false);
    expect(bytes.includes(Buffer.from(sha256(`value of ${key}`), 'hex'))).toBe(true);
    expect(bytes.includes(Buffer.from(sha256(key), 'hex'))).toBe(true);
  });

  it('has a hash that every organisation reads', async () => {
    const key = newKey();
    await writeValid(PAIR, key, 'hashed');
    for (const contract of [assets, ofSecond, ofThird]) {
      await soon(() => hashOf(contract, PAIR, key)).toBe(sha256('hashed'));
    }
    expect(await hashOf(ofThird, PAIR, newKey())).toBe('');
  });

  it('is refused to readers who are no members, where the collection is for members alone', async () => {
    const key = newKey();
    await writeValid(PAIR, key, 'x');
    const message =
      'GET_STATE failed: transaction ID: <id>: tx creator does not have read access permission on ' +
      `privatedata in chaincodeName:${ASSETS} collectionName: ${PAIR}`;
    expect(await told(ofThird.evaluateTransaction('getPrivate', PAIR, key))).toBe(message);
    const atMember = gatewayOf(org3.identities.client, firstPeer(org1)).getNetwork(MAIN).getContract(ASSETS);
    expect(await told(atMember.evaluateTransaction('getPrivate', PAIR, key))).toBe(message);
  });

  it('is refused to writers who are no members, where the collection is for members alone', async () => {
    const proposal = write(PAIR, newKey(), 'x', { contract: ofThird });
    const refused = await refusal(proposal);
    expect(refused.status).toBe('ABORTED');
    for (const { message } of refused.details) {
      expect(message).toMatch(
        /^chaincode response 500, PUT_STATE failed: transaction ID: [0-9a-f]{64}: tx creator does not have write access permission on privatedata in chaincodeName:assets collectionName: pair$/,
      );
    }
  });

  it('may be read and written by others, where the collection is not for members alone', async () => {
    const key = newKey();
    await writeValid(OPEN, key, 'by a stranger', { contract: ofThird });
    await soon(() => evaluate(assets, 'getPrivate', OPEN, key)).toBe('by a stranger');
    const value = await ofThird.evaluate('getPrivate', {
      arguments: [OPEN, key],
      endorsingOrganizations: [first],
    });
    expect(textOf(value)).toBe('by a stranger');
  });

  it('is not held by the peers of others', async () => {
    const key = newKey();
    await writeValid(OPEN, key, 'held by two');
    const message = await told(
      ofThird.evaluate('getPrivate', { arguments: [OPEN, key], endorsingOrganizations: [third] }),
    );
    expect(message).toMatch(
      /^GET_STATE failed: transaction ID: <id>: private data matching public hash version is not available\. Public hash version = \{BlockNum: \d+, TxNum: \d+\}, Private data version = <nil>$/,
    );
  });

  it('is not there for members where it was never written', async () => {
    expect(await evaluate(assets, 'getPrivate', PAIR, newKey())).toBe('');
  });

  it('is read as it was committed: a transaction does not see its own writes', async () => {
    const key = newKey();
    await writeValid(PAIR, key, 'before');
    const both = steps(['putPrivateValue', PAIR, key, 'after'], ['getPrivate', PAIR, key]);
    expect(await evaluate(assets, 'steps', both)).toBe('before');
  });

  it('of an invalid transaction is never seen', async () => {
    const key = newKey();
    const { code } = await write(STRICT, key, 'x', { endorsers: [first] });
    expect(code).toBe('ENDORSEMENT_POLICY_FAILURE');
    expect(await evaluate(assets, 'getPrivate', STRICT, key)).toBe('');
    expect(await hashOf(assets, STRICT, key)).toBe('');
  });

  it('conflicts as public ones do: MVCC_READ_CONFLICT', async () => {
    const key = newKey();
    await writeValid(PAIR, key, '1');
    const stale = await assets
      .newProposal('steps', {
        arguments: [steps(['getPrivate', PAIR, key], ['putPrivateValue', PAIR, key, '2'])],
        endorsingOrganizations: [first, second],
      })
      .endorse();
    await writeValid(PAIR, key, '3');
    expect((await (await stale.submit()).getStatus()).successful).toBe(false);
    expect(await evaluate(assets, 'getPrivate', PAIR, key)).toBe('3');
  });

  it('and a public one may be written in one transaction', async () => {
    const key = newKey();
    const done = await submitWith(assets, 'steps', {
      arguments: [steps(['putPrivate', PAIR, key], ['put', key, 'public'])],
      transientData: { value: 'private' },
      endorsingOrganizations: [first, second],
    });
    expect(done.code).toBe('VALID');
    expect(await evaluate(assets, 'getPrivate', PAIR, key)).toBe('private');
    expect(await evaluate(ofThird, 'get', key)).toBe('public');
  });

  it('keeps bytes and size', async () => {
    const key = newKey();
    const value = Buffer.alloc(200_000, 0);
    value[7] = 255;
    await submitWith(assets, 'putPrivate', {
      arguments: [PAIR, key],
      transientData: { value },
      endorsingOrganizations: [first, second],
    });
    expect(Buffer.from(await assets.evaluateTransaction('getPrivate', PAIR, key))).toEqual(value);
  });

  it('of another chaincode is another', async () => {
    const key = newKey();
    const collection = `_implicit_org_${first}`;
    const endorsers = [first];
    await writeValid(collection, key, 'of assets', { endorsers });
    expect(await evaluate(contractOf(SINGLE), 'getPrivate', collection, key)).toBe('');
  });
});

describe('a private value that is taken away', () => {
  it('is gone for members, and its hash with it, once deleted', async () => {
    const key = newKey();
    await writeValid(PAIR, key, 'x');
    const done = await submitWith(assets, 'deletePrivate', {
      arguments: [PAIR, key],
      endorsingOrganizations: [first, second],
    });
    expect(done.code).toBe('VALID');
    expect(await evaluate(assets, 'getPrivate', PAIR, key)).toBe('');
    expect(await evaluate(ofSecond, 'getPrivate', PAIR, key)).toBe('');
    await soon(() => hashOf(ofThird, PAIR, key)).toBe('');
    await writeValid(PAIR, key, 'again');
    expect(await evaluate(assets, 'getPrivate', PAIR, key)).toBe('again');
  });

  it('is gone once purged, also from the blocks that members are sent', async () => {
    const key = newKey();
    const { block } = await writeValid(PAIR, key, `purged ${key}`);
    expect(await privateBytes(block)).toContain(`purged ${key}`);
    const done = await submitWith(assets, 'purgePrivate', {
      arguments: [PAIR, key],
      endorsingOrganizations: [first, second],
    });
    expect(done.code).toBe('VALID');
    expect(await evaluate(assets, 'getPrivate', PAIR, key)).toBe('');
    await soon(() => hashOf(ofThird, PAIR, key)).toBe('');
    await expect.poll(() => privateBytes(block)).not.toContain(`purged ${key}`);
  });

  it('may be purged though it was deleted before, or never there', async () => {
    const key = newKey();
    await writeValid(PAIR, key, 'x');
    const options = { arguments: [PAIR, key], endorsingOrganizations: [first, second] };
    expect((await submitWith(assets, 'deletePrivate', options)).code).toBe('VALID');
    expect((await submitWith(assets, 'purgePrivate', options)).code).toBe('VALID');
    const never = { arguments: [PAIR, newKey()], endorsingOrganizations: [first, second] };
    expect((await submitWith(assets, 'purgePrivate', never)).code).toBe('VALID');
  });

  it('may be written anew after a purge', async () => {
    const key = newKey();
    await writeValid(PAIR, key, 'one');
    const options = { arguments: [PAIR, key], endorsingOrganizations: [first, second] };
    await submitWith(assets, 'purgePrivate', options);
    await writeValid(PAIR, key, 'two');
    expect(await evaluate(ofSecond, 'getPrivate', PAIR, key)).toBe('two');
  });

  it('is gone by itself where its collection lets values live for some blocks', async () => {
    const key = newKey();
    const { block } = await writeValid(BRIEF, key, 'short-lived');
    expect(await evaluate(assets, 'getPrivate', BRIEF, key)).toBe('short-lived');
    let last = block;
    while (last <= block + BigInt(BRIEF_BLOCKS)) {
      last = (await submit(contractOf(SINGLE), 'put', newKey(), '1')).block;
    }
    await expect.poll(() => evaluate(assets, 'getPrivate', BRIEF, key)).toBe('');
    expect(await hashOf(ofThird, BRIEF, key)).toBe('');
  });
});

describe('implicit collections', () => {
  const implicit = (mspId: string): string => `_implicit_org_${mspId}`;

  it('are there for every organisation, without being defined', async () => {
    for (const { mspId, identities } of network.organisations) {
      const key = newKey();
      const contract = contractOf(ASSETS, identities.client);
      await writeValid(implicit(mspId), key, mspId, { contract, endorsers: [mspId] });
      expect(await evaluate(contract, 'getPrivate', implicit(mspId), key)).toBe(mspId);
      for (const other of network.organisations) {
        if (other.mspId === mspId) continue;
        const foreign = contractOf(ASSETS, other.identities.client);
        await soon(() => hashOf(foreign, implicit(mspId), key)).toBe(sha256(mspId));
      }
    }
  });

  it('are endorsed by their organisation alone, whatever the chaincode policy says', async () => {
    expect((await write(implicit(second), newKey(), 'x', { endorsers: [second] })).code).toBe('VALID');
    const byOthers = await write(implicit(second), newKey(), 'x', { endorsers: [first, third] });
    expect(byOthers.code).toBe('ENDORSEMENT_POLICY_FAILURE');
  });

  it('are sent with the blocks to whoever may read these, from the peers that hold them', async () => {
    const key = newKey();
    const { block } = await writeValid(implicit(first), key, `mine ${key}`, { endorsers: [first] });
    expect(await privateBytes(block, org2.identities.client, firstPeer(org1))).toContain(`mine ${key}`);
    expect(await privateBytes(block, org2.identities.client, firstPeer(org2))).not.toContain(`mine ${key}`);
  });

  it('are not there for organisations that are not of the channel', async () => {
    const collection = implicit('NobodyMSP');
    expect(await told(assets.evaluateTransaction('getPrivate', collection, 'a'))).toBe(
      'GET_STATE failed: transaction ID: <id>: ' +
        `collection [${collection}] not defined in the collection config for chaincode [${ASSETS}]`,
    );
  });
});

describe('a collection', () => {
  it('has to be defined', async () => {
    expect(await told(assets.evaluateTransaction('getPrivate', 'undefined', 'a'))).toBe(
      `GET_STATE failed: transaction ID: <id>: collection ${MAIN}/${ASSETS}/undefined could not be found`,
    );
    expect(await told(assets.evaluateTransaction('putPrivateValue', 'undefined', 'a', '1'))).toBe(
      `PUT_STATE failed: transaction ID: <id>: collection ${MAIN}/${ASSETS}/undefined could not be found`,
    );
    expect(await told(assets.evaluateTransaction('hashPrivate', 'undefined', 'a'))).toBe(
      'GET_PRIVATE_DATA_HASH failed: transaction ID: <id>: ' +
        `collection [undefined] not defined in the collection config for chaincode [${ASSETS}]`,
    );
  });

  it('with a policy of its own is endorsed by that', async () => {
    expect((await write(STRICT, newKey(), 'x', { endorsers: [first] })).code).toBe(
      'ENDORSEMENT_POLICY_FAILURE',
    );
    expect((await write(STRICT, newKey(), 'x', { endorsers: [first, second] })).code).toBe('VALID');
    expect((await write(PAIR, newKey(), 'x', { endorsers: [second] })).code).toBe('VALID');
  });

  it("without one is endorsed by the chaincode's", async () => {
    expect((await write(OPEN, newKey(), 'x', { endorsers: [first] })).code).toBe(
      'ENDORSEMENT_POLICY_FAILURE',
    );
    expect((await write(OPEN, newKey(), 'x', { endorsers: [second, third] })).code).toBe('VALID');
  });

  it('is listed by ranges of keys, in transactions that write nothing', async () => {
    const prefix = newKey();
    for (const end of ['b', 'a', 'c']) await writeValid(PAIR, prefix + end, end);
    const found = await evaluateJson<[string, string][]>(assets, 'rangePrivate', PAIR, prefix, `${prefix}c`);
    expect(found.map(([, value]) => value)).toEqual(['a', 'b']);
  });

  it('is not listed after a write, and not written after a list', async () => {
    const range = ['rangePrivate', PAIR, 'a', 'b'];
    const put = ['putPrivateValue', PAIR, 'a', '1'];
    expect(await told(assets.evaluateTransaction('steps', steps(put, range)))).toBe(
      'GET_STATE_BY_RANGE failed: transaction ID: <id>: txid [<id>]: unsuppored transaction. ' +
        'Queries on pvt data is supported only in a read-only transaction',
    );
    expect(await told(assets.evaluateTransaction('steps', steps(range, put)))).toBe(
      'PUT_STATE failed: transaction ID: <id>: txid [<id>]: unsuppored transaction. ' +
        'Transaction has already performed queries on pvt data. Writes are not allowed',
    );
  });

  it('has no rich queries on LevelDB', async () => {
    expect(await told(assets.evaluateTransaction('queryPrivate', PAIR, '{"selector":{}}'))).toBe(
      'GET_QUERY_RESULT failed: transaction ID: <id>: ExecuteQuery not supported for leveldb',
    );
  });
});

/** A block with its private data, as the first organisation is sent it, as text. */
/** A block with the private data that somebody is sent, by the own peer or by another one. */
async function privateBytes(
  startBlock: bigint,
  identity: NetworkIdentity = org1.identities.client,
  at?: NetworkNode,
): Promise<string> {
  const events = await gatewayOf(identity, at).getNetwork(MAIN).getBlockAndPrivateDataEvents({ startBlock });
  try {
    for await (const event of events) {
      return textOf(event.serializeBinary());
    }
  } finally {
    events.close();
  }
  return '';
}
