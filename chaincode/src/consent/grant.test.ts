import { beforeAll, describe, expect, it } from 'vitest';
import { JWS_TYPES, canonicalJson, type consent } from '../api/index.js';
import * as chaincode from '../index.js';
import { hashOf } from '../ledger/index.js';
import {
  CUSTODIAN,
  VISITING,
  World,
  after,
  deviceKey,
  granted,
  openClinic,
  refusal,
  registered,
  registration,
  terms,
  type Caller,
  type Clinic,
  type DeviceKey,
} from '../testing/index.js';

let world: World;
let clinic: Clinic;
beforeAll(async () => {
  world = new World(chaincode);
  clinic = await openClinic(world);
});

const bring = (jws: string, id: string, by: Caller = clinic.gateway) =>
  world.submit(by, 'consent:grant', { id }, { private: { jws, salt: world.id() } });
const give = (change: Partial<consent.Consent> = {}, by: DeviceKey = clinic.device) => {
  const signed = terms(clinic, change);
  return refusal(bring(by.sign(JWS_TYPES.consent, signed), signed.id));
};

describe('a signed consent', () => {
  it('is taken from any care organisation, and says nothing in public', async () => {
    const signed = terms(clinic);
    const { event, result } = await bring(clinic.device.sign(JWS_TYPES.consent, signed), signed.id);
    expect(event.changes).toEqual([{ type: 'consent', id: signed.id, status: 'active', version: 1 }]);
    expect(result).toMatchObject({ type: 'consent', status: 'active', custodian: CUSTODIAN });
    const details = (await world.evaluate(clinic.visitor, 'consent:details', {
      id: signed.id,
    })) as consent.ConsentDetails;
    expect(details).toMatchObject({ consent: signed, assurance: 'signed', kid: clinic.device.kid });
    expect(result).toMatchObject({ detailsHash: hashOf(details) });
    expect(details.consentHash).toBe(hashOf(signed));
    expect(world.disclosure.whoKnows(canonicalJson(signed))).not.toContain('insurer-a');
    expect(world.disclosure.isPublished(canonicalJson(signed.grantee))).toBe(false);
  });

  it('reads no public key that names patient or grantee', async () => {
    const signed = terms(clinic, {
      grantee: { kind: 'practitioner', organisation: VISITING, id: clinic.visitor.subject },
    });
    const endorsed = await world.endorse(
      clinic.gateway,
      'consent:grant',
      { id: signed.id },
      {
        private: { jws: clinic.device.sign(JWS_TYPES.consent, signed), salt: world.id() },
      },
    );
    const read = [...endorsed.transaction.set.reads.keys()].join();
    expect(read).not.toContain(clinic.patient);
    expect(read).not.toContain(clinic.visitor.subject);
  });

  it.each<[string, () => Partial<consent.Consent>, string]>([
    ['another channel', () => ({ channel: 'other' }), 'CONSENT_MISMATCH'],
    ['another custodian', () => ({ custodian: 'hospital-b' }), 'CONSENT_MISMATCH'],
    ['an unknown patient', () => ({ patient: world.id() }), 'NOT_FOUND'],
    [
      'an unknown organisation',
      () => ({ grantee: { kind: 'organisation', organisation: 'nobody' } }),
      'NOT_FOUND',
    ],
    [
      'a role of no practitioner',
      () => ({ grantee: { kind: 'role', organisation: VISITING, role: 'admin' } }),
      'INVALID_ARGUMENT',
    ],
    ['a permission twice', () => ({ permissions: ['read', 'read'] }), 'INVALID_ARGUMENT'],
    [
      'a period backwards',
      () => ({ filters: { period: { from: '2026-02-01', to: '2026-01-01' } } }),
      'INVALID_ARGUMENT',
    ],
    ['an exception of everything', () => ({ except: [{}] }), 'INVALID_ARGUMENT'],
    [
      'an exception of nobody known',
      () => ({ except: [{ grantee: { kind: 'organisation', organisation: 'nobody' } }] }),
      'NOT_FOUND',
    ],
    [
      'an expiry that has passed',
      () => ({ notBefore: after(world, -9), expiresAt: after(world, 0) }),
      'CONSENT_EXPIRED',
    ],
    ['an expiry before its beginning', () => ({ notBefore: after(world, 4_000) }), 'INVALID_ARGUMENT'],
    ['an unknown relation', () => ({ relation: world.id() }), 'NOT_FOUND'],
  ])('with %s is refused', async (_, change, code) => {
    expect(await give(change())).toBe(code);
  });

  it.each<[string, (signed: consent.Consent) => string, string]>([
    ['alg none', (signed) => raw({ alg: 'none' }, signed), 'SIGNATURE_INVALID'],
    [
      'the type of a revocation',
      (signed) => clinic.device.sign(JWS_TYPES.revocation, signed),
      'SIGNATURE_INVALID',
    ],
    [
      'the type of a key statement',
      (signed) => clinic.device.sign(JWS_TYPES.key, signed),
      'SIGNATURE_INVALID',
    ],
    ['a stranger’s key', (signed) => deviceKey().sign(JWS_TYPES.consent, signed), 'KEY_NOT_ACTIVE'],
    ["a stranger's key under the patient's kid", (signed) => forged(signed), 'SIGNATURE_INVALID'],
    ['a payload in another order', (signed) => reordered(signed), 'SIGNATURE_INVALID'],
    ['a garbled signature', (signed) => garbled(signed), 'SIGNATURE_INVALID'],
  ])('with %s is refused', async (_, sign, code) => {
    const signed = terms(clinic);
    expect(await refusal(bring(sign(signed), signed.id))).toBe(code);
  });
  const raw = (header: object, payload: unknown, by = clinic.device, kid = clinic.device.kid) =>
    by.signRaw(
      JSON.stringify({ alg: 'ES256', kid, typ: JWS_TYPES.consent, ...header }),
      canonicalJson(payload),
    );
  const forged = (signed: consent.Consent) => raw({}, signed, deviceKey());
  const reordered = ({ type, ...rest }: consent.Consent) =>
    clinic.device.signRaw(
      JSON.stringify({ alg: 'ES256', kid: clinic.device.kid, typ: JWS_TYPES.consent }),
      JSON.stringify({ type, ...rest }),
    );
  const garbled = (signed: consent.Consent) => {
    const jws = clinic.device.sign(JWS_TYPES.consent, signed);
    return `${jws.slice(0, -20)}AAAA${jws.slice(-16)}`;
  };

  it('is taken once, whoever brings it again and in whatever spelling', async () => {
    const signed = await granted(clinic);
    expect(await refusal(bring(clinic.device.sign(JWS_TYPES.consent, signed), signed.id))).toBe(
      'ALREADY_EXISTS',
    );
    expect(await refusal(bring(clinic.device.sign(JWS_TYPES.consent, signed), world.id()))).toBe(
      'CONSENT_MISMATCH',
    );
  });

  it('is brought by care organisations alone, by people who may act', async () => {
    const signed = terms(clinic);
    const jws = clinic.device.sign(JWS_TYPES.consent, signed);
    const by = async (organisation: string, role: Caller['role']) =>
      refusal(bring(jws, signed.id, await world.caller(organisation, role)));
    expect(await by('insurer-a', 'gateway')).toBe('UNAUTHORIZED_ORGANISATION');
    expect(await by('hospital-b', 'auditor')).toBe('UNAUTHORIZED_ROLE');
    expect(await by('hospital-b', 'doctor')).toBe('PRACTITIONER_NOT_APPROVED');
    expect(await by('hospital-b', 'patient')).toBe('UNAUTHORIZED_ROLE');
  });

  it('needs a patient that a second organisation confirmed', async () => {
    const device = deviceKey();
    const { patient } = await registration(world, clinic.clerk, device);
    expect(await give({ patient }, device)).toBe('INVALID_STATE');
  });

  it('replaces the active one that it names by id and hash', async () => {
    const old = await granted(clinic);
    const replaces = { id: old.id, hash: hashOf(old) };
    expect(await give({ replaces: { ...replaces, hash: 'f'.repeat(64) } })).toBe('CONSENT_MISMATCH');
    expect(await give({ replaces: { ...replaces, id: world.id() } })).toBe('NOT_FOUND');
    const device = deviceKey();
    const patient = await registered(world, clinic.clerk, clinic.visitor, device);
    expect(await give({ replaces, patient }, device)).toBe('CONSENT_MISMATCH');
    expect(await give({ replaces })).toBeUndefined();
    expect(world.value('consent', old.id)).toMatchObject({ status: 'superseded', version: 2 });
    expect(await give({ replaces })).toBe('CONSENT_NOT_ACTIVE');
  });

  it('is signed by the holder of a confirmed relation, while it lasts', async () => {
    const guardian = deviceKey();
    const relation = world.id();
    await world.submit(
      clinic.clerk,
      'directory:recordRelation',
      { id: relation },
      {
        private: {
          patient: clinic.patient,
          kind: 'guardian',
          holder: guardian.jwk,
          evidenceHash: 'e'.repeat(64),
          expiresAt: after(world, 1_000),
          salt: world.id(),
        },
      },
    );
    expect(await give({ relation }, guardian)).toBe('INVALID_STATE');
    await world.submit(clinic.admin, 'directory:confirmRelation', { id: relation });
    expect(await give({ relation }, guardian)).toBeUndefined();
    expect(await give({}, guardian)).toBe('KEY_NOT_ACTIVE');
    expect(await give({ relation })).toBe('KEY_NOT_ACTIVE');
    const patient = await registered(world, clinic.clerk, clinic.visitor, deviceKey());
    expect(await give({ relation, patient }, guardian)).toBe('CONSENT_MISMATCH');
    world.advance(1_000);
    expect(await give({ relation }, guardian)).toBe('INVALID_STATE');
    await world.submit(clinic.clerk, 'directory:endRelation', { id: relation });
    expect(await give({ relation }, guardian)).toBe('INVALID_STATE');
  });

  it('is not signed by a revoked key, nor by one that still waits', async () => {
    const [phone, tablet] = [deviceKey(), deviceKey()];
    const patient = await registered(world, clinic.clerk, clinic.visitor, phone);
    const change = async (
      name: 'directory:addPatientKey' | 'directory:revokePatientKey',
      payload: object,
    ) => {
      const id = world.id();
      const all = {
        id,
        channel: world.channel,
        custodian: CUSTODIAN,
        patient,
        expiresAt: after(world, 600),
        ...payload,
      };
      await world.submit(
        clinic.gateway,
        name,
        { id },
        {
          private: { jws: phone.sign(JWS_TYPES.key, all), salt: world.id() },
        },
      );
    };
    await change('directory:addPatientKey', { type: 'key-addition', key: tablet.jwk });
    expect(await give({ patient }, tablet)).toBeUndefined();
    await change('directory:revokePatientKey', { type: 'key-revocation', kid: tablet.kid });
    expect(await give({ patient }, tablet)).toBe('KEY_NOT_ACTIVE');
    expect(await give({ patient }, phone)).toBeUndefined();
  });
});

