import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Consortium, type Member, sharedConsortium } from '../consortium/index.js';
import { signedCall } from './given/client-signatures.js';
import { grantedConsent, toPerson } from './given/consent.js';
import { type Patient, registeredPatient } from './given/patient.js';
import { approvedPractitioner } from './given/practitioner.js';
import { type StoredRecord, documentOf, storedRecord } from './given/record.js';

describe('a doctor whose key no gateway has', () => {
  let consortium: Consortium;
  let patient: Patient;
  let record: StoredRecord;
  let doctor: Member;
  let consent: string;
  beforeAll(async () => {
    consortium = await sharedConsortium();
    patient = await registeredPatient(consortium);
    record = await storedRecord(consortium, patient);
    doctor = await approvedPractitioner(consortium, 'hospital-b', 'doctor', 'client');
    consent = await grantedConsent(consortium, patient, toPerson(doctor), { permissions: ['read', 'write'] });
  });
  afterAll(async () => {
    doctor.api.close();
    await consortium.disconnect();
  });

  it('reads a record elsewhere: the access event is signed by the doctor alone', async () => {
    const { data, signatures } = await signedCall(doctor, (header) =>
      doctor.api.POST('/v1/records/{id}/read', {
        params: { path: { id: record.id }, header },
        body: { custodian: record.custodian, purpose: 'treatment', basis: { kind: 'consent', consent } },
      }),
    );
    expect(Buffer.from(data.document.data, 'base64').toString()).toBe(record.text);
    expect(signatures).toBe(3);
    const { data: access } = await doctor.api.GET('/v1/accesses/{id}', {
      params: { path: { id: data.access } },
    });
    expect(access?.details?.reader.subject).toBe(doctor.subject);
  });

  it('writes a record, here and for another custodian', async () => {
    const store = (more: object) =>
      signedCall(doctor, (header) =>
        doctor.api.POST('/v1/records', {
          params: { header },
          body: {
            patient: patient.id,
            category: 'note',
            serviceDate: '2026-03-02',
            document: documentOf('signed by the author'),
            ...more,
          },
        }),
      );
    const here = await store({});
    expect(here.data).toMatchObject({ record: { version: 1, meta: { author: doctor.subject } } });
    const there = await store({ custodian: 'hospital-a', basis: { kind: 'consent', consent } });
    expect(there.data).toMatchObject({ record: { status: 'anchored', meta: { custodian: 'hospital-a' } } });
  });
});
