import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Consortium, type Member, sharedConsortium } from '../consortium/index.js';
import { commit, refusal, value } from '../story/api.js';
import { type Grantee, grantedConsent, preparedConsent, submitConsent, toPerson } from './given/consent.js';
import { digest } from './given/ids.js';
import { type Patient, patientWithLogin, registeredPatient } from './given/patient.js';
import { approvedPractitioner } from './given/practitioner.js';
import { type StoredRecord, documentOf, readOwn, readRecord, storedRecord } from './given/record.js';

const under = (consent: string) => ({ kind: 'consent', consent }) as const;
const refusedAs = (status: number, code: string) => expect.objectContaining({ status, code }) as unknown;

describe('a doctor who is suspended', () => {
  let consortium: Consortium;
  let patient: Patient;
  let record: StoredRecord;
  let doctor: Member;
  let consent: string;
  beforeAll(async () => {
    consortium = await sharedConsortium();
    patient = await registeredPatient(consortium, 'hospital-b', 'hospital-a');
    record = await storedRecord(consortium, patient);
    doctor = await approvedPractitioner(consortium, 'hospital-a', 'doctor');
    consent = await grantedConsent(consortium, patient, toPerson(doctor));
  });
  afterAll(async () => {
    doctor.api.close();
    await consortium.disconnect();
  });

  const step = async (name: 'suspend' | 'reinstate', organisation = 'hospital-a') => {
    const { api } = await consortium.member(organisation, 'Admin');
    const { practitioner } = await commit((header) =>
      api.POST(`/v1/practitioners/{id}/${name}`, {
        params: { path: { id: doctor.subject }, header },
        body: {},
      }),
    );
    return practitioner.status;
  };
  const read = () => readRecord(doctor, record, under(consent));
  const write = async () => {
    const about = await registeredPatient(consortium);
    const { record: written } = await commit((header) =>
      doctor.api.POST('/v1/records', {
        params: { header },
        body: {
          patient: about.id,
          category: 'note',
          serviceDate: '2026-03-02',
          document: documentOf('sleeps well'),
        },
      }),
    );
    return written.status;
  };
  const list = async () => (await value(doctor.api.GET('/v1/patients'))).items.length;

  it('reads and writes no record from then on, soon lists nothing, and acts again when reinstated', async () => {
    expect(await read()).toBe(record.text);
    expect(await write()).toBe('anchored');
    expect(await step('suspend')).toBe('suspended');
    const refused = refusedAs(403, 'PRACTITIONER_NOT_APPROVED');
    expect(await refusal(read())).toEqual(refused);
    expect(await refusal(write())).toEqual(refused);
    // What a gateway remembers of an approval, for reading lists alone, it remembers for seconds.
    const listing = await vi.waitFor(() => refusal(list()), { timeout: 10_000, interval: 500 });
    expect(listing).toEqual(refused);
    expect(await step('reinstate')).toBe('approved');
    expect(await read()).toBe(record.text);
    expect(await write()).toBe('anchored');
    expect(await list()).toBeGreaterThan(0);
  });

  it('is not suspended by the admin of another organisation', async () => {
    expect(await refusal(step('suspend', 'hospital-b'))).toEqual(refusedAs(403, 'UNAUTHORIZED_ORGANISATION'));
    expect(await read()).toBe(record.text);
  });
});

describe('a consent by word of mouth', () => {
  let consortium: Consortium;
  let patient: Patient;
  let record: StoredRecord;
  let doctor: Member;
  beforeAll(async () => {
    consortium = await sharedConsortium();
    patient = await registeredPatient(consortium);
    record = await storedRecord(consortium, patient);
    doctor = await consortium.member('hospital-b', 'doctor');
  });
  afterAll(() => consortium.disconnect());

  const witnessed = async (organisation: string, grantee: Grantee) => {
    const terms = await preparedConsent(consortium, patient, grantee);
    const { api } = await consortium.member(organisation, 'clerk');
    const { consent } = await commit((header) =>
      api.POST('/v1/consents/witness', {
        params: { header },
        body: { consent: terms, evidenceHash: digest('a note in the chart') },
      }),
    );
    return consent.id;
  };
  const shown = async (id: string) => {
    const { details } = await value(doctor.api.GET('/v1/consents/{id}', { params: { path: { id } } }));
    return details;
  };

  it('is written down by a witness, lets the doctor read, and shows its lower assurance', async () => {
    const id = await witnessed('hospital-a', toPerson(doctor));
    expect(await readRecord(doctor, record, under(id))).toBe(record.text);
    const witness = await consortium.member('hospital-a', 'clerk');
    const details = await shown(id);
    expect(details).toMatchObject({ assurance: 'witnessed', actor: witness.subject });
    expect(details?.jws).toBeUndefined();
    const signed = await shown(await grantedConsent(consortium, patient, toPerson(doctor)));
    expect(signed?.assurance).toBe('signed');
  });

  it('is witnessed by the custodian alone, and never in favour of the witness', async () => {
    expect(await refusal(witnessed('lab-a', toPerson(doctor)))).toEqual(
      refusedAs(403, 'UNAUTHORIZED_ORGANISATION'),
    );
    const witness = await consortium.member('hospital-a', 'clerk');
    expect(await refusal(witnessed('hospital-a', toPerson(witness)))).toEqual(
      refusedAs(403, 'SELF_APPROVAL'),
    );
  });
});

