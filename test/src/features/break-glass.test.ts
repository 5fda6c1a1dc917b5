import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Consortium, type Member, sharedConsortium } from '../consortium/index.js';
import { commit, refusal, value } from '../story/api.js';
import { newId } from './given/ids.js';
import { type Patient, registeredPatient } from './given/patient.js';
import { approvedPractitioner } from './given/practitioner.js';
import { type StoredRecord, readRecord, storedRecord } from './given/record.js';

/** Emergency access: who breaks the glass is seen, and answers for it. */
describe('in an emergency', () => {
  let consortium: Consortium;
  let patient: Patient;
  let record: StoredRecord;
  let doctor: Member;
  beforeAll(async () => {
    consortium = await sharedConsortium();
    patient = await registeredPatient(consortium);
    record = await storedRecord(consortium, patient);
    doctor = await approvedPractitioner(consortium, 'hospital-b', 'doctor');
  });
  afterAll(async () => {
    doctor.api.close();
    await consortium.disconnect();
  });

  const open = async (by: Member, about = patient) => {
    const { breakGlass } = await commit((header) =>
      by.api.POST('/v1/break-glass', {
        params: { header },
        body: {
          patient: about.id,
          custodian: about.custodian,
          reason: 'unconscious after an accident',
          minutes: 30,
        },
      }),
    );
    return breakGlass.id;
  };
  const review = (by: Member, id: string, outcome: 'justified' | 'unjustified') =>
    commit((header) =>
      by.api.POST('/v1/break-glass/{id}/review', { params: { path: { id }, header }, body: { outcome } }),
    );
  const readUnder = (breakGlass: string, reader = doctor) =>
    readRecord(reader, record, { kind: 'emergency', breakGlass });

  it('a doctor reads without a consent, and the custodian sees why', async () => {
    const id = await open(doctor);
    expect(await readUnder(id)).toBe(record.text);
    const auditor = await consortium.member('hospital-a', 'auditor');
    const view = await value(auditor.api.GET('/v1/break-glass/{id}', { params: { path: { id } } }));
    expect(view).toMatchObject({
      state: { status: 'open' },
      details: { patient: patient.id, practitioner: doctor.subject, reason: 'unconscious after an accident' },
    });
    await review(auditor, id, 'justified');
  });

  it('nobody else uses it, and nobody uses it for another patient', async () => {
    const id = await open(doctor);
    const colleague = await consortium.member('hospital-b', 'doctor');
    expect(await refusal(readUnder(id, colleague))).toMatchObject({ status: 403, code: 'ACCESS_DENIED' });
    const other = await storedRecord(consortium, await registeredPatient(consortium));
    const read = readRecord(doctor, other, { kind: 'emergency', breakGlass: id });
    expect(await refusal(read)).toMatchObject({ status: 403, code: 'ACCESS_DENIED' });
    expect(await refusal(readUnder(newId()))).toMatchObject({ status: 404 });
    await review(await consortium.member('hospital-b', 'auditor'), id, 'justified');
  });

  it('clerks, insurers and patients’ accountants have no glass to break', async () => {
    for (const [organisation, name] of [
      ['hospital-b', 'clerk'],
      ['hospital-b', 'billing'],
      ['insurer-a', 'adjuster'],
    ] as const) {
      const refused = await refusal(open(await consortium.member(organisation, name)));
      expect(refused).toMatchObject({ status: 403, code: 'FORBIDDEN' });
    }
  });

  it('a second person reviews, of one of the two organisations, once', async () => {
    const id = await open(doctor);
    expect(await refusal(review(doctor, id, 'justified'))).toMatchObject({ code: 'SELF_APPROVAL' });
    const stranger = await consortium.member('lab-a', 'auditor');
    expect(await refusal(review(stranger, id, 'justified'))).toMatchObject({ status: 403 });
    const auditor = await consortium.member('hospital-a', 'auditor');
    await review(auditor, id, 'justified');
    expect(await refusal(review(auditor, id, 'unjustified'))).toMatchObject({ code: 'INVALID_STATE' });
  });

  it('an unjustified one takes the emergency right away, and closes itself', async () => {
    const id = await open(doctor);
    await review(await consortium.member('hospital-a', 'auditor'), id, 'unjustified');
    expect(await refusal(readUnder(id))).toMatchObject({ status: 403, code: 'BREAK_GLASS_SUSPENDED' });
    expect(await refusal(open(doctor))).toMatchObject({ status: 403, code: 'BREAK_GLASS_SUSPENDED' });
  });
});
