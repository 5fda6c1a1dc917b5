import { beforeAll, describe, expect, it } from 'vitest';
import { JWS_TYPES, canonicalJson, type record } from '../api/index.js';
import * as chaincode from '../index.js';
import {
  CUSTODIAN,
  World,
  after,
  deviceKey,
  leafOf,
  merged,
  openClinic,
  refusal,
  registered,
  type Caller,
  type Clinic,
  type DeviceKey,
} from '../testing/index.js';

let world: World;
let clinic: Clinic;
let gateway: Caller;
let made: ReturnType<typeof leafOf>;
const anchored = async (change: Parameters<typeof leafOf>[2] = {}) => {
  const one = leafOf(clinic, clinic.doctor, change);
  const { leaf, meta, salt } = one;
  const input = { id: leaf.record, version: 1, leaf };
  await world.submit(clinic.doctor, 'record:anchor', input, { private: { meta, salt } });
  return one;
};
beforeAll(async () => {
  world = new World(chaincode);
  clinic = await openClinic(world);
  gateway = await world.caller(CUSTODIAN, 'gateway');
  made = await anchored();
});

const statement = (change: object = {}) => ({
  type: 'access',
  id: world.id(),
  channel: world.channel,
  custodian: CUSTODIAN,
  patient: clinic.patient,
  record: made.leaf.record,
  purpose: 'legal',
  expiresAt: after(world, 300),
  ...change,
});
const signed = (payload: object, by: DeviceKey = clinic.device) => by.sign(JWS_TYPES.access, payload);
function carry(
  by: Caller,
  id: string,
  jws: string | undefined,
  change: Partial<record.AccessPrivate> = {},
  { leaf, meta, salt: metaSalt } = made,
) {
  const what = { leaf, meta, metaSalt, reference: { kind: 'single' } as const };
  const right = { purpose: 'legal', basis: { kind: 'legal' } } as const;
  const priv = { ...what, ...right, jws, salt: world.id(), ...change };
  return world.submit(by, 'record:access', { id }, { private: priv });
}
/** Has the custodian's gateway carry a statement. */
const read = (change: object = {}, by?: DeviceKey) => {
  const payload = statement(change);
  return refusal(carry(gateway, payload.id, signed(payload, by)));
};

