import { beforeAll, describe, expect, it } from 'vitest';
import type { FunctionName, Role, directory } from '../api/index.js';
import * as chaincode from '../index.js';
import { World, deviceKey, found, practitioner, refusal, type Caller } from '../testing/index.js';

const HASH = 'e'.repeat(64);
type Step = Extract<
  FunctionName,
  | 'directory:approvePractitioner'
  | 'directory:declinePractitioner'
  | 'directory:suspendPractitioner'
  | 'directory:reinstatePractitioner'
  | 'directory:leavePractitioner'
>;
const STEPS = {
  approve: 'directory:approvePractitioner',
  decline: 'directory:declinePractitioner',
  suspend: 'directory:suspendPractitioner',
  reinstate: 'directory:reinstatePractitioner',
  leave: 'directory:leavePractitioner',
} as const satisfies Record<string, Step>;
type StepName = keyof typeof STEPS;

describe('the founding', () => {
  const organisations = [
    { name: 'hospital-a', kind: 'hospital', mspId: 'HospitalAMSP' },
    { name: 'insurer-a', kind: 'insurer', mspId: 'InsurerAMSP' },
  ] as const;
  const input = { organisations: [...organisations], keyDelaySeconds: 0, breakGlassReviewSeconds: 60 };
  const priv = { private: { careKeySecret: HASH } };

  it('is done once, and nothing works before it', async () => {
    const world = new World(chaincode);
    const admin = await world.caller('hospital-a', 'admin');
    expect(await refusal(world.evaluate(admin, 'directory:consortium', {}))).toBe('NOT_FOUNDED');
    const first = { private: { patient: world.id(), keys: [deviceKey().jwk], salt: world.id() } };
    const register = world.submit(admin, 'directory:registerPatient', { id: world.id() }, first);
    expect(await refusal(register)).toBe('NOT_FOUNDED');
    const { event } = await world.submit(admin, 'directory:found', input, priv);
    expect(event.changes).toEqual([{ type: 'consortium', id: 'consortium', version: 1 }]);
    expect(await world.evaluate(admin, 'directory:consortium', {})).toEqual({ type: 'consortium', ...input });
    expect(await refusal(world.submit(admin, 'directory:found', input, priv))).toBe('ALREADY_FOUNDED');
    expect(world.disclosure.whoKnows(HASH)).not.toContain('insurer-a');
  });

  it.each<[string, string, Role, object, string]>([
    ['by an insurer', 'insurer-a', 'admin', {}, 'UNAUTHORIZED_ORGANISATION'],
    ['by no admin', 'hospital-a', 'clerk', {}, 'UNAUTHORIZED_ROLE'],
    ['by an outsider', 'lab-a', 'admin', {}, 'UNAUTHORIZED_ORGANISATION'],
    [
      'with two organisations of one name',
      'hospital-a',
      'admin',
      { organisations: [...organisations, { ...organisations[1], mspId: 'OtherMSP' }] },
      'INVALID_ARGUMENT',
    ],
    [
      'with two organisations of one MSP id',
      'hospital-a',
      'admin',
      { organisations: [...organisations, { ...organisations[1], name: 'other' }] },
      'INVALID_ARGUMENT',
    ],
    ['with an unknown member', 'hospital-a', 'admin', { extra: 1 }, 'INVALID_ARGUMENT'],
  ])('is refused %s', async (_, organisation, role, change, code) => {
    const world = new World(chaincode);
    const caller = await world.caller(organisation, role);
    expect(await refusal(world.submit(caller, 'directory:found', { ...input, ...change }, priv))).toBe(code);
  });

  it('is refused without the secret', async () => {
    const world = new World(chaincode);
    const admin = await world.caller('hospital-a', 'admin');
    expect(await refusal(world.submit(admin, 'directory:found', input))).toBe('PRIVATE_DATA_MISSING');
  });
});

