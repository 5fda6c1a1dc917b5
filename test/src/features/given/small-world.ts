import { publicJwk } from '@medaccord/gateway/client';
import type { KeyObject } from 'node:crypto';
import type { Consortium, Identity } from '../../consortium/index.js';
import { commit } from '../../story/api.js';
import { claimDraft, line } from './claim.js';
import { grantedConsent, toPerson } from './consent.js';
import { DAY, digest, inFuture } from './ids.js';
import { newKey, patientWithLogin } from './patient.js';
import { approvedPractitioner } from './practitioner.js';
import { documentOf, storedRecord } from './record.js';

/** One patient with a login of its own, its clinicians, and one of everything about it: what others need not spare. */
export interface SmallWorld {
  patient: Identity;
  key: KeyObject;
  doctors: Identity[];
  /** Ids of its assets, by the part of the address that they stand behind. */
  assets: Record<string, string>;
}

export async function smallWorld(consortium: Consortium): Promise<SmallWorld> {
  const { self, patient } = await patientWithLogin(consortium);
  const path = { id: patient.id };
  const desk = await consortium.member('hospital-a', 'clerk');
  const doctor = await approvedPractitioner(consortium, 'hospital-a', 'doctor');
  const reader = await approvedPractitioner(consortium, 'hospital-b', 'doctor');

  const record = await storedRecord(consortium, patient);
  const consent = await grantedConsent(consortium, patient, toPerson(reader), {
    permissions: ['read', 'delegate'],
  });
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
  const { device } = await commit((header) =>
    desk.api.POST('/v1/patients/{id}/devices', {
      params: { path, header },
      body: { jwk: publicJwk(newKey()) },
    }),
  );
  const treatment = await commit((header) =>
    doctor.api.POST('/v1/treatments', {
      params: { header },
      body: { patient: patient.id, practitioner: doctor.subject, from: inFuture(-DAY), until: inFuture(DAY) },
    }),
  );
  const { breakGlass } = await commit((header) =>
    reader.api.POST('/v1/break-glass', {
      params: { header },
      body: { patient: patient.id, custodian: 'hospital-a', reason: 'found unconscious', minutes: 5 },
    }),
  );
  const draft = {
    patient: patient.id,
    category: 'radiology',
    serviceDate: '2026-03-02',
    document: documentOf('the ribs are whole'),
  };
  const { batch } = await commit((header) =>
    doctor.api.POST('/v1/records/batches', { params: { header }, body: { records: [draft, draft] } }),
  );
  const billing = await consortium.member('hospital-a', 'billing');
  const { claim } = await commit((header) =>
    billing.api.POST('/v1/claims', { params: { header }, body: claimDraft(patient, 'insurer-a') }),
  );
  const { invoice } = await commit((header) =>
    billing.api.POST('/v1/invoices', {
      params: { header },
      body: { patient: patient.id, lines: [line(1, 4_000)] },
    }),
  );
  doctor.api.close();
  reader.api.close();
  self.api.close();
  return {
    patient: self,
    key: patient.key,
    doctors: [doctor, reader],
    assets: {
      patients: patient.id,
      records: record.id,
      batches: batch.id,
      consents: consent,
      relations: relation.id,
      devices: device.id,
      treatments: treatment.id,
      'break-glass': breakGlass.id,
      claims: claim.claim.id,
      invoices: invoice.id,
    },
  };
}
