import { beforeEach, describe, expect, it } from 'vitest';
import { CANARY, ClaimCase, hashed } from '../testing/claim-case.js';
import { SIX_ORGANISATIONS } from '../testing/consortiums.js';
import { practitioner } from '../testing/founding.js';
import { commitFailure, type Endorsed } from '../testing/world.js';

const MAJORITY = ['hospital-a', 'hospital-b', 'lab-a'];

/**
 * Organisations that run a chaincode of their own can endorse whatever they like; what they cannot do is to find
 * the other endorsers. So each attack takes a result that would be right and commits it with fewer signatures.
 */
describe('what colluding organisations cannot do', () => {
  let claim: ClaimCase;
  beforeEach(async () => {
    claim = await (await ClaimCase.start(SIX_ORGANISATIONS)).acknowledged();
  });

  function signedBy(endorsed: Endorsed, ...organisations: string[]): Endorsed {
    const mspIds = organisations.map((name) => claim.world.organisation(name).mspId);
    return { ...endorsed, transaction: { ...endorsed.transaction, endorsers: new Set(mspIds) } };
  }
  function expectRefused(endorsed: Endorsed, ...organisations: string[]): void {
    const failure = commitFailure(claim.world, signedBy(endorsed, ...organisations));
    expect(failure.validation, organisations.join()).toBe('ENDORSEMENT_POLICY_FAILURE');
  }
  const decision = async () => {
    const details = claim.decisionOf([10_000, 0]);
    await claim.putDecision(details);
    return claim.world.endorse(
      claim.adjuster,
      'billing:decideClaim',
      claim.decideInput(details, 'partly-approved'),
    );
  };

  it('deciding: not the insurer alone, not the care organisations, not a rival with all of them', async () => {
    const endorsed = await decision();
    expectRefused(endorsed, 'insurer-a');
    expectRefused(endorsed, 'hospital-a', 'lab-a');
    expectRefused(endorsed, 'insurer-a', 'hospital-a', 'lab-a');
    expectRefused(endorsed, ...MAJORITY, 'pharmacy-a');
    expectRefused(endorsed, 'insurer-b', ...MAJORITY);
    expectRefused(endorsed, 'insurer-a', 'insurer-b', 'hospital-a', 'lab-a');
    expect(await claim.view()).toMatchObject({ status: 'acknowledged' });
    claim.world.commit(signedBy(endorsed, 'insurer-a', 'hospital-b', 'lab-a', 'pharmacy-a'));
    expect(await claim.view()).toMatchObject({ status: 'partly-approved' });
  });

  it('rewriting or withdrawing a claim: no insurer can; a majority without it can', async () => {
    const endorsed = await claim.world.endorse(claim.provider, 'billing:withdrawClaim', { id: claim.id });
    expectRefused(endorsed, 'insurer-a');
    expectRefused(endorsed, 'insurer-a', 'insurer-b', 'hospital-a', 'lab-a');
    claim.world.commit(signedBy(endorsed, ...MAJORITY));
  });

  it('blocking an appeal: it needs no insurer, even where the insurer settles at once', async () => {
    await claim.decide([10_000, 0], 'partly-approved');
    await claim.settle(10_000);
    await claim.reject();
    const input = { id: claim.id, reason: 'medical-necessity' };
    const endorsed = await claim.world.endorse(claim.provider, 'billing:appealClaim', input);
    expect(endorsed.transaction.endorsers).not.toContain('InsurerAMSP');
    claim.world.commit(endorsed);
    expect(await claim.view()).toMatchObject({ status: 'appealed' });
  });

  it('lowering the policy of a decision: that too is under the policy', async () => {
    const key = `\u0000claim-decision\u0000${claim.id}\u0000`;
    const forged = await decision();
    const policies = new Map([[key, Buffer.from('')]]);
    const set = { ...forged.transaction.set, writes: new Map(), policies };
    expectRefused({ ...forged, transaction: { ...forged.transaction, set } }, ...MAJORITY);
  });

  it('putting private values: only both of the pair together', async () => {
    const put = await claim.world.endorse(
      claim.adjuster,
      'billing:putDecision',
      { id: claim.id },
      { private: claim.decisionOf([0, 0]) },
    );
    expectRefused(put, 'insurer-a');
    expectRefused(put, 'hospital-a');
    expectRefused(put, 'insurer-b', ...MAJORITY);
    claim.world.commit(signedBy(put, 'insurer-a', 'hospital-a'));
  });

  it('a wrong hash is refused by each endorser on its own', async () => {
    const details = claim.decisionOf([10_000, 0]);
    await claim.putDecision(details);
    const input = { ...claim.decideInput(details, 'partly-approved'), detailsHash: hashed('other') };
    for (const endorser of ['insurer-a', 'hospital-a', 'hospital-b', 'lab-a', 'pharmacy-a', 'insurer-b']) {
      await expect(
        claim.world.endorse(claim.adjuster, 'billing:decideClaim', input, { endorsers: [endorser] }),
      ).rejects.toMatchObject({ code: 'PRIVATE_DATA_MISMATCH' });
    }
  });

  it('a race of an appeal with a settlement: one of the two is invalid', async () => {
    await claim.decide([10_000, 0], 'partly-approved');
    const details = claim.paymentOf(10_000);
    await claim.putPayment(details);
    const settle = await claim.world.endorse(
      claim.adjuster,
      'billing:settleClaim',
      claim.settleInput(details),
    );
    await claim.appeal();
    expect(commitFailure(claim.world, settle).validation).toBe('MVCC_READ_CONFLICT');
    expect(claim.world.value('payment', claim.payment)).toBeUndefined();
  });

  it('learning a line: nobody outside the pair, through all of it', async () => {
    await claim.step('requestInformation');
    await claim.step('answerInformation');
    await claim.decide([10_000, 0], 'partly-approved');
    await claim.appeal();
    await claim.decide([10_000, 5_000], 'approved', 1);
    await claim.settle(15_000);
    await claim.confirm();
    const rival = await practitioner(claim.world, 'insurer-b', 'adjuster');
    const neighbour = await practitioner(claim.world, 'hospital-b', 'billing');
    for (const caller of [rival, neighbour]) {
      for (const name of ['getClaimLines', 'getDecision'] as const) {
        for (const endorser of ['hospital-a', 'insurer-a', caller.organisation]) {
          const call = claim.world.evaluate(
            caller,
            `billing:${name}`,
            { id: claim.id },
            { endorsers: [endorser] },
          );
          await expect(call).rejects.toThrow();
        }
      }
    }
    const { disclosure } = claim.world;
    const secrets = [
      CANARY,
      'codes.example',
      claim.lines.patient,
      '"I10"',
      '"amount":15000',
      claim.lines.salt,
    ];
    for (const secret of secrets) {
      expect(disclosure.isPublished(secret), secret).toBe(false);
      expect(disclosure.whoKnows(secret), secret).toEqual(['hospital-a', 'insurer-a']);
    }
  });
});
