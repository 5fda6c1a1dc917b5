import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Consortium, type Member, sharedConsortium } from '../consortium/index.js';
import { commit, refusal, value } from '../story/api.js';
import { type Terms, grantedConsent, revokeConsent, toPerson } from './given/consent.js';
import { newId } from './given/ids.js';
import { type Patient, registeredPatient } from './given/patient.js';
import { type StoredRecord, readRecord, storedRecord } from './given/record.js';

describe('a permission that a doctor passes on', () => {
  let consortium: Consortium;
  let patient: Patient;
  let record: StoredRecord;
  let doctor: Member;
  let technician: Member;
  beforeAll(async () => {
    consortium = await sharedConsortium();
    patient = await registeredPatient(consortium);
    record = await storedRecord(consortium, patient);
    doctor = await consortium.member('hospital-b', 'doctor');
    technician = await consortium.member('lab-a', 'technician');
  });
  afterAll(() => consortium.disconnect());

  const grant = (permissions: ('read' | 'delegate')[]) =>
    grantedConsent(
      consortium,
      patient,
      { kind: 'organisation', organisation: 'hospital-b' },
      { permissions },
    );
  async function termsOf(parent: string, change: Partial<Terms> = {}): Promise<Terms> {
    const { details } = await value(
      doctor.api.GET('/v1/consents/{id}', { params: { path: { id: parent } } }),
    );
    if (!details) throw new Error('no details');
    return {
      ...details.consent,
      id: newId(),
      grantee: toPerson(await consortium.member('hospital-b', 'clerk')),
      permissions: ['read'],
      ...change,
    };
  }
  const pass = async (parent: string, terms: Terms, by = doctor) => {
    const { consent } = await commit((header) =>
      by.api.POST('/v1/consents/{id}/delegate', {
        params: { path: { id: parent }, header },
        body: { consent: terms },
      }),
    );
    return consent.id;
  };
  const readUnder = async (consent: string) =>
    readRecord(await consortium.member('hospital-b', 'clerk'), record, { kind: 'consent', consent });

  it('holds as long as the consent that it came from', async () => {
    const parent = await grant(['read', 'delegate']);
    const child = await pass(parent, await termsOf(parent));
    expect(await readUnder(child)).toBe(record.text);
    await revokeConsent(doctor, parent, patient.key);
    expect(await refusal(readUnder(child))).toMatchObject({ status: 403, code: 'CONSENT_NOT_ACTIVE' });
  });

  it('is taken back by who gave it, without the patient', async () => {
    const parent = await grant(['read', 'delegate']);
    const child = await pass(parent, await termsOf(parent));
    const revoke = (by: Member) =>
      commit((header) =>
        by.api.POST('/v1/consents/{id}/revoke', { params: { path: { id: child }, header }, body: {} }),
      );
    expect(await refusal(revoke(technician))).toMatchObject({ status: 403 });
    await revoke(doctor);
    expect(await refusal(readUnder(child))).toMatchObject({ code: 'CONSENT_NOT_ACTIVE' });
  });

  it('is never more than was given', async () => {
    const parent = await grant(['read', 'delegate']);
    const { expiresAt } = await termsOf(parent);
    const wider: Partial<Terms>[] = [
      { permissions: ['read', 'write'] },
      { purposes: ['treatment', 'research'] },
      { expiresAt: new Date(Date.parse(expiresAt) + 1).toISOString() },
      { grantee: { kind: 'organisation', organisation: 'lab-a' } },
    ];
    for (const change of wider) {
      const refused = await refusal(pass(parent, await termsOf(parent, change)));
      expect(refused).toMatchObject({ status: 403, code: 'DELEGATION_EXCEEDED' });
    }
  });

  it('may go to one named person elsewhere: a referral', async () => {
    const parent = await grant(['read', 'delegate']);
    const child = await pass(parent, await termsOf(parent, { grantee: toPerson(technician) }));
    expect(await readRecord(technician, record, { kind: 'consent', consent: child })).toBe(record.text);
  });

  it('needs the permission to delegate, and to be the grantee', async () => {
    const plain = await grant(['read']);
    expect(await refusal(pass(plain, await termsOf(plain)))).toMatchObject({ code: 'ACCESS_DENIED' });
    const parent = await grant(['read', 'delegate']);
    expect(await refusal(pass(parent, await termsOf(parent), technician))).toMatchObject({
      code: 'ACCESS_DENIED',
    });
  });
});
