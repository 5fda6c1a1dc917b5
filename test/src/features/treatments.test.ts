import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Consortium, type Member, sharedConsortium } from '../consortium/index.js';
import { commit, refusal, value } from '../story/api.js';
import { grantedConsent, revokeConsent, toPerson } from './given/consent.js';
import { DAY, inFuture, newId } from './given/ids.js';
import { type Patient, registeredPatient } from './given/patient.js';
import { approvedPractitioner } from './given/practitioner.js';
import { type Basis, type StoredRecord, storedRecord } from './given/record.js';

const refusedAs = (status: number, code: string) => expect.objectContaining({ status, code }) as unknown;

describe('a treatment relation', () => {
  let consortium: Consortium;
  let nurse: Member;
  let desk: Member;
  let patient: Patient;
  let record: StoredRecord;
  beforeAll(async () => {
    consortium = await sharedConsortium();
    nurse = await approvedPractitioner(consortium, 'hospital-a', 'nurse');
    desk = await consortium.member('hospital-a', 'clerk');
    patient = await registeredPatient(consortium);
    record = await storedRecord(consortium, patient);
  });
  afterAll(async () => {
    nurse.api.close();
    await consortium.disconnect();
  });

  const opened = async ({ api }: Member, days: number) => {
    const body = {
      patient: patient.id,
      practitioner: nurse.subject,
      from: inFuture(-DAY),
      until: inFuture((days - 1) * DAY),
    };
    const { id } = await commit((header) => api.POST('/v1/treatments', { params: { header }, body }));
    return id;
  };
  const closed = (id: string) =>
    commit((header) =>
      desk.api.POST('/v1/treatments/{id}/close', {
        params: { path: { id }, header },
        body: { patient: patient.id, practitioner: nurse.subject },
      }),
    );
  const read = ({ api }: Member, basis: Basis, key: string) =>
    value(
      api.POST('/v1/records/{id}/read', {
        params: { path: { id: record.id }, header: { 'Idempotency-Key': key } },
        body: { custodian: record.custodian, purpose: 'treatment', basis },
      }),
    );

  it('is opened by the practitioner itself for three days at most', async () => {
    expect(await refusal(opened(nurse, 4))).toEqual(refusedAs(403, 'SELF_APPROVAL'));
    await closed(await opened(nurse, 2.9));
    expect(await refusal(opened(desk, 367))).toEqual(refusedAs(400, 'INVALID_ARGUMENT'));
    const id = await opened(desk, 365);
    const query = { practitioner: nurse.subject, status: 'open' as const };
    const { items } = await value(desk.api.GET('/v1/treatments', { params: { query } }));
    expect(items).toMatchObject([{ id, openedBy: desk.subject }]);
    await closed(id);
  });

  it('that has ended hands nothing out again, also not to a repeated request', async () => {
    const treatment = await opened(desk, 30);
    const key = newId();
    const basis = { kind: 'treatment', treatment } as const;
    const first = await read(nurse, basis, key);
    const again = await read(nurse, basis, key);
    expect(again.transaction).toEqual(first.transaction);
    expect(again.document).toEqual(first.document);
    await closed(treatment);
    expect(await refusal(read(nurse, basis, key))).toEqual(refusedAs(403, 'ACCESS_DENIED'));
  });

  it.each(['payment', 'research', 'duty'])(
    'is not replaced by a basis called %s: there is none',
    async (kind) => {
      const asked = refusal(read(nurse, { kind } as unknown as Basis, newId()));
      const { status, code, problem } = await asked;
      expect({ status, code }).toEqual({ status: 400, code: 'REQUEST_INVALID' });
      expect(problem.errors?.map(({ path }) => path)).toContain('body/basis/kind');
    },
  );

  it('and a consent are alike in that, elsewhere and at the custodian', async () => {
    for (const organisation of ['hospital-b', 'hospital-a']) {
      const reader = await consortium.member(organisation, 'doctor');
      const consent = await grantedConsent(consortium, patient, toPerson(reader));
      const key = newId();
      const basis = { kind: 'consent', consent } as const;
      expect((await read(reader, basis, key)).record).toBe(record.id);
      await revokeConsent(desk, consent, patient.key);
      const refused = await refusal(read(reader, basis, key));
      expect(refused, organisation).toEqual(refusedAs(403, 'CONSENT_NOT_ACTIVE'));
    }
  });
});