describe('a practitioner', () => {
  let world: World;
  let admin: Caller;
  beforeAll(async () => {
    world = new World(chaincode);
    await found(world);
    admin = await world.caller('hospital-a', 'admin');
  });

  async function inState(...steps: StepName[]): Promise<Caller> {
    const caller = await world.caller('hospital-a', 'nurse');
    await request(caller, caller);
    for (const step of steps) await world.submit(admin, STEPS[step], { id: caller.subject });
    return caller;
  }
  const request = (by: Caller, who: { subject: string; role: Role }) =>
    world.submit(by, 'directory:requestPractitioner', {
      id: who.subject,
      role: who.role,
      evidenceHash: HASH,
    });

  it('goes requested, approved, suspended, approved, left, and may ask again', async () => {
    const nurse = await inState('approve', 'suspend', 'reinstate', 'leave');
    const { result, event } = await request(nurse, nurse);
    expect(result).toMatchObject({ status: 'requested', version: 6, organisation: 'hospital-a' });
    expect(event).toEqual({
      function: 'directory:requestPractitioner',
      changes: [{ type: 'practitioner', id: nurse.subject, status: 'requested', version: 6 }],
    });
  });

  it.each<[string, StepName[], StepName[]]>([
    ['requested', [], ['approve', 'decline']],
    ['approved', ['approve'], ['suspend', 'leave']],
    ['declined', ['decline'], []],
    ['suspended', ['approve', 'suspend'], ['reinstate', 'leave']],
    ['left', ['approve', 'leave'], []],
  ])('that is %s takes exactly its steps', async (_, path, allowed) => {
    for (const step of Object.keys(STEPS) as StepName[]) {
      const { subject } = await inState(...path);
      const outcome = await refusal(world.submit(admin, STEPS[step], { id: subject, reason: 'R1' }));
      expect([step, outcome]).toEqual([step, allowed.includes(step) ? undefined : 'INVALID_STATE']);
    }
  });

  it('is requested by an admin or an approved clerk of the organisation too', async () => {
    const clerk = await practitioner(world, 'hospital-a', 'clerk');
    for (const by of [admin, clerk]) {
      const who = { subject: world.id(), role: 'doctor' as const };
      expect((await request(by, who)).result).toMatchObject({ organisation: 'hospital-a', role: 'doctor' });
    }
  });

  it('is not requested by others, twice, in another role, or by another organisation', async () => {
    const nurse = await inState('decline');
    const unapproved = await world.caller('hospital-a', 'clerk');
    const doctor = await practitioner(world, 'hospital-a', 'doctor');
    const elsewhere = await world.caller('hospital-b', 'admin');
    const someone = { subject: world.id(), role: 'doctor' as const };
    expect(await refusal(request(doctor, someone))).toBe('UNAUTHORIZED_ROLE');
    expect(await refusal(request(unapproved, someone))).toBe('PRACTITIONER_NOT_APPROVED');
    expect(await refusal(request(nurse, { subject: nurse.subject, role: 'doctor' }))).toBe(
      'UNAUTHORIZED_ROLE',
    );
    expect(await refusal(request(elsewhere, nurse))).toBe('UNAUTHORIZED_ORGANISATION');
    expect(await refusal(request(doctor, doctor))).toBe('ALREADY_EXISTS');
    expect(await refusal(request(admin, { subject: world.id(), role: 'gateway' }))).toBe('INVALID_ARGUMENT');
  });

  it.each(Object.keys(STEPS) as StepName[])(
    'is not %sd by others, itself, or at another version',
    async (step) => {
      const nurse = await inState();
      const call = (by: Caller, input: { id: string; expectedVersion?: number } = { id: nurse.subject }) =>
        refusal(world.submit(by, STEPS[step], input));
      const clerk = await practitioner(world, 'hospital-a', 'clerk');
      expect(await call(nurse)).toBe('UNAUTHORIZED_ROLE');
      expect(await call(clerk)).toBe('UNAUTHORIZED_ROLE');
      expect(await call(await world.caller('hospital-b', 'admin'))).toBe('UNAUTHORIZED_ORGANISATION');
      expect(await call(await world.caller('hospital-a', 'admin', nurse.subject))).toBe('SELF_APPROVAL');
      expect(await call(admin, { id: nurse.subject, expectedVersion: 7 })).toBe('VERSION_CONFLICT');
      expect(await call(admin, { id: world.id() })).toBe('NOT_FOUND');
      expect(await call(admin, { id: 'Jane Doe' })).toBe('INVALID_ARGUMENT');
    },
  );

  it('keeps its time when the client of a step is behind', async () => {
    const nurse = await inState();
    const before = world.value('practitioner', nurse.subject) as directory.Practitioner;
    const at = new Date(world.now.getTime() - 600_000);
    const { result } = await world.submit(admin, STEPS.approve, { id: nurse.subject }, { at });
    expect(result).toMatchObject({ updatedAt: before.updatedAt, version: 2 });
  });

  it('is read by every member, not by an outsider or a certificate without a known role', async () => {
    const nurse = await inState();
    const adjuster = await world.caller('insurer-a', 'auditor');
    const get = (by: Caller) => world.evaluate(by, 'directory:getPractitioner', { id: nurse.subject });
    expect(await get(adjuster)).toMatchObject({ id: nurse.subject });
    expect(await refusal(get(await world.caller('insurer-a', 'king' as Role)))).toBe('UNAUTHORIZED_ROLE');
    expect(await refusal(get(await world.caller('insurer-a', 'admin', 'me')))).toBe('UNAUTHORIZED_ROLE');
  });
});
