import { beforeAll, describe, expect, it } from 'vitest';
import { JWS_TYPES, type FunctionName, type PrivateOf, type Role, type directory } from '../api/index.js';
import * as chaincode from '../index.js';
import { hashOf } from '../ledger/index.js';
import {
  CUSTODIAN,
  FOUR_ORGANISATIONS,
  World,
  after,
  deviceKey,
  found,
  merged,
  openClinic,
  practitioner,
  refusal,
  registered,
  registration,
  registrationOf,
  type Caller,
  type Clinic,
  type DeviceKey,
} from '../testing/index.js';

const DELAY = 3_600;
const HASH = 'e'.repeat(64);
let world: World;
let clinic: Clinic;
beforeAll(async () => {
  world = new World(chaincode);
  clinic = await openClinic(world, { keyDelaySeconds: DELAY });
});
const register = (by: Caller, keys = [deviceKey().jwk], patient = world.id(), id = world.id()) =>
  world.submit(by, 'directory:registerPatient', { id }, { private: { patient, keys, salt: world.id() } });
const read = (by: Caller, patient: string) =>
  world.evaluate(by, 'directory:getPatient', {}, { private: { patient } }) as Promise<directory.Patient>;

describe('a patient', () => {
  it('is registered by staff, admin or gateway of a care organisation, its custodian', async () => {
    const callers = [clinic.clerk, clinic.doctor, clinic.admin, await world.caller('lab-a', 'gateway')];
    for (const caller of callers) {
      const { result, event } = await register(caller);
      expect(result).toMatchObject({ status: 'registered', custodian: caller.organisation, version: 1 });
      expect(event.changes).toHaveLength(1);
    }
  });

  it.each<[string, Role, string]>([
    ['insurer-a', 'admin', 'UNAUTHORIZED_ORGANISATION'],
    [CUSTODIAN, 'clerk', 'PRACTITIONER_NOT_APPROVED'],
    [CUSTODIAN, 'auditor', 'UNAUTHORIZED_ROLE'],
    [CUSTODIAN, 'patient', 'UNAUTHORIZED_ROLE'],
  ])('is not registered by %s %s', async (organisation, role, code) => {
    expect(await refusal(register(await world.caller(organisation, role)))).toBe(code);
  });

  it('has distinct keys that are points of the curve, and one registration', async () => {
    const { jwk } = deviceKey();
    const off = { ...jwk, x: deviceKey().jwk.x };
    const { registration: taken } = await read(clinic.clerk, clinic.patient);
    const same = world.id();
    expect(await refusal(register(clinic.clerk, [jwk, jwk]))).toBe('INVALID_ARGUMENT');
    expect(await refusal(register(clinic.clerk, [off]))).toBe('INVALID_ARGUMENT');
    expect(await refusal(register(clinic.clerk, [jwk], clinic.patient))).toBe('ALREADY_EXISTS');
    expect(await refusal(register(clinic.clerk, [jwk], world.id(), taken))).toBe('ALREADY_EXISTS');
    expect(await refusal(register(clinic.clerk, [jwk], same, same))).toBe('INVALID_ARGUMENT');
  });

  it('is confirmed once, by another care organisation', async () => {
    const { id, patient } = await registration(world, clinic.clerk, deviceKey());
    const confirm = (by: Caller, input: object = {}, about = patient) =>
      world.submit(by, 'directory:confirmPatient', { id, ...input }, { private: { patient: about } });
    expect(await refusal(confirm(clinic.admin))).toBe('SELF_APPROVAL');
    expect(await refusal(confirm(await world.caller('insurer-a', 'admin')))).toBe(
      'UNAUTHORIZED_ORGANISATION',
    );
    expect(await refusal(confirm(await world.caller('hospital-b', 'auditor')))).toBe('UNAUTHORIZED_ROLE');
    // Somebody looks at papers: a service identity cannot.
    expect(await refusal(confirm(await world.caller('hospital-b', 'gateway')))).toBe('UNAUTHORIZED_ROLE');
    expect(await refusal(confirm(clinic.visitor, { expectedVersion: 2 }))).toBe('VERSION_CONFLICT');
    expect(await refusal(confirm(clinic.visitor, { id: world.id() }))).toBe('NOT_FOUND');
    expect(await refusal(confirm(clinic.visitor, {}, clinic.patient))).toBe('NOT_FOUND');
    expect(await refusal(confirm(clinic.visitor, {}, world.id()))).toBe('NOT_FOUND');
    const standing = { status: 'confirmed', confirmedBy: 'hospital-b', version: 2 };
    const { result } = await confirm(clinic.visitor);
    expect(result).toMatchObject(standing);
    expect(world.value('registration', id)).toEqual(result);
    const held = await read(clinic.clerk, patient);
    expect(held).toMatchObject({ ...standing, registration: id });
    expect(hashOf(held)).toBe((result as directory.Registration).detailsHash);
    expect(await refusal(confirm(clinic.visitor))).toBe('INVALID_STATE');
  });

  it('is confirmed by nobody where the consortium has one care organisation, which is said', async () => {
    const small = new World(
      chaincode,
      FOUR_ORGANISATIONS.filter(({ name }) => /^(hospital|insurer)-a$/.test(name)),
    );
    await found(small);
    const clerk = await practitioner(small, CUSTODIAN, 'clerk');
    const { id, patient } = await registration(small, clerk, deviceKey());
    const confirm = async (by: Caller) =>
      small.submit(by, 'directory:confirmPatient', { id }, { private: { patient } });
    const alone = confirm(await practitioner(small, CUSTODIAN, 'doctor'));
    await expect(alone).rejects.toThrow(
      'SELF_APPROVAL:another care organisation than the custodian confirms, and the',
    );
    const insurer = await small.caller('insurer-a', 'admin');
    expect(await refusal(confirm(insurer))).toBe('UNAUTHORIZED_ORGANISATION');
  });

  it('is merged when its custodian asks and another care organisation agrees', async () => {
    const { clerk, visitor, gateway } = clinic;
    const patient = await registered(world, clerk, visitor, deviceKey());
    const into = await registered(world, clerk, visitor, deviceKey());
    const id = await registrationOf(world, clerk, patient);
    const ask = (by: Caller, change: { into?: string } = {}) =>
      refusal(world.submit(by, 'directory:mergePatients', { id }, { private: { patient, into, ...change } }));
    const agree = (by: Caller) =>
      refusal(world.submit(by, 'directory:confirmMerge', { id }, { private: { patient, into } }));
    expect(await agree(visitor)).toBe('INVALID_STATE');
    expect(await ask(clinic.doctor)).toBe('UNAUTHORIZED_ROLE');
    expect(await ask(clinic.visitorAdmin)).toBe('UNAUTHORIZED_ORGANISATION');
    expect(await ask(clerk, { into: patient })).toBe('INVALID_ARGUMENT');
    expect(await ask(clerk, { into: world.id() })).toBe('NOT_FOUND');
    const elsewhere = await practitioner(world, 'hospital-b', 'clerk');
    const foreign = await registered(world, elsewhere, clinic.doctor, deviceKey());
    expect(await ask(clerk, { into: foreign })).toBe('UNAUTHORIZED_ORGANISATION');
    const fresh = await registration(world, clerk, deviceKey());
    expect(await ask(clerk, { into: fresh.patient })).toBe('INVALID_STATE');
    expect(await ask(clerk)).toBeUndefined();
    expect(await read(clerk, patient)).toMatchObject({ status: 'confirmed', mergedInto: into });
    expect(await agree(clinic.admin)).toBe('SELF_APPROVAL');
    expect(await agree(gateway)).toBe('UNAUTHORIZED_ROLE');
    expect(await agree(visitor)).toBeUndefined();
    expect(await read(clerk, patient)).toMatchObject({ status: 'merged', mergedInto: into });
    expect(world.value('registration', id)).toMatchObject({ status: 'merged', version: 4 });
    expect(await ask(clerk)).toBe('INVALID_STATE');
  });

  it('is named by nothing in public, from its registration to a merge', async () => {
    const key = deviceKey();
    const patient = await registered(world, clinic.clerk, clinic.visitor, key);
    const into = await registered(world, clinic.clerk, clinic.visitor, deviceKey());
    await merged(clinic, patient, into);
    for (const secret of [patient, into, key.kid, key.jwk.x]) {
      expect(world.disclosure.isPublished(secret)).toBe(false);
      expect(world.disclosure.whoKnows(secret)).toEqual(['hospital-a', 'hospital-b', 'lab-a']);
    }
  });

  it('is shown to care organisations and itself; its registration to everybody', async () => {
    const { patient } = clinic;
    const self = await world.caller(CUSTODIAN, 'patient', patient);
    const { keys, registration: id } = await read(self, patient);
    expect(keys).toMatchObject([{ kid: clinic.device.kid, addedIn: 1 }]);
    expect(await refusal(read(clinic.visitor, patient))).toBeUndefined();
    expect(await refusal(read(await world.caller(CUSTODIAN, 'patient'), patient))).toBe('UNAUTHORIZED_ROLE');
    const insurer = await world.caller('insurer-a', 'admin');
    expect(await refusal(read(insurer, patient))).toBe('UNAUTHORIZED_ORGANISATION');
    expect(await world.evaluate(insurer, 'directory:getRegistration', { id })).toMatchObject({
      status: 'confirmed',
    });
  });
});