describe('two pseudonyms of one person', () => {
  let consortium: Consortium;
  beforeAll(async () => {
    consortium = await sharedConsortium();
  });
  afterAll(() => consortium.disconnect());

  const ask = async (from: Patient, into: Patient) => {
    const { api } = await consortium.member(from.custodian, 'clerk');
    const params = { path: { id: from.id } };
    const { patient } = await commit((header) =>
      api.POST('/v1/patients/{id}/merge', { params: { ...params, header }, body: { into: into.id } }),
    );
    return patient;
  };
  const confirm = async (organisation: string, from: Patient, into: Patient) => {
    const { api } = await consortium.member(organisation, 'clerk');
    const params = { path: { id: from.id } };
    const { patient } = await commit((header) =>
      api.POST('/v1/patients/{id}/merge/confirm', { params: { ...params, header }, body: { into: into.id } }),
    );
    return patient;
  };

  it('are merged when the custodian asks and another organisation agrees; one key speaks for both', async () => {
    const from = await registeredPatient(consortium);
    const into = await registeredPatient(consortium);
    const record = await storedRecord(consortium, from);
    const doctor = await consortium.member('hospital-b', 'doctor');
    const consent = await grantedConsent(consortium, into, toPerson(doctor));
    const read = () => readRecord(doctor, record, under(consent));

    expect(await refusal(confirm('hospital-b', from, into))).toEqual(refusedAs(409, 'INVALID_STATE'));
    expect(await ask(from, into)).toMatchObject({ status: 'confirmed', mergedInto: into.id });
    expect(await refusal(confirm('hospital-a', from, into))).toEqual(refusedAs(403, 'SELF_APPROVAL'));
    expect(await refusal(read())).toMatchObject({ code: 'CONSENT_MISMATCH' });

    expect(await confirm('hospital-b', from, into)).toMatchObject({ status: 'merged', mergedInto: into.id });
    expect(await read()).toBe(record.text);
    const terms = await preparedConsent(consortium, from, toPerson(doctor));
    const desk = await consortium.member('hospital-a', 'clerk');
    expect(await refusal(submitConsent(desk, terms, from.key))).toEqual(refusedAs(409, 'INVALID_STATE'));
  });
});

/** A patient with a certificate of the custodian, whose subject is the pseudonym. */
describe('a patient who logs in', () => {
  let consortium: Consortium;
  let patient: Patient;
  let other: Patient;
  let self: Member;
  let record: StoredRecord;
  let foreign: StoredRecord;
  let consent: string;
  let elsewhere: string;
  beforeAll(async () => {
    consortium = await sharedConsortium();
    ({ self, patient } = await patientWithLogin(consortium));
    other = await registeredPatient(consortium);
    record = await storedRecord(consortium, patient);
    foreign = await storedRecord(consortium, other);
    const doctor = await consortium.member('hospital-b', 'doctor');
    consent = await grantedConsent(consortium, patient, toPerson(doctor));
    elsewhere = await grantedConsent(consortium, other, toPerson(doctor));
    await readRecord(doctor, record, under(consent));
    await readRecord(doctor, foreign, under(elsewhere));
  });
  afterAll(async () => {
    self.api.close();
    await consortium.disconnect();
  });

  const notFound = refusedAs(404, 'NOT_FOUND');
  const consents = async (query = {}) => {
    const { items } = await value(self.api.GET('/v1/consents', { params: { query } }));
    return items;
  };
  const accesses = async (query = {}) => {
    const { items } = await value(self.api.GET('/v1/accesses', { params: { query } }));
    return items;
  };

  it('is known as a patient', async () => {
    const me = await value(self.api.GET('/v1/me'));
    expect(me).toMatchObject({ subject: patient.id, role: 'patient' });
  });

  it('sees its own consents and nobody else’s', async () => {
    await vi.waitFor(async () => {
      expect((await consents()).map(({ state }) => state.id)).toEqual([consent]);
    });
    expect(await refusal(consents({ patient: other.id }))).toEqual(notFound);
    const one = (id: string) => value(self.api.GET('/v1/consents/{id}', { params: { path: { id } } }));
    expect((await one(consent)).details?.consent.patient).toBe(patient.id);
    expect(await refusal(one(elsewhere))).toEqual(notFound);
  });

  it('sees who read its records, and nobody else’s', async () => {
    const seen = await vi.waitFor(async () => {
      const found = await accesses();
      expect(found.length).toBeGreaterThan(0);
      return found;
    });
    expect(seen.map(({ details }) => details?.meta.patient)).toEqual(seen.map(() => patient.id));
    const doctor = await consortium.member('hospital-b', 'doctor');
    expect(seen.map(({ details }) => details?.reader.subject)).toContain(doctor.subject);
    const asked = await accesses({ patient: other.id });
    expect(asked.filter(({ details }) => details?.meta.patient !== patient.id)).toEqual([]);
    const desk = await consortium.member('hospital-a', 'clerk');
    const ofOther = { params: { query: { patient: other.id } } };
    const path = await vi.waitFor(async () => {
      const { items } = await value(desk.api.GET('/v1/accesses', ofOther));
      expect(items).toHaveLength(1);
      return { id: items[0]?.state.id ?? '' };
    });
    expect(await refusal(value(self.api.GET('/v1/accesses/{id}', { params: { path } })))).toEqual(notFound);
  });

  it('reads its own record by law and its signature, which is written down, and nobody else’s', async () => {
    expect(await readOwn(self, record, patient.key)).toBe(record.text);
    expect(await refusal(readOwn(self, foreign, patient.key))).toEqual(notFound);
    await vi.waitFor(async () => {
      expect((await accesses()).map(({ details }) => details?.basis)).toContainEqual({ kind: 'legal' });
    });
  });

  it('is the only one who reads by that right', async () => {
    const doctor = await consortium.member('hospital-a', 'doctor');
    const read = readRecord(doctor, record, { kind: 'legal' }, 'legal');
    expect(await refusal(read)).toEqual(refusedAs(403, 'ACCESS_DENIED'));
  });
});
