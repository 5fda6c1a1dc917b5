import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Consortium, type Member, sharedConsortium } from '../consortium/index.js';
import { commit, refusal } from '../story/api.js';
import { grantedConsent, revokeConsent, toPerson } from './given/consent.js';
import { type Patient, registeredPatient } from './given/patient.js';
import { documentOf, readRecord } from './given/record.js';

describe('a record that a doctor elsewhere writes for the custodian', () => {
  let consortium: Consortium;
  let patient: Patient;
  let doctor: Member;
  beforeAll(async () => {
    consortium = await sharedConsortium();
    patient = await registeredPatient(consortium);
    doctor = await consortium.member('hospital-b', 'doctor');
  });
  afterAll(() => consortium.disconnect());

  const write = async (consent: string, more: object = {}) =>
    commit((header) =>
      doctor.api.POST('/v1/records', {
        params: { header },
        body: {
          patient: patient.id,
          custodian: 'hospital-a',
          category: 'radiology',
          serviceDate: '2026-03-02',
          basis: { kind: 'consent', consent },
          document: documentOf('seen elsewhere'),
          ...more,
        },
      }),
    );

  it('is kept by the custodian and read there and elsewhere, under the patient’s consent', async () => {
    const consent = await grantedConsent(consortium, patient, toPerson(doctor), {
      permissions: ['read', 'write'],
    });
    const { record } = await write(consent);
    expect(record).toMatchObject({ version: 1, meta: { custodian: 'hospital-a', author: doctor.subject } });
    const desk = await consortium.member('hospital-a', 'clerk');
    const path = { id: record.record };
    const held = await desk.api.GET('/v1/records/{id}', { params: { path } });
    expect(held.data).toMatchObject({ status: 'anchored', leafHash: record.leafHash });
    const there = { id: record.record, custodian: 'hospital-a', text: '' };
    expect(await readRecord(doctor, there, { kind: 'consent', consent })).toBe('seen elsewhere');
    const second = await write(consent, { record: record.record, document: documentOf('seen again') });
    expect(second.record.version).toBe(2);
    expect(await readRecord(doctor, there, { kind: 'consent', consent })).toBe('seen again');
    // Nothing of it stayed with the writer.
    expect((await doctor.api.GET('/v1/records/{id}', { params: { path } })).response.status).toBe(404);
  });

  it('is refused without a consent to write, and after it was revoked', async () => {
    const toRead = await grantedConsent(consortium, patient, toPerson(doctor));
    expect(await refusal(write(toRead))).toMatchObject({ status: 403, code: 'ACCESS_DENIED' });
    const consent = await grantedConsent(consortium, patient, toPerson(doctor), { permissions: ['write'] });
    await write(consent);
    await revokeConsent(doctor, consent, patient.key);
    expect(await refusal(write(consent))).toMatchObject({ status: 403, code: 'CONSENT_NOT_ACTIVE' });
  });
});
