import { beforeEach, describe, expect, it } from 'vitest';
import type { consent } from '../api/index.js';
import * as chaincode from '../index.js';
import {
  CUSTODIAN,
  World,
  leafOf,
  openClinic,
  practitioner,
  refusal,
  type Caller,
  type Clinic,
} from '../testing/index.js';

const REVIEW = 7_200;
let world: World;
let clinic: Clinic;
beforeEach(async () => {
  world = new World(chaincode);
  clinic = await openClinic(world, { breakGlassReviewSeconds: REVIEW });
});

async function open(by: Caller = clinic.visitor, change: object = {}, id = world.id()): Promise<string> {
  await world.submit(
    by,
    'consent:openBreakGlass',
    { id },
    {
      private: {
        patient: clinic.patient,
        custodian: CUSTODIAN,
        reason: 'unconscious after an accident',
        minutes: 60,
        salt: world.id(),
        ...change,
      },
    },
  );
  return id;
}
const review = (by: Caller, id: string, outcome: 'justified' | 'unjustified' = 'justified') =>
  refusal(world.submit(by, 'consent:reviewBreakGlass', { id, outcome }));
const expire = (id: string, by: Caller = clinic.gateway) =>
  refusal(world.submit(by, 'consent:expireBreakGlass', { id }));
const decide = async (
  id: string,
  by: Caller = clinic.visitor,
  change: Partial<consent.DecidePrivate> = {},
) => {
  const { organisation, subject, role } = by;
  const answer = (await world.evaluate(
    clinic.gateway,
    'consent:decide',
    {},
    {
      private: {
        requester: { organisation, subject, role },
        permission: 'read',
        purpose: 'treatment',
        meta: leafOf(clinic, clinic.doctor).meta,
        basis: { kind: 'emergency', breakGlass: id },
        ...change,
      },
    },
  )) as consent.Decision;
  return answer.granted ? 'granted' : answer.code;
};

