import { common, peer } from '@hyperledger/fabric-protos';
import { describe, expect, it } from 'vitest';
import { evaluate, newKey, steps, submit } from '../harness/calls.js';
import { contractOf, org1, org2, org3 } from '../harness/clients.js';
import { verdictOn, type MadeTransaction } from '../harness/made-transactions.js';
import { ASSETS, EVERY, PAIR, SINGLE } from '../harness/standing-chaincodes.js';

const [first, second, third] = [org1, org2, org3].map(({ identities }) => identities.endorser) as [
  MadeTransaction['endorsers'][number],
  MadeTransaction['endorsers'][number],
  MadeTransaction['endorsers'][number],
];
const single = contractOf(SINGLE);

/** A transaction of `single`, which one endorsement makes valid, that writes one key. */
function writing(key: string, more: Partial<MadeTransaction> = {}): MadeTransaction {
  return {
    chaincode: SINGLE,
    sets: [{ chaincode: SINGLE, writes: [{ key, value: 'made up' }] }],
    endorsers: [first],
    ...more,
  };
}

describe('a transaction made by hand', () => {
  it('is valid where all of it is right: the ledger does not ask who ran the chaincode', async () => {
    const key = newKey();
    expect(await verdictOn(writing(key))).toBe('VALID');
    expect(await evaluate(single, 'get', key)).toBe('made up');
  });

  it('changes nothing where it is invalid', async () => {
    const key = newKey();
    expect(await verdictOn(writing(key, { endorsers: [] }))).toBe('ENDORSEMENT_POLICY_FAILURE');
    expect(await evaluate(single, 'get', key)).toBe('');
  });

  it('is BAD_PROPOSAL_TXID where its id is made up', async () => {
    const made = 'c0ffee'.repeat(10) + process.hrtime.bigint().toString(16).padStart(4, '0').slice(-4);
    const verdict = await verdictOn(
      writing(newKey(), { change: { headers: ({ channelHeader }) => channelHeader.setTxId(made) } }),
    );
    expect(verdict).toBe('BAD_PROPOSAL_TXID');
  });

  it('is BAD_COMMON_HEADER where its type is unknown to peers', async () => {
    const verdict = await verdictOn(
      writing(newKey(), {
        change: {
          headers: ({ channelHeader }) => channelHeader.setType(common.HeaderType.DELIVER_SEEK_INFO),
        },
      }),
    );
    expect(verdict).toBe('BAD_COMMON_HEADER');
  });

  it('is BAD_COMMON_HEADER where its epoch is not 0', async () => {
    const verdict = await verdictOn(
      writing(newKey(), { change: { headers: ({ channelHeader }) => channelHeader.setEpoch(7) } }),
    );
    expect(verdict).toBe('BAD_COMMON_HEADER');
  });

  it('is INVALID_ENDORSER_TRANSACTION where the endorsed proposal is another', async () => {
    const verdict = await verdictOn(
      writing(newKey(), {
        change: { response: (payload) => payload.setProposalHash(Buffer.alloc(32, 1)) },
      }),
    );
    expect(verdict).toBe('INVALID_ENDORSER_TRANSACTION');
  });

  it('is INVALID_ENDORSER_TRANSACTION with two actions', async () => {
    const verdict = await verdictOn(
      writing(newKey(), {
        change: {
          transaction: (transaction) => {
            const [action] = transaction.getActionsList();
            transaction.setActionsList([action, action] as peer.TransactionAction[]);
          },
        },
      }),
    );
    expect(verdict).toBe('INVALID_ENDORSER_TRANSACTION');
  });

  it('is INVALID_ENDORSER_TRANSACTION without an action', async () => {
    const verdict = await verdictOn(
      writing(newKey(), { change: { transaction: (transaction) => transaction.setActionsList([]) } }),
    );
    expect(verdict).toBe('INVALID_ENDORSER_TRANSACTION');
  });

  it('is INVALID_ENDORSER_TRANSACTION where its content cannot be decoded', async () => {
    const verdict = await verdictOn(
      writing(newKey(), {
        change: { payload: (payload) => payload.setData(Buffer.from('ffffffff', 'hex')) },
      }),
    );
    expect(verdict).toBe('INVALID_ENDORSER_TRANSACTION');
  });

  it('is BAD_RESPONSE_PAYLOAD where the result cannot be decoded', async () => {
    const verdict = await verdictOn(
      writing(newKey(), {
        change: { response: (payload) => payload.setExtension$(Buffer.from('ffffffff', 'hex')) },
      }),
    );
    expect(verdict).toBe('BAD_RESPONSE_PAYLOAD');
  });

  it('is BAD_RWSET where reads and writes cannot be decoded', async () => {
    const verdict = await verdictOn(
      writing(newKey(), {
        change: { action: (action) => action.setResults(Buffer.from('ffffffff', 'hex')) },
      }),
    );
    expect(verdict).toBe('BAD_RWSET');
  });

  it('is INVALID_CHAINCODE where proposal and result name different chaincodes', async () => {
    const verdict = await verdictOn(
      writing(newKey(), {
        change: { action: (action) => action.getChaincodeId()?.setName(ASSETS) },
      }),
    );
    expect(verdict).toBe('INVALID_CHAINCODE');
  });

  it('is INVALID_CHAINCODE where the result names no version', async () => {
    expect(await verdictOn(writing(newKey(), { version: '' }))).toBe('INVALID_CHAINCODE');
  });

  it('is INVALID_CHAINCODE where the chaincode is not there', async () => {
    const verdict = await verdictOn({
      chaincode: 'nothing',
      sets: [{ chaincode: 'nothing', writes: [{ key: 'a', value: '1' }] }],
      endorsers: [first, second, third],
    });
    expect(verdict).toBe('INVALID_CHAINCODE');
  });

  it('is INVALID_CHAINCODE where it writes to the state of a chaincode that is not there', async () => {
    const verdict = await verdictOn(
      writing(newKey(), { sets: [{ chaincode: 'nothing', writes: [{ key: 'a', value: '1' }] }] }),
    );
    expect(verdict).toBe('INVALID_CHAINCODE');
  });

  it('is INVALID_OTHER_REASON where the result names no chaincode at all', async () => {
    const verdict = await verdictOn(
      writing(newKey(), { change: { action: (action) => action.setChaincodeId(undefined) } }),
    );
    expect(verdict).toBe('INVALID_OTHER_REASON');
  });

  it("is INVALID_OTHER_REASON where its event is another chaincode's", async () => {
    const verdict = await verdictOn(
      writing(newKey(), {
        change: {
          action: (action) => {
            const event = new peer.ChaincodeEvent();
            event.setChaincodeId(ASSETS);
            event.setEventName('borrowed');
            action.setEvents(event.serializeBinary());
          },
        },
      }),
    );
    expect(verdict).toBe('INVALID_OTHER_REASON');
  });

  it('is ILLEGAL_WRITESET where a chaincode occurs twice', async () => {
    const verdict = await verdictOn(
      writing(newKey(), {
        sets: [
          { chaincode: SINGLE, writes: [{ key: newKey(), value: '1' }] },
          { chaincode: SINGLE, writes: [{ key: newKey(), value: '2' }] },
        ],
      }),
    );
    expect(verdict).toBe('ILLEGAL_WRITESET');
  });

  it('is valid whatever version of the chaincode endorsed it', async () => {
    expect(await verdictOn(writing(newKey(), { version: '0.9' }))).toBe('VALID');
  });
});