describe("a patient's keys", () => {
  let patient: string;
  let phone: DeviceKey;
  const reset = async () => {
    phone = deviceKey();
    patient = await registered(world, clinic.clerk, clinic.visitor, phone);
  };
  const statement = (change: object) => ({
    id: world.id(),
    channel: world.channel,
    custodian: CUSTODIAN,
    patient,
    expiresAt: after(world, 600),
    ...change,
  });
  type Change = Extract<FunctionName, 'directory:addPatientKey' | 'directory:revokePatientKey'>;
  async function send(name: Change, by: DeviceKey, payload: { id: string }, caller = clinic.gateway) {
    const priv: PrivateOf<Change> = { jws: by.sign(JWS_TYPES.key, payload), salt: world.id() };
    return world.submit(caller, name, { id: payload.id }, { private: priv });
  }
  const add = (by: DeviceKey, key: DeviceKey, change: object = {}, caller?: Caller) =>
    send('directory:addPatientKey', by, statement({ type: 'key-addition', key: key.jwk, ...change }), caller);
  const revoke = (by: DeviceKey, kid: string, change: object = {}) =>
    send('directory:revokePatientKey', by, statement({ type: 'key-revocation', kid, ...change }));

  it('grow by what an active key signed, after the delay', async () => {
    await reset();
    const [tablet, third] = [deviceKey(), deviceKey()];
    const { event, result } = await add(phone, tablet);
    expect(event.changes).toMatchObject([{ type: 'registration', status: 'confirmed', version: 3 }]);
    expect(JSON.stringify(result)).not.toContain(patient);
    expect((await read(clinic.clerk, patient)).keys).toMatchObject([
      { kid: phone.kid, addedIn: 1 },
      { kid: tablet.kid, addedIn: 3, effectiveFrom: after(world, DELAY) },
    ]);
    expect(await refusal(add(tablet, third))).toBe('KEY_NOT_ACTIVE');
    world.advance(DELAY);
    expect(await refusal(add(tablet, third))).toBeUndefined();
    expect(await refusal(add(phone, third))).toBe('ALREADY_EXISTS');
  });

  it('that wait are revoked by any active key, and then never sign', async () => {
    await reset();
    const [tablet, thief] = [deviceKey(), deviceKey()];
    await add(phone, tablet);
    world.advance(DELAY);
    await add(phone, thief);
    expect(await refusal(revoke(thief, tablet.kid))).toBe('KEY_NOT_ACTIVE');
    expect(await refusal(revoke(tablet, thief.kid))).toBeUndefined();
    world.advance(DELAY);
    expect(await refusal(revoke(thief, tablet.kid))).toBe('KEY_NOT_ACTIVE');
    const { keys } = await read(clinic.clerk, patient);
    expect(keys.find(({ kid }) => kid === thief.kid)).toMatchObject({ addedIn: 4, revokedIn: 5 });
  });

  it('shrink by what any active key signed, and never to none', async () => {
    await reset();
    const tablet = deviceKey();
    expect(await refusal(revoke(phone, phone.kid))).toBe('INVALID_STATE');
    await add(phone, tablet);
    expect(await refusal(revoke(phone, deviceKey().kid))).toBe('NOT_FOUND');
    world.advance(DELAY);
    expect(await refusal(revoke(tablet, phone.kid))).toBeUndefined();
    expect(await refusal(revoke(tablet, phone.kid))).toBe('KEY_NOT_ACTIVE');
    expect(await refusal(revoke(phone, tablet.kid))).toBe('KEY_NOT_ACTIVE');
    expect(await refusal(add(tablet, phone))).toBe('ALREADY_EXISTS');
  });

  it('are at most sixteen', async () => {
    await reset();
    for (let count = 1; count < 16; count++) await add(phone, deviceKey());
    expect(await refusal(add(phone, deviceKey()))).toBe('INVALID_STATE');
  });

  it('change for no statement of another channel, custodian, patient or time', async () => {
    await reset();
    const key = deviceKey();
    expect(await refusal(add(phone, key, { channel: 'other' }))).toBe('SIGNATURE_INVALID');
    expect(await refusal(add(phone, key, { custodian: 'hospital-b' }))).toBe('SIGNATURE_INVALID');
    expect(await refusal(add(phone, key, { patient: clinic.patient }))).toBe('KEY_NOT_ACTIVE');
    expect(await refusal(add(phone, key, { expiresAt: after(world, 0) }))).toBe('SIGNATURE_INVALID');
    expect(await refusal(add(deviceKey(), key))).toBe('KEY_NOT_ACTIVE');
    const stranger = await world.caller('insurer-a', 'gateway');
    expect(await refusal(add(phone, key, {}, stranger))).toBe('UNAUTHORIZED_ORGANISATION');
    const auditor = await world.caller(CUSTODIAN, 'auditor');
    expect(await refusal(add(phone, key, {}, auditor))).toBe('UNAUTHORIZED_ROLE');
    const jws = phone.sign(JWS_TYPES.key, statement({ type: 'key-addition', key: key.jwk }));
    expect(
      await refusal(
        world.submit(
          clinic.gateway,
          'directory:addPatientKey',
          { id: world.id() },
          {
            private: { jws, salt: world.id() },
          },
        ),
      ),
    ).toBe('INVALID_ARGUMENT');
  });
});

