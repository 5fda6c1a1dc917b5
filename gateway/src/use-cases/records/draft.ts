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

export interface ReadyRecord {
  readonly record: NewRecord;
  /** The version before, where there is one. */
  readonly previous: StoredRecord | undefined;
}

/**
 * Makes a record to be sealed of what a client sent.
 * @throws Problem NOT_FOUND, VERSION_CONFLICT, ERASED, INVALID_ARGUMENT.
 */
export async function readyRecord(
  { organisation, records, caller, derive }: DraftContext,
  draft: Schemas['RecordDraft'],
  label: string,
  expected?: number,
): Promise<ReadyRecord> {
  if (draft.custodian !== undefined && draft.custodian !== organisation) {
    throw new Problem('INVALID_ARGUMENT', 'custodian: a record is stored at the gateway of its custodian');
  }
  const previous = draft.record === undefined ? undefined : await records.find(draft.record);
  if (draft.record !== undefined) checkPrevious(previous, draft);
  const version = (previous?.leaf.version ?? 0) + 1;
  if ((expected !== undefined && expected !== version - 1) || (draft.version ?? version) !== version) {
    throw new Problem('VERSION_CONFLICT', `version is ${version - 1}`);
  }
  const { patient, category, encounter, labels = [], serviceDate, document } = draft;
  const meta = {
    patient,
    custodian: organisation,
    record: draft.record ?? derive(`record ${label}`),
    category,
    author: caller.subject,
    ...(encounter === undefined ? {} : { encounter }),
    labels,
    serviceDate,
  };
  const data = Buffer.from(document.data, 'base64');
  const sealed = { mediaType: document.mediaType, data };
  return { record: { version, meta, metaSalt: derive(`salt ${label}`), document: sealed }, previous };
}

function checkPrevious(previous: StoredRecord | undefined, { patient }: Schemas['RecordDraft']): void {
  if (previous === undefined) throw new Problem('NOT_FOUND', 'no such record is kept here');
  if (previous.state === 'erased') throw new Problem('ERASED', 'the record was erased');
  if (previous.meta.patient !== patient) {
    throw new Problem('INVALID_ARGUMENT', 'patient: the record is about another patient');
  }
}
