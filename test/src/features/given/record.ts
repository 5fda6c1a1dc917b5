import type { components } from '@medaccord/gateway/client';
import type { Consortium, Member } from '../../consortium/index.js';
import { commit } from '../../story/api.js';
import type { Patient } from './patient.js';

type Draft = components['schemas']['RecordDraft'];
export type Basis = components['schemas']['Basis'];
type Purpose = components['schemas']['Purpose'];

export interface StoredRecord {
  id: string;
  custodian: string;
  text: string;
}

export function documentOf(text: string): Draft['document'] {
  return { mediaType: 'text/plain', data: Buffer.from(text).toString('base64') };
}

/** Sealed and anchored by a doctor of the patient's custodian. */
export async function storedRecord(
  consortium: Consortium,
  patient: Patient,
  change: Partial<Draft> & { text?: string } = {},
): Promise<StoredRecord> {
  const { text = 'the lungs are clear', ...draft } = change;
  const author = await consortium.member(patient.custodian, 'doctor');
  const { record } = await commit((header) =>
    author.api.POST('/v1/records', {
      params: { header },
      body: {
        patient: patient.id,
        category: 'radiology',
        serviceDate: '2026-03-02',
        document: documentOf(text),
        ...draft,
      },
    }),
  );
  return { id: record.record, custodian: patient.custodian, text };
}

/** Reads through the reader's own gateway. @returns the text. @throws GatewayRefusal */
export async function readRecord(
  reader: Member,
  record: StoredRecord,
  basis: Basis,
  purpose: Purpose = 'treatment',
): Promise<string> {
  const { document } = await commit((header) =>
    reader.api.POST('/v1/records/{id}/read', {
      params: { path: { id: record.id }, header },
      body: { custodian: record.custodian, purpose, basis },
    }),
  );
  return Buffer.from(document.data, 'base64').toString();
}