describe('what a custodian writes down about its patients', () => {
  it('relations: recorded by one, confirmed by another person, ended', async () => {
    const id = world.id();
    const details = (change: object = {}) => ({
      private: {
        patient: clinic.patient,
        kind: 'guardian' as const,
        holder: deviceKey().jwk,
        evidenceHash: HASH,
        expiresAt: after(world, 86_400),
        salt: world.id(),
        ...change,
      },
    });
    const record = (by: Caller, change?: object) =>
      refusal(world.submit(by, 'directory:recordRelation', { id }, details(change)));
    const step = (
      name: 'directory:confirmRelation' | 'directory:endRelation',
      by: Caller,
      version?: number,
    ) => refusal(world.submit(by, name, { id, expectedVersion: version }));
    expect(await record(clinic.visitorAdmin)).toBe('UNAUTHORIZED_ORGANISATION');
    expect(await record(await world.caller(CUSTODIAN, 'gateway'))).toBe('UNAUTHORIZED_ROLE');
    expect(await record(clinic.clerk, { patient: world.id() })).toBe('NOT_FOUND');
    expect(await record(clinic.clerk, { expiresAt: after(world, 0) })).toBe('INVALID_ARGUMENT');
    expect(await record(clinic.clerk)).toBeUndefined();
    expect(await record(clinic.clerk)).toBe('ALREADY_EXISTS');
    expect(await step('directory:confirmRelation', clinic.clerk)).toBe('SELF_APPROVAL');
    expect(await step('directory:confirmRelation', clinic.visitorAdmin)).toBe('UNAUTHORIZED_ORGANISATION');
    expect(await step('directory:confirmRelation', clinic.admin, 9)).toBe('VERSION_CONFLICT');
    expect(await step('directory:confirmRelation', clinic.admin)).toBeUndefined();
    expect(await step('directory:confirmRelation', clinic.admin)).toBe('INVALID_STATE');
    expect(await step('directory:endRelation', clinic.clerk)).toBeUndefined();
    expect(await step('directory:endRelation', clinic.clerk)).toBe('INVALID_STATE');
    expect(await world.evaluate(clinic.visitor, 'directory:getRelation', { id })).toMatchObject({
      status: 'ended',
      version: 3,
    });
  });

  it('devices: bound to a patient, unbound for ever', async () => {
    const id = world.id();
    const bind = (by: Caller, patient = clinic.patient) =>
      refusal(
        world.submit(
          by,
          'directory:bindDevice',
          { id },
          {
            private: { patient, jwk: deviceKey().jwk, salt: world.id() },
          },
        ),
      );
    const unbind = (by: Caller) => refusal(world.submit(by, 'directory:unbindDevice', { id }));
    expect(await bind(clinic.visitorAdmin)).toBe('UNAUTHORIZED_ORGANISATION');
    expect(await bind(clinic.clerk, world.id())).toBe('NOT_FOUND');
    expect(await bind(clinic.clerk)).toBeUndefined();
    expect(await bind(clinic.clerk)).toBe('ALREADY_EXISTS');
    expect(await unbind(clinic.visitorAdmin)).toBe('UNAUTHORIZED_ORGANISATION');
    expect(await unbind(clinic.clerk)).toBeUndefined();
    expect(await unbind(clinic.clerk)).toBe('INVALID_STATE');
    expect(await world.evaluate(clinic.visitor, 'directory:getDevice', { id })).toMatchObject({
      status: 'unbound',
    });
  });
});
