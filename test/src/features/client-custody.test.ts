import { randomUUID } from 'node:crypto';
import { type components, signTransactionStep } from '@medaccord/gateway/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Consortium, type Member, sharedConsortium } from '../consortium/index.js';
import { commit } from '../story/api.js';
import { grantedConsent, toPerson } from './given/consent.js';
import { digest, newId } from './given/ids.js';
import { type Patient, registeredPatient } from './given/patient.js';
import { issuedIdentity } from './given/practitioner.js';
import { type StoredRecord, documentOf, storedRecord } from './given/record.js';

type Problem = components['schemas']['Problem'];
type Step = components['schemas']['SigningStep'];
interface Answer<T> {
  readonly data?: T;
  readonly error?: Problem;
}

/** Brings the signatures of one prepared transaction. @returns how many */
async function sign({ api, privateKey }: Member, first: Step): Promise<number> {
  let step = first;
  for (let count = 0; ; count++) {
    if (step.step === 'done') return count;
    const { transactionId } = step;
    const next: Step = await commit((header) =>
      api.POST('/v1/transactions/{transactionId}/signatures', {
        params: { path: { transactionId }, header },
        body: { step: step.step as 'proposal', signature: signTransactionStep(step, privateKey) },
      }),
    );
    step = next;
  }
}

/** Signs what a call asks for with the caller's own key, and repeats it until it is through. */
async function signed<T>(
  member: Member,
  call: (header: { 'Idempotency-Key': string }) => Promise<Answer<T>>,
): Promise<{ data: T; signatures: number }> {
  const header = { 'Idempotency-Key': randomUUID() };
  for (let signatures = 0; signatures < 12;) {
    const { data, error } = await call(header);
    if (data !== undefined) return { data, signatures };
    if (error?.signing === undefined) throw new Error(`${error?.code ?? ''}: ${error?.detail ?? ''}`);
    signatures += await sign(member, error.signing);
  }
  throw new Error('it asks for signatures without end');
}

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
    doctor = await issuedIdentity(
      consortium,
      'hospital-b',
      'doctor',
      `doctor-${newId().slice(0, 8)}`,
      'client',
    );
    const admin = await consortium.member('hospital-b', 'Admin');
    const id = doctor.subject;
    const body = { id, role: 'doctor' as const, evidenceHash: digest('diploma') };
    await commit((header) => admin.api.POST('/v1/practitioners', { params: { header }, body }));
    await commit((header) =>
      admin.api.POST('/v1/practitioners/{id}/approve', { params: { path: { id }, header }, body: {} }),
    );
    consent = await grantedConsent(consortium, patient, toPerson(doctor), { permissions: ['read', 'write'] });
  });
  afterAll(async () => {
    doctor.api.close();
    await consortium.disconnect();
  });

  it('reads a record elsewhere: the access event is signed by the doctor alone', async () => {
    const { data, signatures } = await signed(doctor, (header) =>
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
      signed(doctor, (header) =>
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
