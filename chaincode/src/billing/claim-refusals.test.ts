import { beforeEach, describe, expect, it } from 'vitest';
import type { ErrorCode, Role } from '../api/index.js';
import { ClaimCase, RULES, euro, hashed, line } from '../testing/claim-case.js';
import { SIX_ORGANISATIONS } from '../testing/consortiums.js';
import { practitioner } from '../testing/founding.js';
import type { Caller } from '../testing/world.js';
import { Refused } from '../testing/world-errors.js';

let claim: ClaimCase;
beforeEach(async () => {
  claim = await ClaimCase.start(SIX_ORGANISATIONS);
});

async function expectCode(code: ErrorCode, call: Promise<unknown>): Promise<void> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(Refused);
  expect((error as Refused).code, (error as Refused).message).toBe(code);
}
const submit: ClaimCase['world']['submit'] = (...call) => claim.world.submit(...call);
const staff = (organisation: string, role: Role): Promise<Caller> =>
  practitioner(claim.world, organisation, role);

describe('opening a claim is refused', () => {
  it('to insurers, doctors, auditors, patients and the unapproved', async () => {
    const input = claim.openInput();
    await expectCode('UNAUTHORIZED_ROLE', submit(claim.adjuster, 'billing:openClaim', input));
    const clerk = await staff('insurer-a', 'clerk');
    await expectCode('UNAUTHORIZED_ORGANISATION', submit(clerk, 'billing:openClaim', input));
    for (const role of ['doctor', 'admin', 'auditor', 'patient'] as const) {
      const caller = await claim.world.caller('hospital-a', role);
      await expectCode('UNAUTHORIZED_ROLE', submit(caller, 'billing:openClaim', input));
    }
    const stranger = await claim.world.caller('hospital-a', 'billing');
    await expectCode('PRACTITIONER_NOT_APPROVED', submit(stranger, 'billing:openClaim', input));
  });

  it('at somebody who is no insurer or no member', async () => {
    const open = (insurer: string) =>
      submit(claim.provider, 'billing:openClaim', { ...claim.openInput(), insurer });
    await expectCode('INVALID_ARGUMENT', open('hospital-b'));
    await expectCode('NOT_FOUND', open('insurer-z'));
  });

  it('under an id that is taken, by whomever', async () => {
    await claim.open();
    const input = { ...claim.openInput(), idempotencyKey: 'another-key' };
    await expectCode('ALREADY_EXISTS', submit(claim.provider, 'billing:openClaim', input));
    const other = await staff('hospital-b', 'billing');
    await expectCode('ALREADY_EXISTS', submit(other, 'billing:openClaim', input));
  });

  it('with input of another shape', async () => {
    for (const change of [
      { id: 'x' },
      { linesHash: 'abc' },
      { idempotencyKey: 'short' },
      { note: 'J. Doe, born 1980' },
    ]) {
      await expectCode(
        'INVALID_ARGUMENT',
        submit(claim.provider, 'billing:openClaim', { ...claim.openInput(), ...change }),
      );
    }
  });

  it('in place of a claim of another pair, or of one that is settled, withdrawn or replaced', async () => {
    await claim.open();
    const next = claim.another();
    const input = next.openInput({ replaces: claim.id });
    const other = await staff('hospital-b', 'billing');
    await expectCode('UNAUTHORIZED_ORGANISATION', submit(other, 'billing:openClaim', input));
    await expectCode(
      'INVALID_ARGUMENT',
      submit(claim.provider, 'billing:openClaim', { ...input, insurer: 'insurer-b' }),
    );
    await expectCode('NOT_FOUND', next.open({ replaces: claim.world.id() }));
    await claim.step('withdrawClaim');
    await expectCode('INVALID_STATE', next.open({ replaces: claim.id }));
    const settled = await claim.another().acknowledged();
    await settled.decide([10_000, 5_000], 'approved');
    await settled.settle(15_000);
    await expectCode('INVALID_STATE', next.open({ replaces: settled.id }));
  });
});

