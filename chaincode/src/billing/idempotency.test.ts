import { beforeEach, describe, expect, it } from 'vitest';
import { ClaimCase } from '../testing/claim-case.js';
import { practitioner } from '../testing/founding.js';
import { commitFailure } from '../testing/world.js';

describe('an idempotency key', () => {
  let claim: ClaimCase;
  beforeEach(async () => {
    claim = await ClaimCase.start();
  });
  const open = (change: object = {}, by = claim.provider) =>
    claim.world.endorse(by, 'billing:openClaim', { ...claim.openInput(), ...change });

  it('answers the same request with the same claim as it is now, and writes nothing', async () => {
    await claim.acknowledged();
    const again = await open();
    expect(again.result).toMatchObject({ claim: { id: claim.id }, status: 'acknowledged' });
    expect(again.transaction.set.writes.size).toBe(0);
    expect(again.transaction.set.policies.size).toBe(0);
    expect(again.event).toEqual({ function: 'billing:openClaim', changes: [] });
    claim.world.commit(again);
  });

  it('is the organisation’s: a colleague repeats it, another organisation uses it anew', async () => {
    await claim.open();
    const colleague = await practitioner(claim.world, 'hospital-a', 'clerk');
    expect((await open({}, colleague)).transaction.set.writes.size).toBe(0);
    const other = await practitioner(claim.world, 'hospital-b', 'billing');
    claim.world.commit(await open({ id: claim.world.id() }, other));
  });

  it('with other input is refused, also by another function', async () => {
    await claim.open();
    const reused = { code: 'IDEMPOTENCY_KEY_REUSED' };
    await expect(open({ linesHash: 'f'.repeat(64) })).rejects.toMatchObject(reused);
    await expect(open({ id: claim.world.id() })).rejects.toMatchObject(reused);
    const invoice = { id: claim.id, detailsHash: 'a'.repeat(64), idempotencyKey: `open-${claim.id}` };
    await expect(claim.world.endorse(claim.provider, 'billing:issueInvoice', invoice)).rejects.toMatchObject(
      reused,
    );
  });

  it('used twice at the same time makes one claim', async () => {
    const first = await open();
    const second = await open({ id: claim.world.id() });
    claim.world.commit(first);
    expect(commitFailure(claim.world, second).validation).toBe('MVCC_READ_CONFLICT');
  });

  it('that failed was not used', async () => {
    await expect(open({ insurer: 'lab-a' })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    claim.world.commit(await open());
  });

  it('settles once', async () => {
    await claim.acknowledged();
    await claim.decide([10_000, 0], 'partly-approved');
    await claim.settle(10_000);
    const input = claim.settleInput(claim.paymentOf(10_000));
    const settle = (change: object = {}) =>
      claim.world.endorse(claim.adjuster, 'billing:settleClaim', { ...input, ...change });
    const again = await settle();
    expect(again.result).toMatchObject({ status: 'settled', decision: { payment: claim.payment } });
    expect(again.transaction.set.writes.size).toBe(0);
    // The private step before it can be repeated as well, by the same bytes.
    await claim.putPayment(claim.paymentOf(10_000));
    expect(await claim.view()).toEqual(again.result);
    await expect(settle({ payment: claim.world.id() })).rejects.toMatchObject({
      code: 'IDEMPOTENCY_KEY_REUSED',
    });
  });

  it('is on the ledger as a hash', async () => {
    const { transaction } = await open({ idempotencyKey: 'order 66'.replace(' ', '-') });
    for (const [key, { value }] of transaction.set.writes) {
      expect(key + String(value)).not.toContain('order-66');
    }
  });
});