describe('a break-glass', () => {
  it('lets its clinician read that patient for its time, and tells the public nothing', async () => {
    const id = await open();
    expect(await decide(id)).toBe('granted');
    expect(await decide(id, clinic.doctor)).toBe('ACCESS_DENIED');
    expect(await decide(id, clinic.visitor, { permission: 'write' })).toBe('ACCESS_DENIED');
    expect(await decide(id, clinic.visitor, { purpose: 'research' })).toBe('ACCESS_DENIED');
    const other = leafOf(clinic, clinic.doctor, { patient: world.id() }).meta;
    expect(await decide(id, clinic.visitor, { meta: other })).toBe('ACCESS_DENIED');
    expect(await decide(world.id())).toBe('NOT_FOUND');
    expect(world.disclosure.isPublished('unconscious')).toBe(false);
    expect(world.disclosure.whoKnows('unconscious')).not.toContain('insurer-a');
    expect(await world.evaluate(clinic.visitor, 'consent:getBreakGlass', { id })).toMatchObject({
      status: 'open',
    });
    world.advance(3_600);
    expect(await decide(id)).toBe('ACCESS_DENIED');
  });

  it.each<[string, (by: Clinic) => Caller | Promise<Caller>, object, string]>([
    ['by a clerk', ({ clerk }) => clerk, {}, 'UNAUTHORIZED_ROLE'],
    ['by an unapproved doctor', () => world.caller('lab-a', 'doctor'), {}, 'PRACTITIONER_NOT_APPROVED'],
    ['at an insurer', () => practitioner(world, 'insurer-a', 'doctor'), {}, 'UNAUTHORIZED_ORGANISATION'],
    ['for more than four hours', ({ visitor }) => visitor, { minutes: 241 }, 'INVALID_ARGUMENT'],
    ['without a reason', ({ visitor }) => visitor, { reason: 'because' }, 'INVALID_ARGUMENT'],
    ['at an unknown custodian', ({ visitor }) => visitor, { custodian: 'nobody' }, 'NOT_FOUND'],
  ])('is not opened %s', async (_, who, change, code) => {
    expect(await refusal(open(await who(clinic), change))).toBe(code);
  });

  it('is reviewed once, by another person of either organisation', async () => {
    const id = await open();
    expect(await refusal(open(clinic.visitor, {}, id))).toBe('ALREADY_EXISTS');
    const same = await world.caller('hospital-b', 'admin', clinic.visitor.subject);
    expect(await review(same, id)).toBe('SELF_APPROVAL');
    expect(await review(clinic.clerk, id)).toBe('UNAUTHORIZED_ROLE');
    expect(await review(await world.caller('lab-a', 'admin'), id)).toBe('UNAUTHORIZED_ORGANISATION');
    expect(await review(clinic.admin, world.id())).toBe('NOT_FOUND');
    expect(await review(await world.caller('hospital-b', 'auditor'), id)).toBeUndefined();
    expect(await review(clinic.admin, id)).toBe('INVALID_STATE');
    expect(await decide(id)).toBe('granted');
    const details = await world.evaluate(clinic.admin, 'consent:breakGlassDetails', { id });
    expect(details).toHaveProperty('reviewer');
    expect(await refusal(open())).toBeUndefined();
  });

  it('is told to the staff of the custodian and of the clinician’s organisation, not to others in care', async () => {
    const id = await open();
    const ask = (by: Caller) => refusal(world.evaluate(by, 'consent:breakGlassDetails', { id }));
    const self = await world.caller(CUSTODIAN, 'patient', clinic.patient);
    for (const by of [clinic.doctor, clinic.visitor, clinic.visitorAdmin, clinic.gateway, self]) {
      expect(await ask(by)).toBeUndefined();
    }
    expect(await ask(await world.caller('lab-a', 'auditor'))).toBe('UNAUTHORIZED_ROLE');
    expect(await ask(await practitioner(world, 'lab-a', 'technician'))).toBe('UNAUTHORIZED_ROLE');
    expect(await ask(await practitioner(world, CUSTODIAN, 'billing'))).toBe('UNAUTHORIZED_ROLE');
  });

  it('that was unjustified ends, and takes the emergency right until an admin gives it back', async () => {
    const [id, other] = [await open(), await open()];
    expect(await review(clinic.admin, id, 'unjustified')).toBeUndefined();
    expect(world.value('practitioner', clinic.visitor.subject)).toMatchObject({ breakGlassSuspended: true });
    expect(await decide(id)).toBe('BREAK_GLASS_SUSPENDED');
    expect(await decide(other)).toBe('BREAK_GLASS_SUSPENDED');
    expect(await refusal(open())).toBe('BREAK_GLASS_SUSPENDED');
    await world.submit(clinic.visitorAdmin, 'directory:reinstatePractitioner', {
      id: clinic.visitor.subject,
    });
    expect(await decide(id)).toBe('ACCESS_DENIED');
    expect(await decide(other)).toBe('granted');
    expect(await refusal(open())).toBeUndefined();
  });

  it('that nobody reviewed in time takes the emergency right, also before somebody writes it down', async () => {
    const id = await open();
    expect(await expire(id)).toBe('INVALID_STATE');
    world.advance(REVIEW);
    expect(await refusal(open())).toBe('BREAK_GLASS_SUSPENDED');
    expect(await expire(id, await world.caller('lab-a', 'auditor'))).toBe('UNAUTHORIZED_ROLE');
    expect(await expire(id)).toBeUndefined();
    expect(await expire(id)).toBe('INVALID_STATE');
    expect(world.value('practitioner', clinic.visitor.subject)).toMatchObject({ breakGlassSuspended: true });
    expect(await review(clinic.doctor, id)).toBeUndefined();
    expect(await refusal(open())).toBe('BREAK_GLASS_SUSPENDED');
    await world.submit(clinic.visitorAdmin, 'directory:reinstatePractitioner', {
      id: clinic.visitor.subject,
    });
    expect(await refusal(open())).toBeUndefined();
  });

  it('that nobody reviewed in time stops the clinician’s others, also before somebody writes it down', async () => {
    const first = await open();
    world.advance(REVIEW - 600);
    const second = await open();
    expect(await decide(second)).toBe('granted');
    world.advance(600);
    expect(await decide(second)).toBe('BREAK_GLASS_SUSPENDED');
    expect(await review(clinic.doctor, first)).toBeUndefined();
    expect(await decide(second)).toBe('granted');
  });

  it('is one of sixteen that wait for a review, at most', async () => {
    for (let count = 0; count < 16; count++) await open();
    expect(await refusal(open())).toBe('BREAK_GLASS_SUSPENDED');
  });
});