describe('lines are refused', () => {
  it('with another hash, of another claim, or for another pair', async () => {
    await claim.open();
    await expectCode('PRIVATE_DATA_MISMATCH', claim.putLines(claim.linesOf([line(1, 1)])));
    for (const change of [{ id: claim.world.id() }, { hospital: 'hospital-b' }, { insurer: 'insurer-b' }]) {
      await expectCode('PRIVATE_DATA_MISMATCH', claim.putLines({ ...claim.lines, ...change }));
    }
  });

  it.each([
    ['a wrong amount', [{ ...line(1, 100), amount: euro(101) }], undefined],
    ['a wrong total', [line(1, 100)], euro(99)],
    ['two currencies', [line(1, 100), { ...line(2, 1), unitPrice: usd(1), amount: usd(1) }], euro(101)],
    ['a total of another currency', [line(1, 100)], usd(100)],
    ['a product beyond exact numbers', [overflow()], euro(1)],
  ])('with %s', async (_, lines, total) => {
    claim.lines = claim.linesOf(lines, total);
    await claim.open();
    await expectCode('AMOUNT_MISMATCH', claim.putLines());
  });

  it('with a number twice, without lines, or without the private input', async () => {
    claim.lines = claim.linesOf([line(1, 100), line(1, 100)]);
    await claim.open();
    await expectCode('INVALID_ARGUMENT', claim.putLines());
    await expectCode('INVALID_ARGUMENT', claim.putLines({ ...claim.lines, lines: [] }));
    const call = submit(claim.provider, 'billing:putClaimLines', { id: claim.id });
    await expectCode('PRIVATE_DATA_MISSING', call);
  });

  it('for a claim that was withdrawn without them', async () => {
    await claim.open();
    await claim.step('withdrawClaim');
    await expectCode('INVALID_STATE', claim.putLines());
  });

  it('from everybody but the provider; what is there may come again', async () => {
    await claim.open();
    const put = (caller: Caller) =>
      submit(caller, 'billing:putClaimLines', { id: claim.id }, { private: claim.lines });
    await expectCode('UNAUTHORIZED_ROLE', put(claim.adjuster));
    await expectCode('UNAUTHORIZED_ORGANISATION', put(await staff('hospital-b', 'billing')));
    await claim.putLines();
    await claim.step('acknowledgeClaim');
    expect(await claim.putLines()).toEqual({ id: claim.id, hash: hashed(claim.lines) });
    expect(await claim.view()).toMatchObject({ status: 'acknowledged' });
  });
});

describe('steps are refused', () => {
  it('for a claim that is not there', async () => {
    await expectCode('NOT_FOUND', claim.step('acknowledgeClaim'));
    await expectCode('NOT_FOUND', claim.step('withdrawClaim'));
    await expectCode('NOT_FOUND', claim.confirm());
  });

  it('for a version that has passed', async () => {
    await claim.acknowledged();
    const stale = { id: claim.id, expectedVersion: 1 };
    await expectCode('VERSION_CONFLICT', submit(claim.adjuster, 'billing:pendClaim', stale));
    await submit(claim.adjuster, 'billing:pendClaim', { id: claim.id, expectedVersion: 2 });
    const ahead = { id: claim.id, expectedVersion: 2 };
    await expectCode('VERSION_CONFLICT', submit(claim.provider, 'billing:withdrawClaim', ahead));
  });

  it('before the lines are there', async () => {
    await claim.open();
    await expectCode('PRIVATE_DATA_MISSING', claim.step('acknowledgeClaim'));
  });

  it('of the insurer to rivals, hospitals and its own admin', async () => {
    await claim.acknowledged();
    const rival = await staff('insurer-b', 'adjuster');
    const clerk = await staff('hospital-a', 'clerk');
    for (const step of ['acknowledgeClaim', 'requestInformation', 'pendClaim'] as const) {
      await expectCode('UNAUTHORIZED_ORGANISATION', claim.step(step, rival));
      await expectCode('UNAUTHORIZED_ORGANISATION', claim.step(step, clerk));
      await expectCode('UNAUTHORIZED_ROLE', claim.step(step, await claim.world.caller('insurer-a', 'admin')));
    }
  });

  it('of the provider to insurers and other hospitals', async () => {
    await claim.acknowledged();
    await claim.step('requestInformation');
    const neighbour = await staff('hospital-b', 'billing');
    const insurersClerk = await staff('insurer-a', 'clerk');
    for (const caller of [neighbour, insurersClerk]) {
      await expectCode('UNAUTHORIZED_ORGANISATION', claim.step('answerInformation', caller));
      await expectCode('UNAUTHORIZED_ORGANISATION', claim.step('withdrawClaim', caller));
    }
    await claim.decide([0, 0], 'denied');
    const appeal = { id: claim.id, reason: 'r' };
    await expectCode('UNAUTHORIZED_ORGANISATION', submit(neighbour, 'billing:appealClaim', appeal));
    await expectCode('UNAUTHORIZED_ORGANISATION', submit(insurersClerk, 'billing:appealClaim', appeal));
  });

  it('where the claim stands elsewhere', async () => {
    await claim.acknowledged();
    await expectCode('INVALID_STATE', claim.step('acknowledgeClaim'));
    await expectCode('INVALID_STATE', claim.step('answerInformation'));
    await expectCode('INVALID_STATE', claim.appeal());
    await claim.step('requestInformation');
    await expectCode('INVALID_STATE', claim.step('requestInformation'));
    await claim.step('answerInformation');
    await expectCode('INVALID_STATE', claim.step('answerInformation'));
    await claim.decide([10_000, 5_000], 'approved');
    await expectCode('INVALID_STATE', claim.appeal());
    await expectCode('INVALID_STATE', claim.step('pendClaim'));
    await claim.settle(15_000);
    await expectCode('INVALID_STATE', claim.step('withdrawClaim'));
    await claim.confirm();
    await expectCode('INVALID_STATE', claim.reject());
    await expectCode('INVALID_STATE', claim.step('withdrawClaim'));
  });

  it('once the claim is withdrawn', async () => {
    await claim.acknowledged();
    await claim.step('withdrawClaim');
    await expectCode('INVALID_STATE', claim.step('withdrawClaim'));
    await expectCode('INVALID_STATE', claim.step('pendClaim'));
    await expectCode('INVALID_STATE', claim.putDecision(claim.decisionOf([0, 0])));
  });
});

