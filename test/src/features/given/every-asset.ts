import { publicJwk } from '@medaccord/gateway/client';
import type { Consortium } from '../../consortium/index.js';
import { commit, value } from '../../story/api.js';
import { type Line, RULES, decided, line, submittedClaim } from './claim.js';
import { grantedConsent, toPerson } from './consent.js';
import { DAY, digest, inFuture } from './ids.js';
import { type Patient, newKey, registeredPatient } from './patient.js';
import { documentOf, readRecord, storedRecord } from './record.js';

/** Texts that only these people wrote, to look for where they must not be. */
export interface Canaries {
  document: string;
  category: string;
  reason: string;
  diagnosis: string;
  code: string;
  coverage: string;
}

export interface Tour {
  patients: Patient[];
  canaries: Canaries;
}

/** Makes one of everything that the contracts keep, for a patient of `custodian` insured at `insurer`. */
export async function everyAsset(
  consortium: Consortium,
  { custodian, second, insurer }: { custodian: string; second: string; insurer: string },
): Promise<Tour> {
  const mark = Math.random().toString(36).slice(2, 10);
  const canaries: Canaries = {
    document: `document-${mark} of a patient`,
    category: `category-${mark}`,
    reason: `reason-${mark} for the emergency`,
    diagnosis: `diagnosis-${mark}`,
    code: `code-${mark}`,
    coverage: `coverage-${mark}`,
  };
  const patient = await registeredPatient(consortium, custodian, second);
  await moreAboutThePatient(consortium, patient);
  await recordsAndReads(consortium, patient, second, canaries);
  await bills(consortium, patient, insurer, canaries);
  return { patients: [patient], canaries };
}

async function moreAboutThePatient(consortium: Consortium, patient: Patient): Promise<void> {
  const { custodian, id } = patient;
  const desk = await consortium.member(custodian, 'clerk');
  const admin = await consortium.member(custodian, 'Admin');
  const doctor = await consortium.member(custodian, 'doctor');
  const path = { id };
  const { relation } = await commit((header) =>
    desk.api.POST('/v1/patients/{id}/relations', {
      params: { path, header },
      body: {
        kind: 'guardian',
        holder: publicJwk(newKey()),
        evidenceHash: digest('birth certificate'),
        expiresAt: inFuture(DAY),
      },
    }),
  );
  await commit((header) =>
    admin.api.POST('/v1/relations/{id}/confirm', { params: { path: { id: relation.id }, header }, body: {} }),
  );
  await commit((header) =>
    desk.api.POST('/v1/patients/{id}/devices', {
      params: { path, header },
      body: { jwk: publicJwk(newKey()) },
    }),
  );
  await commit((header) =>
    doctor.api.POST('/v1/treatments', {
      params: { header },
      body: { patient: id, practitioner: doctor.subject, from: inFuture(-DAY), until: inFuture(DAY) },
    }),
  );
}

async function recordsAndReads(
  consortium: Consortium,
  patient: Patient,
  second: string,
  { document, category, reason }: Canaries,
): Promise<void> {
  const reader = await consortium.member(second, 'doctor');
  const author = await consortium.member(patient.custodian, 'doctor');
  const record = await storedRecord(consortium, patient, { text: document, category });
  const consent = await grantedConsent(consortium, patient, toPerson(reader), {
    filters: { categories: [category] },
  });
  await readRecord(reader, record, { kind: 'consent', consent });
  const { breakGlass } = await commit((header) =>
    reader.api.POST('/v1/break-glass', {
      params: { header },
      body: { patient: patient.id, custodian: patient.custodian, reason, minutes: 5 },
    }),
  );
  await readRecord(reader, record, { kind: 'emergency', breakGlass: breakGlass.id });
  await commit(async (header) =>
    (await consortium.member(patient.custodian, 'auditor')).api.POST('/v1/break-glass/{id}/review', {
      params: { path: { id: breakGlass.id }, header },
      body: { outcome: 'justified' },
    }),
  );
  const draft = { patient: patient.id, category, serviceDate: '2026-03-02', document: documentOf(document) };
  await commit((header) =>
    author.api.POST('/v1/records/batches', { params: { header }, body: { records: [draft, draft] } }),
  );
  const erased = await storedRecord(consortium, patient, { text: document, category });
  await commit(async (header) =>
    (await consortium.member(patient.custodian, 'clerk')).api.POST('/v1/records/{id}/erase', {
      params: { path: { id: erased.id }, header },
      body: { reason: 'retention' },
    }),
  );
}

async function bills(
  consortium: Consortium,
  patient: Patient,
  insurer: string,
  { diagnosis, code, coverage }: Canaries,
): Promise<void> {
  const billing = await consortium.member(patient.custodian, 'billing');
  const adjuster = await consortium.member(insurer, 'adjuster');
  const lines: Line[] = [line(1, 4_000, code)];
  await commit((header) =>
    billing.api.POST('/v1/invoices', { params: { header }, body: { patient: patient.id, lines } }),
  );
  const id = await submittedClaim(consortium, patient, insurer, { lines, coverage, diagnoses: [diagnosis] });
  const path = { id };
  await commit((header) =>
    adjuster.api.POST('/v1/claims/{id}/acknowledge', { params: { path, header }, body: {} }),
  );
  await commit((header) =>
    adjuster.api.POST('/v1/claims/{id}/adjudicate', {
      params: { path, header },
      body: { ruleSetHash: RULES, lines: lines.map((each) => decided(each)) },
    }),
  );
  const settled = await commit((header) =>
    adjuster.api.POST('/v1/claims/{id}/settle', {
      params: { path, header },
      body: { reference: 'transfer-1' },
    }),
  );
  await value(billing.api.GET('/v1/payments/{id}', { params: { path: { id: settled.payment ?? '' } } }));
}
