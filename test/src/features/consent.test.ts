import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Consortium, type Member, sharedConsortium } from '../consortium/index.js';
import { refusal, value } from '../story/api.js';
import { grantedConsent, preparedConsent, revokeConsent, submitConsent, toPerson } from './given/consent.js';
import { DAY, inFuture, newId } from './given/ids.js';
import { type Patient, newKey, registeredPatient } from './given/patient.js';
import { type StoredRecord, readRecord, storedRecord } from './given/record.js';

/** What a doctor of another hospital can do with a record, and what the patient can do about it. */
describe('a record of hospital A, read from hospital B', () => {
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

  const under = (consent: string) => ({ kind: 'consent', consent }) as const;
  const readUnder = (consent: string, reader = doctor) => readRecord(reader, record, under(consent));
  const refusedAs = (status: number, code: string) => expect.objectContaining({ status, code }) as unknown;

  it('is refused without a consent', async () => {
    expect(await refusal(readUnder(newId()))).toEqual(refusedAs(404, 'NOT_FOUND'));
  });

  it('is refused under a treatment relation, which is for the custodian’s own staff', async () => {
    const read = readRecord(doctor, record, { kind: 'treatment', treatment: newId() });
    expect(await refusal(read)).toEqual(refusedAs(403, 'ACCESS_DENIED'));
  });

  it('is given under the patient’s consent, and leaves an event that the custodian sees', async () => {
    const consent = await grantedConsent(consortium, patient, toPerson(doctor));
    expect(await readUnder(consent)).toBe(record.text);
    const desk = await consortium.member('hospital-a', 'clerk');
    const { data } = await desk.api.GET('/v1/accesses', { params: { query: { record: record.id } } });
    expect(data?.items.map(({ details }) => details?.basis)).toContainEqual(under(consent));
  });

  it('is told of to the custodian’s and the reader’s staff, and to nobody else in care', async () => {
    const consent = await grantedConsent(consortium, patient, toPerson(doctor));
    await readUnder(consent);
    const told = async (organisation: string, name: string) => {
      const { api } = await consortium.member(organisation, name);
      const about = { params: { query: { patient: patient.id } } };
      const { details } = await value(api.GET('/v1/consents/{id}', { params: { path: { id: consent } } }));
      const consents = (await value(api.GET('/v1/consents', about))).items.length;
      const accesses = (await value(api.GET('/v1/accesses', about))).items.length;
      return { details: details !== undefined, consents: consents > 0, accesses: accesses > 0 };
    };
    const all = { details: true, consents: true, accesses: true };
    expect(await told('hospital-a', 'auditor')).toEqual(all);
    expect(await told('hospital-b', 'doctor')).toEqual(all);
    expect(await told('hospital-b', 'clerk')).toMatchObject({ details: false, accesses: true });
    const none = { details: false, consents: false, accesses: false };
    expect(await told('lab-a', 'technician')).toEqual(none);
    expect(await told('lab-a', 'auditor')).toEqual(none);
  });

  it('is refused to anybody but the grantee', async () => {
    const consent = await grantedConsent(consortium, patient, toPerson(doctor));
    for (const other of [
      await consortium.member('hospital-b', 'clerk'),
      await consortium.member('lab-a', 'technician'),
    ]) {
      expect(await refusal(readUnder(consent, other))).toEqual(refusedAs(403, 'ACCESS_DENIED'));
    }
  });

  it('may be given to a role, or to a whole organisation', async () => {
    const role = await grantedConsent(consortium, patient, {
      kind: 'role',
      organisation: 'lab-a',
      role: 'technician',
    });
    const technician = await consortium.member('lab-a', 'technician');
    expect(await readUnder(role, technician)).toBe(record.text);
    expect(await refusal(readUnder(role))).toEqual(refusedAs(403, 'ACCESS_DENIED'));
    const all = await grantedConsent(consortium, patient, {
      kind: 'organisation',
      organisation: 'hospital-b',
    });
    expect(await readUnder(all, await consortium.member('hospital-b', 'clerk'))).toBe(record.text);
  });

  it('is refused for another purpose', async () => {
    const consent = await grantedConsent(consortium, patient, toPerson(doctor));
    const read = readRecord(doctor, record, under(consent), 'research');
    expect(await refusal(read)).toEqual(refusedAs(403, 'ACCESS_DENIED'));
  });

  it.each([
    ['category', { categories: ['psychiatry'] }],
    ['author', { authors: [newId()] }],
    ['record', { records: [newId()] }],
    ['period', { period: { from: '2020-01-01', to: '2020-12-31' } }],
  ])('is refused where the %s is outside the filters', async (_, filters) => {
    const consent = await grantedConsent(consortium, patient, toPerson(doctor), { filters });
    expect(await refusal(readUnder(consent))).toEqual(refusedAs(403, 'ACCESS_DENIED'));
  });

  it('is refused by a deny exception, which leaves the rest open', async () => {
    const sensitive = await storedRecord(consortium, patient, { labels: ['sensitive'] });
    const consent = await grantedConsent(consortium, patient, toPerson(doctor), {
      except: [{ filters: { labels: ['sensitive'] } }],
    });
    expect(await refusal(readRecord(doctor, sensitive, under(consent)))).toEqual(
      refusedAs(403, 'ACCESS_DENIED'),
    );
    expect(await readUnder(consent)).toBe(record.text);
  });

  it('is refused before the consent begins, and after it ends', async () => {
    const later = await grantedConsent(consortium, patient, toPerson(doctor), {
      notBefore: inFuture(DAY),
      expiresAt: inFuture(2 * DAY),
    });
    expect(await refusal(readUnder(later))).toEqual(refusedAs(403, 'CONSENT_NOT_ACTIVE'));
    const short = await grantedConsent(consortium, patient, toPerson(doctor), { expiresAt: inFuture(4_000) });
    const ended = await vi.waitFor(() => refusal(readUnder(short)), { timeout: 20_000, interval: 500 });
    expect(ended).toEqual(refusedAs(403, 'CONSENT_EXPIRED'));
  });

  it('is refused after the revocation, which any care organisation’s gateway takes', async () => {
    const consent = await grantedConsent(consortium, patient, toPerson(doctor));
    expect(await readUnder(consent)).toBe(record.text);
    const desk = await consortium.member('hospital-a', 'clerk');
    await revokeConsent(await consortium.member('lab-a', 'clerk'), consent, patient.key, desk);
    expect(await refusal(readUnder(consent))).toEqual(refusedAs(403, 'CONSENT_NOT_ACTIVE'));
    const { data } = await doctor.api.GET('/v1/consents/{id}/history', {
      params: { path: { id: consent } },
    });
    expect(data?.items.map(({ value }) => (value as { status: string }).status)).toEqual([
      'active',
      'revoked',
    ]);
  });

  it('is refused under the consent that another one replaced', async () => {
    const first = await grantedConsent(consortium, patient, toPerson(doctor));
    const { data } = await doctor.api.GET('/v1/consents/{id}', { params: { path: { id: first } } });
    const hash = data?.details?.consentHash ?? '';
    const second = await grantedConsent(consortium, patient, toPerson(doctor), {
      replaces: { id: first, hash },
    });
    expect(await refusal(readUnder(first))).toEqual(refusedAs(403, 'CONSENT_NOT_ACTIVE'));
    expect(await readUnder(second)).toBe(record.text);
  });

  it('is read under no consent that somebody else signed, changed, or used before', async () => {
    const desk = await consortium.member('hospital-a', 'clerk');
    const terms = await preparedConsent(consortium, patient, toPerson(doctor));
    expect(await refusal(submitConsent(desk, terms, newKey()))).toMatchObject({ status: 403 });
    await submitConsent(desk, terms, patient.key);
    expect(await refusal(submitConsent(desk, terms, patient.key))).toEqual(refusedAs(409, 'ALREADY_EXISTS'));
    const elsewhere = { ...terms, id: newId(), channel: 'another' };
    expect(await refusal(submitConsent(desk, elsewhere, patient.key))).toMatchObject({ status: 422 });
    const unknown = await refusal(readUnder(elsewhere.id));
    expect(unknown).toEqual(refusedAs(404, 'NOT_FOUND'));
  });

  it('is never read for an insurer, not even where the patient asks for it', async () => {
    const adjuster = await consortium.member('insurer-a', 'adjuster');
    const consent = await grantedConsent(consortium, patient, toPerson(doctor));
    expect(await refusal(readUnder(consent, adjuster))).toMatchObject({ status: 403 });
    const foolish = async () =>
      readUnder(await grantedConsent(consortium, patient, toPerson(adjuster)), adjuster);
    expect(await refusal(foolish())).toMatchObject({ status: 403 });
  });
});