describe('a decision is refused', () => {
  it('where a line is missing, twice, or unknown', async () => {
    await claim.acknowledged();
    const good = claim.decisionOf([10_000, 0]);
    const [first, second] = good.lines;
    if (first === undefined || second === undefined) throw new Error('two lines');
    for (const lines of [
      [first],
      [first, first],
      [first, { ...second, number: 3 }],
      [first, second, { ...second, number: 3 }],
    ]) {
      await expectCode('INVALID_ARGUMENT', claim.putDecision({ ...good, lines }));
    }
  });

  it('where amounts do not fit', async () => {
    await claim.acknowledged();
    const good = claim.decisionOf([9_000, 0]);
    const [first, second] = good.lines;
    if (first === undefined || second === undefined) throw new Error('two lines');
    const decide = (change: Partial<typeof first>, total = good.total) =>
      claim.putDecision({ ...good, lines: [{ ...first, ...change }, second], total });
    await expectCode('AMOUNT_MISMATCH', decide({ allowed: euro(10_001) }, euro(10_001)));
    await expectCode('AMOUNT_MISMATCH', decide({ allowed: euro(10_000) }, euro(10_000)));
    await expectCode('AMOUNT_MISMATCH', decide({ outcome: 'approved' }));
    await expectCode('AMOUNT_MISMATCH', decide({ outcome: 'denied' }));
    await expectCode('AMOUNT_MISMATCH', decide({ allowed: usd(9_000) }, usd(9_000)));
    await expectCode('AMOUNT_MISMATCH', decide({}, usd(9_000)));
    await expectCode('AMOUNT_MISMATCH', decide({}, euro(9_001)));
  });

  it('of another claim or round, or by somebody who is no adjuster of the insurer', async () => {
    await claim.acknowledged();
    const details = claim.decisionOf([10_000, 0]);
    await expectCode('PRIVATE_DATA_MISMATCH', claim.putDecision({ ...details, id: claim.world.id() }));
    await expectCode('INVALID_STATE', claim.putDecision({ ...details, round: 1 }));
    await expectCode('UNAUTHORIZED_ROLE', claim.putDecision(details, claim.provider));
    await expectCode('UNAUTHORIZED_ROLE', claim.putDecision(details, await staff('insurer-a', 'clerk')));
    const rival = await staff('insurer-b', 'adjuster');
    await expectCode('UNAUTHORIZED_ORGANISATION', claim.putDecision(details, rival));
    const input = claim.decideInput(details, 'partly-approved');
    await expectCode('UNAUTHORIZED_ORGANISATION', submit(rival, 'billing:decideClaim', input));
    await expectCode('UNAUTHORIZED_ROLE', submit(claim.provider, 'billing:decideClaim', input));
  });

  it('without details, with another hash, outcome or rule set', async () => {
    await claim.acknowledged();
    const details = claim.decisionOf([10_000, 0]);
    const good = claim.decideInput(details, 'partly-approved');
    const decide = (change: Partial<typeof good>) =>
      submit(claim.adjuster, 'billing:decideClaim', { ...good, ...change });
    await expectCode('PRIVATE_DATA_MISSING', decide({}));
    await claim.putDecision(details);
    await expectCode('PRIVATE_DATA_MISMATCH', decide({ detailsHash: 'f'.repeat(64) }));
    await expectCode('PRIVATE_DATA_MISMATCH', decide({ outcome: 'approved' }));
    await expectCode('PRIVATE_DATA_MISMATCH', decide({ outcome: 'denied' }));
    await expectCode('RULE_SET_MISMATCH', decide({ ruleSetHash: 'f'.repeat(64) }));
    await decide({});
    await expectCode('INVALID_STATE', decide({}));
    await expectCode('INVALID_STATE', claim.putDecision(details));
  });

  it('with the details of an earlier round', async () => {
    await claim.acknowledged();
    await claim.decide([0, 0], 'denied');
    await claim.appeal();
    const old = claim.decideInput(claim.decisionOf([0, 0]), 'denied');
    await expectCode('PRIVATE_DATA_MISSING', submit(claim.adjuster, 'billing:decideClaim', old));
  });
});