describe('a witnessed consent', () => {
  const witness = (by: Caller, change: Partial<consent.Consent> = {}, id?: string) => {
    const spoken = terms(clinic, change);
    return world.submit(
      by,
      'consent:witness',
      { id: id ?? spoken.id },
      {
        private: { consent: spoken, evidenceHash: 'e'.repeat(64), salt: world.id() },
      },
    );
  };

  it('is written down by a practitioner of the custodian, at lower assurance', async () => {
    const { result } = await witness(clinic.doctor);
    const { id } = result as consent.ConsentState;
    expect(await world.evaluate(clinic.doctor, 'consent:details', { id })).toMatchObject({
      assurance: 'witnessed',
      actor: clinic.doctor.subject,
      evidenceHash: 'e'.repeat(64),
    });
  });

  it('is refused from others, for others, and twice', async () => {
    expect(await refusal(witness(clinic.visitor))).toBe('UNAUTHORIZED_ORGANISATION');
    expect(await refusal(witness(clinic.admin))).toBe('UNAUTHORIZED_ROLE');
    expect(await refusal(witness(clinic.doctor, {}, world.id()))).toBe('CONSENT_MISMATCH');
    expect(await refusal(witness(clinic.doctor, { patient: world.id() }))).toBe('NOT_FOUND');
    expect(await refusal(witness(clinic.doctor, { relation: world.id() }))).toBe('INVALID_ARGUMENT');
    const { result } = await witness(clinic.doctor);
    const { id } = result as consent.ConsentState;
    expect(await refusal(witness(clinic.doctor, { id }))).toBe('ALREADY_EXISTS');
  });

  it('is not to the witness itself, nor to a circle that it belongs to', async () => {
    const { organisation, subject: id, role } = clinic.doctor;
    const to = (grantee: consent.Grantee) => refusal(witness(clinic.doctor, { grantee }));
    expect(await to({ kind: 'practitioner', organisation, id })).toBe('SELF_APPROVAL');
    expect(await to({ kind: 'role', organisation, role })).toBe('SELF_APPROVAL');
    expect(await to({ kind: 'organisation', organisation })).toBe('SELF_APPROVAL');
    expect(await to({ kind: 'role', organisation, role: 'nurse' })).toBeUndefined();
  });

  it('replaces another witnessed one, and is replaced by a signed one; never the other way round', async () => {
    const replacing = async ({ id }: { id: string }) => {
      const details = await world.evaluate(clinic.doctor, 'consent:details', { id });
      return { replaces: { id, hash: (details as consent.ConsentDetails).consentHash } };
    };
    const first = (await witness(clinic.doctor)).result as consent.ConsentState;
    const second = (await witness(clinic.doctor, await replacing(first))).result as consent.ConsentState;
    const signed = await granted(clinic, await replacing(second));
    expect(await refusal(witness(clinic.doctor, await replacing(signed)))).toBe('CONSENT_MISMATCH');
  });
});
