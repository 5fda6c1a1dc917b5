import { peer } from '@hyperledger/fabric-protos';
import { describe, expect, it } from 'vitest';
import { evaluate, newKey, steps, submit } from '../harness/calls.js';
import { contractOf, org1 } from '../harness/clients.js';
import { verdictOn, type MadeTransaction } from '../harness/made-transactions.js';
import { ASSETS, SINGLE } from '../harness/standing-chaincodes.js';

const first = org1.identities.endorser;
const single = contractOf(SINGLE);

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
