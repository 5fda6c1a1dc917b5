import { common, peer } from '@hyperledger/fabric-protos';
import { describe, expect, it } from 'vitest';
import { evaluate, newKey } from '../harness/calls.js';
import { contractOf, org1, org2, org3 } from '../harness/clients.js';
import { verdictOn, type MadeTransaction } from '../harness/made-transactions.js';
import { ASSETS, SINGLE } from '../harness/standing-chaincodes.js';

const first = org1.identities.endorser;
const second = org2.identities.endorser;
const third = org3.identities.endorser;
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