describe('a patient’s own access', () => {
  it('is signed by the patient, carried by the custodian’s gateway, and names nobody in public', async () => {
    const payload = statement();
    const jws = signed(payload);
    await carry(gateway, payload.id, jws);
    const self = await world.caller(CUSTODIAN, 'patient', clinic.patient);
    const { id } = payload;
    expect(await world.evaluate(self, 'record:accessDetails', { id })).toMatchObject({
      basis: { kind: 'legal' },
      reader: { organisation: CUSTODIAN, subject: clinic.patient, role: 'patient' },
      jws,
    });
    const stranger = await world.caller(CUSTODIAN, 'patient');
    expect(await refusal(world.evaluate(stranger, 'record:accessDetails', { id }))).toBe('UNAUTHORIZED_ROLE');
    const insurer = await world.caller('insurer-a', 'admin');
    const asked = world.evaluate(insurer, 'record:accessDetails', { id });
    expect(await refusal(asked)).toBe('UNAUTHORIZED_ORGANISATION');
    for (const secret of [clinic.patient, clinic.device.kid, jws]) {
      expect(world.disclosure.whoKnows(secret)).not.toContain('insurer-a');
    }
  });

  it('counts once', async () => {
    const payload = statement();
    const jws = signed(payload);
    expect(await refusal(carry(gateway, payload.id, jws))).toBeUndefined();
    expect(await refusal(carry(gateway, payload.id, jws))).toBe('ALREADY_EXISTS');
    expect(await refusal(carry(gateway, world.id(), jws))).toBe('INVALID_ARGUMENT');
  });

  it.each<[string, () => object, string]>([
    ['another channel', () => ({ channel: 'other' }), 'SIGNATURE_INVALID'],
    ['another custodian', () => ({ custodian: 'hospital-b' }), 'SIGNATURE_INVALID'],
    ['another record', () => ({ record: world.id() }), 'SIGNATURE_INVALID'],
    ['another patient', () => ({ patient: world.id() }), 'SIGNATURE_INVALID'],
    ['another purpose', () => ({ purpose: 'treatment' }), 'INVALID_ARGUMENT'],
    ['an expiry that has passed', () => ({ expiresAt: after(world, 0) }), 'SIGNATURE_INVALID'],
    ['another type', () => ({ type: 'consent-revocation' }), 'INVALID_ARGUMENT'],
  ])('for %s is refused', async (_, change, code) => {
    expect(await read(change())).toBe(code);
  });

  it('with another key, another type of statement, or a changed text is refused', async () => {
    expect(await read({}, deviceKey())).toBe('KEY_NOT_ACTIVE');
    const payload = statement();
    const asRevocation = clinic.device.sign(JWS_TYPES.revocation, payload);
    expect(await refusal(carry(gateway, payload.id, asRevocation))).toBe('SIGNATURE_INVALID');
    const [header = '', , signature = ''] = signed(payload).split('.');
    const other = Buffer.from(canonicalJson({ ...payload, expiresAt: after(world, 9_000) }));
    const forged = [header, other.toString('base64url'), signature].join('.');
    expect(await refusal(carry(gateway, payload.id, forged))).toBe('SIGNATURE_INVALID');
    expect(await refusal(carry(gateway, payload.id, undefined))).toBe('SIGNATURE_INVALID');
  });

  it('is of its own records alone, whosesoever pseudonym the statement names', async () => {
    const device = deviceKey();
    const other = await registered(world, clinic.clerk, clinic.visitor, device);
    expect(await read({ patient: other }, device)).toBe('SIGNATURE_INVALID');
    expect(await read({}, device)).toBe('KEY_NOT_ACTIVE');
    const theirs = await anchored({ patient: other });
    const payload = statement({ patient: other, record: theirs.leaf.record });
    expect(await refusal(carry(gateway, payload.id, signed(payload), {}, theirs))).toBe('KEY_NOT_ACTIVE');
    expect(await refusal(carry(gateway, payload.id, signed(payload, device), {}, theirs))).toBeUndefined();
  });

  it('is carried by no staff, no other organisation’s gateway, and not by the patient itself', async () => {
    const payload = statement();
    const by = (caller: Caller) => refusal(carry(caller, payload.id, signed(payload)));
    expect(await by(clinic.doctor)).toBe('UNAUTHORIZED_ROLE');
    expect(await by(await world.caller('hospital-b', 'gateway'))).toBe('UNAUTHORIZED_ORGANISATION');
    expect(await by(await world.caller('insurer-a', 'gateway'))).toBe('UNAUTHORIZED_ORGANISATION');
    expect(await by(await world.caller(CUSTODIAN, 'patient', clinic.patient))).toBe('UNAUTHORIZED_ROLE');
  });

  it('goes with its own basis and purpose, and with no other', async () => {
    const payload = statement();
    const treatment = { purpose: 'treatment', basis: { kind: 'treatment', treatment: world.id() } } as const;
    const bring = (by: Caller, change: Partial<record.AccessPrivate>) =>
      refusal(carry(by, payload.id, signed(payload), change));
    expect(await bring(gateway, { purpose: 'treatment' })).toBe('ACCESS_DENIED');
    expect(await bring(gateway, treatment)).toBe('PRACTITIONER_NOT_APPROVED');
    expect(await bring(clinic.doctor, treatment)).toBe('INVALID_ARGUMENT');
  });

  it('outlives a merge: the keys of the one person read under both pseudonyms', async () => {
    const [old, now] = [deviceKey(), deviceKey()];
    const from = await registered(world, clinic.clerk, clinic.visitor, old);
    const into = await registered(world, clinic.clerk, clinic.visitor, now);
    const theirs = await anchored({ patient: from });
    const bring = (by: DeviceKey) => {
      const payload = statement({ patient: from, record: theirs.leaf.record });
      return refusal(carry(gateway, payload.id, signed(payload, by), {}, theirs));
    };
    expect(await bring(now)).toBe('KEY_NOT_ACTIVE');
    await merged(clinic, from, into);
    expect(await bring(now)).toBeUndefined();
    expect(await bring(old)).toBeUndefined();
  });
});

describe('a patient’s certificate', () => {
  it('sends no transaction, as everybody would see whose it is', async () => {
    const self = await world.caller(CUSTODIAN, 'patient', clinic.patient);
    const id = world.id();
    const request = { id, role: 'doctor', evidenceHash: 'e'.repeat(64) } as const;
    expect(await refusal(world.submit(self, 'directory:requestPractitioner', request))).toBe(
      'UNAUTHORIZED_ROLE',
    );
    expect(await refusal(world.submit(self, 'consent:expire', { id }))).toBe('UNAUTHORIZED_ROLE');
    expect(world.disclosure.isPublished(clinic.patient)).toBe(false);
  });
});