describe('a payment is refused', () => {
  beforeEach(async () => {
    await claim.acknowledged();
  });

  it('of another amount, claim or id, or before a decision', async () => {
    await expectCode('INVALID_STATE', claim.putPayment(claim.paymentOf(10_000)));
    await claim.decide([10_000, 0], 'partly-approved');
    await expectCode('AMOUNT_MISMATCH', claim.putPayment(claim.paymentOf(9_999)));
    const good = claim.paymentOf(10_000);
    await expectCode('AMOUNT_MISMATCH', claim.putPayment({ ...good, amount: usd(10_000) }));
    for (const input of [{ id: claim.world.id(), claim: claim.id }]) {
      const call = submit(claim.adjuster, 'billing:putPayment', input, { private: good });
      await expectCode('PRIVATE_DATA_MISMATCH', call);
    }
    await expectCode('PRIVATE_DATA_MISMATCH', claim.putPayment({ ...good, claim: claim.world.id() }));
  });

  it('of a denied claim', async () => {
    await claim.decide([0, 0], 'denied');
    await expectCode('INVALID_STATE', claim.putPayment(claim.paymentOf(0)));
  });

  it('by rivals, by the provider, by the service identity', async () => {
    await claim.decide([10_000, 0], 'partly-approved');
    const details = claim.paymentOf(10_000);
    const rival = await staff('insurer-b', 'adjuster');
    const hospitalClerk = await staff('hospital-a', 'clerk');
    const gateway = await claim.world.caller('insurer-a', 'gateway');
    const put = (caller: Caller) =>
      submit(caller, 'billing:putPayment', { id: details.id, claim: claim.id }, { private: details });
    const settle = (caller: Caller) => submit(caller, 'billing:settleClaim', claim.settleInput(details));
    for (const act of [put, settle]) {
      await expectCode('UNAUTHORIZED_ORGANISATION', act(rival));
      await expectCode('UNAUTHORIZED_ORGANISATION', act(hospitalClerk));
      await expectCode('UNAUTHORIZED_ROLE', act(gateway));
    }
  });

  it('without details, with another hash, or made for a decision that was appealed', async () => {
    await claim.decide([10_000, 0], 'partly-approved');
    const details = claim.paymentOf(10_000);
    const input = claim.settleInput(details);
    const settle = (change: Partial<typeof input> = {}) =>
      submit(claim.adjuster, 'billing:settleClaim', { ...input, ...change });
    await expectCode('PRIVATE_DATA_MISSING', settle());
    await claim.putPayment(details);
    await expectCode('PRIVATE_DATA_MISMATCH', settle({ paymentHash: 'f'.repeat(64) }));
    await claim.appeal();
    await expectCode('INVALID_STATE', settle());
    await claim.decide([10_000, 5_000], 'approved', 1);
    await expectCode('AMOUNT_MISMATCH', settle());
    await claim.settle(15_000, claim.world.id());
    await expectCode('INVALID_STATE', settle());
  });

  it('under an id that is taken, and its confirmation by anybody but the payee', async () => {
    await claim.decide([10_000, 0], 'partly-approved');
    await claim.settle(10_000);
    for (const caller of [await staff('hospital-b', 'billing'), await staff('insurer-a', 'clerk')]) {
      for (const step of ['confirmPayment', 'rejectPayment'] as const) {
        const call = submit(caller, `billing:${step}`, { id: claim.payment });
        await expectCode('UNAUTHORIZED_ORGANISATION', call);
      }
    }
    const stale = submit(claim.provider, 'billing:confirmPayment', { id: claim.payment, expectedVersion: 2 });
    await expectCode('VERSION_CONFLICT', stale);
    await claim.reject();
    await expectCode('INVALID_STATE', claim.confirm());
    const other = { ...claim.paymentOf(10_000), reference: 'other' };
    await expectCode('ALREADY_EXISTS', claim.putPayment(other));
    const again = { ...claim.settleInput(claim.paymentOf(10_000)), idempotencyKey: 'another-key' };
    await expectCode('ALREADY_EXISTS', submit(claim.adjuster, 'billing:settleClaim', again));
  });
});

