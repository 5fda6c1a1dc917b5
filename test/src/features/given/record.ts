import type { KeyObject } from 'node:crypto';
import { type components, signStatement } from '@medaccord/gateway/client';
import type { Consortium, Member } from '../../consortium/index.js';
import { commit, value } from '../../story/api.js';
import { newId } from './ids.js';
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

export type AccessStatement = components['schemas']['AccessStatement'];

/** What the custodian's gateway gives a patient to sign. */
export async function preparedReading({ api }: Member, { id }: StoredRecord): Promise<AccessStatement> {
  const { statement } = await value(
    api.POST('/v1/records/{id}/read/prepare', { params: { path: { id } }, body: {} }),
  );
  return statement;
}

/** A patient's own reading, under what it signed. @returns the text. @throws GatewayRefusal */
export async function readSigned(
  { api }: Member,
  { id, custodian }: StoredRecord,
  jws: string | undefined,
  key: string = newId(),
): Promise<string> {
  const { document } = await value(
    api.POST('/v1/records/{id}/read', {
      params: { path: { id }, header: { 'Idempotency-Key': key } },
      body: { custodian, purpose: 'legal', basis: { kind: 'legal' }, ...(jws !== undefined && { jws }) },
    }),
  );
  return Buffer.from(document.data, 'base64').toString();
}

/** Prepared, signed by the patient's key, read. */
export async function readOwn(self: Member, record: StoredRecord, key: KeyObject): Promise<string> {
  return readSigned(self, record, signStatement(await preparedReading(self, record), 'access', key));
}
