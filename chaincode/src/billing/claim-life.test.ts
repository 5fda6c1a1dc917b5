import { describe, expect, it } from 'vitest';
import { FOUR_ORGANISATIONS, SIX_ORGANISATIONS } from '../testing/consortiums.js';
import { CANARY, ClaimCase, RULES, hashed } from '../testing/claim-case.js';

describe.each([
  ['four organisations', FOUR_ORGANISATIONS],
  ['six organisations, two of them insurers', SIX_ORGANISATIONS],
])('the life of a claim among %s', (_, organisations) => {
  it('goes from submission to a confirmed payment, and only the pair ever sees a line', async () => {
    const claim = await ClaimCase.start(organisations);
    const opened = await claim.open();
    expect(opened).toEqual({
      claim: {
        type: 'claim',
        id: claim.id,
        hospital: 'hospital-a',
        insurer: 'insurer-a',
        status: 'submitted',
        linesHash: hashed(claim.lines),
        answers: 0,
        appeals: 0,
        version: 1,
        updatedAt: '2026-01-05T08:00:00.000Z',
      },
      decision: {
        type: 'claim-decision',
        id: claim.id,
        hospital: 'hospital-a',
        insurer: 'insurer-a',
        status: 'none',
        round: 0,
        requests: 0,
        version: 1,
        updatedAt: '2026-01-05T08:00:00.000Z',
      },
      status: 'submitted',
    });
    expect(await claim.putLines()).toEqual({ id: claim.id, hash: hashed(claim.lines) });
    expect(await claim.step('acknowledgeClaim')).toMatchObject({ status: 'acknowledged' });
    expect(await claim.decide([10_000, 1_000], 'partly-approved')).toMatchObject({
      status: 'partly-approved',
      decision: { outcome: 'partly-approved', ruleSetHash: RULES, round: 0, version: 3 },
    });
    expect(await claim.settle(11_000)).toMatchObject({
      status: 'settled',
      decision: { payment: claim.payment, outcome: 'partly-approved' },
    });
    expect(claim.world.value('payment', claim.payment)).toMatchObject({
      status: 'ordered',
      payer: 'insurer-a',
      payee: 'hospital-a',
      claim: claim.id,
    });
    expect(await claim.confirm()).toMatchObject({ status: 'confirmed', version: 2 });
    expect(claim.world.disclosure.whoKnows(CANARY)).toEqual(['hospital-a', 'insurer-a']);
    expect(claim.world.disclosure.isPublished(CANARY)).toBe(false);
  });

  it('is also for a lab', async () => {
    const claim = await ClaimCase.start(organisations, 'lab-a');
    await claim.acknowledged();
    expect(await claim.decide([0, 0], 'denied')).toMatchObject({ status: 'denied' });
    expect(claim.world.disclosure.whoKnows(CANARY)).toEqual(['insurer-a', 'lab-a']);
  });

  it('lists in its event what a step changed, ids and status alone', async () => {
    const claim = await ClaimCase.start(organisations);
    const { event } = await claim.world.submit(claim.provider, 'billing:openClaim', claim.openInput());
    expect(event).toEqual({
      function: 'billing:openClaim',
      changes: [
        { type: 'claim', id: claim.id, status: 'submitted', version: 1 },
        { type: 'claim-decision', id: claim.id, status: 'none', version: 1 },
      ],
    });
  });

  it('takes information and a pause before the decision', async () => {
    const claim = await (await ClaimCase.start(organisations)).acknowledged();
    expect(await claim.step('requestInformation')).toMatchObject({ status: 'information-requested' });
    expect(await claim.step('answerInformation')).toMatchObject({
      status: 'information-requested',
      claim: { answers: 1 },
    });
    expect(await claim.step('requestInformation')).toMatchObject({ decision: { requests: 2 } });
    expect(await claim.step('pendClaim')).toMatchObject({ status: 'pended' });
    expect(await claim.decide([10_000, 5_000], 'approved')).toMatchObject({ status: 'approved' });
  });

  it('is decided anew after an appeal, which keeps the first details', async () => {
    const claim = await (await ClaimCase.start(organisations)).acknowledged();
    await claim.decide([0, 0], 'denied');
    expect(await claim.appeal()).toMatchObject({
      status: 'appealed',
      claim: { appeals: 1, appealReason: 'medical-necessity' },
      decision: { status: 'denied', round: 0 },
    });
    const pended = await claim.step('pendClaim');
    expect(pended).toMatchObject({ status: 'pended', decision: { round: 1 } });
    expect(pended.decision).not.toHaveProperty('outcome');
    expect(pended.decision).not.toHaveProperty('detailsHash');
    expect(await claim.decide([10_000, 5_000], 'approved', 1)).toMatchObject({ status: 'approved' });
    expect(await claim.settle(15_000)).toMatchObject({ status: 'settled', decision: { round: 1 } });
  });

  it('can be appealed after a settlement once the provider has sent the payment back', async () => {
    const claim = await (await ClaimCase.start(organisations)).acknowledged();
    await claim.decide([10_000, 0], 'partly-approved');
    await claim.settle(10_000);
    expect(await claim.reject()).toMatchObject({ status: 'rejected' });
    expect(await claim.view()).toMatchObject({ status: 'partly-approved', decision: { status: 'settled' } });
    expect(await claim.appeal()).toMatchObject({ status: 'appealed' });
    await claim.decide([10_000, 5_000], 'approved', 1);
    expect(await claim.settle(15_000, claim.world.id())).toMatchObject({ status: 'settled' });
  });

  it('can be paid again after the payment was sent back', async () => {
    const claim = await (await ClaimCase.start(organisations)).acknowledged();
    await claim.decide([10_000, 5_000], 'approved');
    await claim.settle(15_000);
    await claim.reject();
    const second = claim.world.id();
    expect(await claim.settle(15_000, second)).toMatchObject({
      status: 'settled',
      decision: { payment: second },
    });
    expect(await claim.confirm(second)).toMatchObject({ status: 'confirmed' });
  });

  it('is withdrawn, or replaced by another of the same pair', async () => {
    const first = await (await ClaimCase.start(organisations)).acknowledged();
    const second = first.another();
    expect(await second.open({ replaces: first.id })).toMatchObject({ claim: { replaces: first.id } });
    expect(await first.view()).toMatchObject({ status: 'replaced', claim: { replacedBy: second.id } });
    expect(await second.step('withdrawClaim')).toMatchObject({ status: 'withdrawn' });
  });

  it('never goes back in time, however wrong a client’s clock is', async () => {
    const claim = await ClaimCase.start(organisations);
    await claim.open();
    await claim.putLines();
    const early = new Date(claim.world.now.getTime() - 600_000);
    const { result } = await claim.world.submit(
      claim.adjuster,
      'billing:acknowledgeClaim',
      { id: claim.id },
      { at: early },
    );
    expect(result).toMatchObject({ decision: { updatedAt: '2026-01-05T08:00:00.000Z' } });
  });
});