describe('endorsements', () => {
  /** A transaction of `assets`, which a majority of the three organisations has to endorse. */
  const by = (...endorsers: MadeTransaction['endorsers']): MadeTransaction => ({
    chaincode: ASSETS,
    sets: [{ chaincode: ASSETS, writes: [{ key: newKey(), value: '1' }] }],
    endorsers,
  });

  it('of any majority make a transaction valid, in any order', async () => {
    for (const endorsers of [
      [first, second],
      [third, first],
      [second, third, first],
    ]) {
      expect(await verdictOn(by(...endorsers))).toBe('VALID');
    }
  });

  it('of too few organisations: ENDORSEMENT_POLICY_FAILURE', async () => {
    expect(await verdictOn(by(first))).toBe('ENDORSEMENT_POLICY_FAILURE');
  });

  it('of the same endorser count once', async () => {
    expect(await verdictOn(by(first, first))).toBe('ENDORSEMENT_POLICY_FAILURE');
  });

  it('of a client count for nothing, where the policy asks for peers', async () => {
    expect(await verdictOn(by(first, org2.identities.client))).toBe('ENDORSEMENT_POLICY_FAILURE');
  });

  it('of an unknown authority, of an expired or revoked identity count for nothing', async () => {
    const { foreign, revoked } = org2.identities;
    for (const worthless of [foreign, revoked]) {
      expect(await verdictOn(by(first, worthless))).toBe('ENDORSEMENT_POLICY_FAILURE');
    }
  });

  it('do not spoil a transaction that has enough of them without', async () => {
    expect(await verdictOn(by(org2.identities.foreign, first, second))).toBe('VALID');
  });

  it('under other bytes count for nothing', async () => {
    const verdict = await verdictOn({
      ...by(first, second),
      change: { endorsement: (endorsement) => endorsement.setSignature(endorsement.getEndorser_asU8()) },
    });
    expect(verdict).toBe('ENDORSEMENT_POLICY_FAILURE');
  });

  it('have to satisfy the policy of every chaincode whose state is written', async () => {
    const sets = [
      { chaincode: SINGLE, writes: [{ key: newKey(), value: '1' }] },
      { chaincode: EVERY, writes: [{ key: newKey(), value: '1' }] },
    ];
    expect(await verdictOn({ chaincode: SINGLE, sets, endorsers: [first] })).toBe(
      'ENDORSEMENT_POLICY_FAILURE',
    );
    expect(await verdictOn({ chaincode: SINGLE, sets, endorsers: [first, second, third] })).toBe('VALID');
  });

  it('need not satisfy the policy of a chaincode whose state is only read', async () => {
    const sets = [
      { chaincode: SINGLE, writes: [{ key: newKey(), value: '1' }] },
      { chaincode: EVERY, reads: [{ key: newKey() }] },
    ];
    expect(await verdictOn({ chaincode: SINGLE, sets, endorsers: [first] })).toBe('VALID');
  });

  it('have to satisfy the policy of the invoked chaincode, though nothing is written', async () => {
    const made = { chaincode: EVERY, sets: [{ chaincode: EVERY, reads: [{ key: newKey() }] }] };
    expect(await verdictOn({ ...made, endorsers: [first] })).toBe('ENDORSEMENT_POLICY_FAILURE');
    expect(await verdictOn({ ...made, endorsers: [first, second, third] })).toBe('VALID');
  });

  it('have to satisfy the policy of a collection, which replaces that of the chaincode', async () => {
    const made = (): Omit<MadeTransaction, 'endorsers'> => ({
      chaincode: ASSETS,
      sets: [{ chaincode: ASSETS, privateWrites: [{ collection: PAIR, key: newKey(), value: '1' }] }],
    });
    expect(await verdictOn({ ...made(), endorsers: [third] })).toBe('ENDORSEMENT_POLICY_FAILURE');
    expect(await verdictOn({ ...made(), endorsers: [second] })).toBe('VALID');
  });

  it('for a collection that is not defined: ENDORSEMENT_POLICY_FAILURE', async () => {
    const verdict = await verdictOn({
      chaincode: ASSETS,
      sets: [{ chaincode: ASSETS, privateWrites: [{ collection: 'undefined', key: 'a', value: '1' }] }],
      endorsers: [first, second, third],
    });
    expect(verdict).toBe('ENDORSEMENT_POLICY_FAILURE');
  });
});