describe('reading', () => {
  it('shows a claim to every member, its private parts to the pair alone', async () => {
    await claim.acknowledged();
    const details = claim.decisionOf([10_000, 0]);
    const read = (caller: Caller, name: 'getClaimLines' | 'getDecision' | 'getClaim') =>
      claim.world.evaluate(caller, `billing:${name}`, { id: claim.id });
    await claim.putDecision(details);
    await expectCode('NOT_FOUND', read(claim.provider, 'getDecision'));
    await submit(claim.adjuster, 'billing:decideClaim', claim.decideInput(details, 'partly-approved'));
    await claim.settle(10_000);
    const payment = (caller: Caller) =>
      claim.world.evaluate(caller, 'billing:getPaymentDetails', { id: claim.payment });
    for (const caller of [claim.provider, claim.adjuster]) {
      expect(await read(caller, 'getClaimLines')).toEqual(claim.lines);
      expect(await read(caller, 'getDecision')).toEqual(details);
      expect(await payment(caller)).toEqual(claim.paymentOf(10_000));
    }
    expect(
      await claim.world.evaluate(claim.provider, 'billing:getPayment', { id: claim.payment }),
    ).toMatchObject({ detailsHash: hashed(claim.paymentOf(10_000)) });
    const rival = await staff('insurer-b', 'adjuster');
    const neighbour = await staff('hospital-b', 'billing');
    for (const caller of [rival, neighbour]) {
      expect(await read(caller, 'getClaim')).toMatchObject({ status: 'settled' });
      await expectCode('UNAUTHORIZED_ORGANISATION', read(caller, 'getClaimLines'));
      await expectCode('UNAUTHORIZED_ORGANISATION', read(caller, 'getDecision'));
      await expectCode('UNAUTHORIZED_ORGANISATION', payment(caller));
    }
    const doctor = await staff('hospital-a', 'doctor');
    for (const name of ['getClaim', 'getClaimLines', 'getDecision'] as const) {
      await expectCode('UNAUTHORIZED_ROLE', read(doctor, name));
    }
  });

  it('says the rule set that decided', async () => {
    await claim.acknowledged();
    expect(await claim.decide([0, 0], 'denied')).toMatchObject({ decision: { ruleSetHash: RULES } });
  });
});

function usd(amount: number) {
  return { amount, currency: 'USD' };
}
function overflow() {
  const huge = line(1, 1);
  return { ...huge, quantity: 2, unitPrice: euro(Number.MAX_SAFE_INTEGER), amount: euro(1) };
}
