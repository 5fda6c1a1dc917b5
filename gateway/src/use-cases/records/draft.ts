import type { consent } from '@medaccord/chaincode/api';
import { Problem } from '../../errors.js';
import type { Schemas } from '../../operation.js';
import type { Caller } from '../../ports.js';
import type { NewRecord, RecordStore, StoredRecord } from '../../vault/index.js';

export interface DraftContext {
  readonly organisation: string;
  readonly records: RecordStore;
  readonly caller: Caller;
  /** Ids and salts of this run: the same for the same label in every attempt. */
  readonly derive: (label: string) => string;
}

/** A draft that was checked, without its document. */
export interface ReadyRecord {
  readonly version: number;
  readonly meta: consent.RecordMeta;
  readonly metaSalt: string;
  /** The version before, where there is one. */
  readonly previous: StoredRecord | undefined;
}

/**
 * Checks what a client sent against what is kept here.
 * @throws Problem NOT_FOUND, VERSION_CONFLICT, ERASED, INVALID_ARGUMENT.
 */
export async function readyRecord(
  { organisation, records, caller, derive }: DraftContext,
  draft: Schemas['RecordDraft'],
  label: string,
  expected?: number,
): Promise<ReadyRecord> {
  if (draft.custodian !== undefined && draft.custodian !== organisation) {
    throw new Problem('INVALID_ARGUMENT', 'custodian: a batch is of this organisation');
  }
  const previous = draft.record === undefined ? undefined : await records.find(draft.record);
  if (draft.record !== undefined) checkPrevious(previous, draft);
  const version = (previous?.leaf.version ?? 0) + 1;
  if ((expected !== undefined && expected !== version - 1) || (draft.version ?? version) !== version) {
    throw new Problem('VERSION_CONFLICT', `version is ${version - 1}`);
  }
  const meta = metaOf(draft, organisation, caller, derive, label);
  return { version, meta, metaSalt: derive(`salt ${label}`), previous };
}

/** What decisions look at; a record that begins gets its id from the run. */
export function metaOf(
  { record, patient, category, encounter, labels = [], serviceDate }: Schemas['RecordDraft'],
  custodian: string,
  { subject }: Caller,
  derive: DraftContext['derive'],
  label: string,
): consent.RecordMeta {
  return {
    patient,
    custodian,
    record: record ?? derive(`record ${label}`),
    category,
    author: subject,
    ...(encounter === undefined ? {} : { encounter }),
    labels,
    serviceDate,
  };
}

/** The record to be sealed: its document is decoded here, and not before. */
export function newRecordOf(
  { version, meta, metaSalt }: ReadyRecord,
  { document: { mediaType, data } }: Schemas['RecordDraft'],
): NewRecord {
  return { version, meta, metaSalt, document: { mediaType, data: Buffer.from(data, 'base64') } };
}

function checkPrevious(previous: StoredRecord | undefined, { patient }: Schemas['RecordDraft']): void {
  if (previous === undefined) throw new Problem('NOT_FOUND', 'no such record is kept here');
  if (previous.state === 'erased') throw new Problem('ERASED', 'the record was erased');
  if (previous.meta.patient !== patient) {
    throw new Problem('INVALID_ARGUMENT', 'patient: the record is about another patient');
  }
}