describe('conflicts', () => {
  const reading = (
    reads: NonNullable<MadeTransaction['sets'][number]['reads']>,
    more: Partial<MadeTransaction['sets'][number]> = {},
  ): MadeTransaction => ({
    chaincode: SINGLE,
    sets: [{ chaincode: SINGLE, reads, writes: [{ key: newKey(), value: '1' }], ...more }],
    endorsers: [first],
  });

  it('MVCC_READ_CONFLICT: a key was read that is not there', async () => {
    const made = reading([{ key: newKey(), version: { block: 1, transaction: 0 } }]);
    expect(await verdictOn(made)).toBe('MVCC_READ_CONFLICT');
  });

  it('MVCC_READ_CONFLICT: a key was not there when it was read, and is now', async () => {
    const key = newKey();
    await submit(single, 'put', key, '1');
    expect(await verdictOn(reading([{ key }]))).toBe('MVCC_READ_CONFLICT');
  });

  it('MVCC_READ_CONFLICT: a key was written anew with the same value', async () => {
    const key = newKey();
    const { block } = await submit(single, 'put', key, '1');
    const before = await single.newProposal('increment', { arguments: [key] }).endorse();
    await submit(single, 'put', key, '1');
    expect((await (await before.submit()).getStatus()).code).toBe(peer.TxValidationCode.MVCC_READ_CONFLICT);
    const stale = reading([{ key, version: { block: Number(block), transaction: 0 } }]);
    expect(await verdictOn(stale)).toBe('MVCC_READ_CONFLICT');
  });

  it('MVCC_READ_CONFLICT: a key was deleted', async () => {
    const key = newKey();
    await submit(single, 'put', key, '1');
    const before = await single.newProposal('increment', { arguments: [key] }).endorse();
    await submit(single, 'delete', key);
    expect((await (await before.submit()).getStatus()).code).toBe(peer.TxValidationCode.MVCC_READ_CONFLICT);
  });

  it('one of many increments at once is valid, or they come one after the other', async () => {
    const key = newKey();
    await submit(single, 'put', key, '0');
    const endorsed = await Promise.all(
      Array.from({ length: 8 }, () => single.newProposal('increment', { arguments: [key] }).endorse()),
    );
    const statuses = await Promise.all(
      endorsed.map(async (transaction) => (await transaction.submit()).getStatus()),
    );
    expect(statuses.filter(({ successful }) => successful)).toHaveLength(1);
    expect(await evaluate(single, 'get', key)).toBe('1');
  });

  it('none between transactions that only write: the later one wins', async () => {
    const key = newKey();
    const one = await single.newProposal('put', { arguments: [key, 'one'] }).endorse();
    const two = await single.newProposal('put', { arguments: [key, 'two'] }).endorse();
    expect((await (await two.submit()).getStatus()).successful).toBe(true);
    expect((await (await one.submit()).getStatus()).successful).toBe(true);
    expect(await evaluate(single, 'get', key)).toBe('one');
  });

  it('PHANTOM_READ_CONFLICT: a key has come into a range', async () => {
    const prefix = newKey();
    const counted = await single
      .newProposal('steps', {
        arguments: [steps(['range', `${prefix}a`, `${prefix}z`], ['put', newKey(), '1'])],
      })
      .endorse();
    await submit(single, 'put', `${prefix}m`, '1');
    expect((await (await counted.submit()).getStatus()).code).toBe(
      peer.TxValidationCode.PHANTOM_READ_CONFLICT,
    );
  });

  it('PHANTOM_READ_CONFLICT: a key of a range has changed, or is gone', async () => {
    for (const change of [['put', 'changed'], ['delete']]) {
      const prefix = newKey();
      await submit(single, 'put', `${prefix}m`, '1');
      const counted = await single
        .newProposal('steps', {
          arguments: [steps(['range', `${prefix}a`, `${prefix}z`], ['put', newKey(), '1'])],
        })
        .endorse();
      const [name = '', ...value] = change;
      await submit(single, name, `${prefix}m`, ...value);
      const { code } = await (await counted.submit()).getStatus();
      expect(code).toBe(peer.TxValidationCode.PHANTOM_READ_CONFLICT);
    }
  });

  it('none where a key has come after the part of a range that was read', async () => {
    const prefix = newKey();
    await submit(single, 'putMany', prefix, '150');
    // The peer hands over a hundred at a time, and the chaincode stops after the first.
    const some = await single
      .newProposal('steps', {
        arguments: [steps(['rangeSome', prefix, `${prefix}z`, '1'], ['put', newKey(), '1'])],
      })
      .endorse();
    await submit(single, 'put', `${prefix}y`, 'behind all of them');
    expect((await (await some.submit()).getStatus()).code).toBe(peer.TxValidationCode.VALID);
  });

  it('PHANTOM_READ_CONFLICT: a made-up range misses a key', async () => {
    const prefix = newKey();
    await submit(single, 'put', `${prefix}m`, '1');
    const made = reading([], { ranges: [{ start: `${prefix}a`, end: `${prefix}z`, found: [] }] });
    expect(await verdictOn(made)).toBe('PHANTOM_READ_CONFLICT');
    const fitting = reading([], { ranges: [{ start: `${prefix}n`, end: `${prefix}z`, found: [] }] });
    expect(await verdictOn(fitting)).toBe('VALID');
  });

  it('in the state of another chaincode make a transaction invalid too', async () => {
    const key = newKey();
    await submit(contractOf(ASSETS), 'put', key, '1');
    const made = {
      chaincode: SINGLE,
      sets: [
        { chaincode: ASSETS, reads: [{ key }] },
        { chaincode: SINGLE, writes: [{ key: newKey(), value: '1' }] },
      ],
      endorsers: [first],
    };
    expect(await verdictOn(made)).toBe('MVCC_READ_CONFLICT');
  });
});
