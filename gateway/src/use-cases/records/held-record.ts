import type { record } from '@medaccord/chaincode/api';
import { Problem } from '../../errors.js';
import type { Schemas } from '../../operation.js';
import type { Caller } from '../../ports.js';
import { bindingOf, BlockStoreError, openDocument, SealError } from '../../vault/index.js';
import type { RecordStore, StoredRecord } from '../../vault/index.js';
import { requireOwn } from '../shared/submit.js';

/** A record kept here that the ledger has. */
export type HeldRecord = StoredRecord & { readonly reference: record.AnchorReference };

/** @throws Problem NOT_FOUND; a patient finds its own records alone. */
export async function findHeld(
  records: RecordStore,
  caller: Caller,
  id: string,
  version?: number,
): Promise<HeldRecord> {
  const stored = await records.find(id, version);
  if (stored?.reference === undefined) throw new Problem('NOT_FOUND', 'no such record is kept here');
  requireOwn(caller, stored.meta.patient);
  return { ...stored, reference: stored.reference };
}

/** @throws Problem ERASED, or DOCUMENT_UNAVAILABLE where block or key are damaged or missing. */
export async function openHeld(records: RecordStore, held: HeldRecord): Promise<Schemas['Document']> {
  if (held.state === 'erased') throw new Problem('ERASED', 'the record was erased');
  try {
    const key = await records.key(held);
    if (key === undefined) throw new Problem('ERASED', 'the record was erased');
    const opened = openDocument(await records.block(held), key, bindingOf(held), held.leaf.capsuleHash);
    return { mediaType: opened.mediaType, data: opened.data.toString('base64') };
  } catch (error) {
    throw asProblem(error);
  }
}

/** What the vault refuses, in the words of the API. */
export function asProblem(error: unknown): unknown {
  if (error instanceof SealError && error.code === 'DOCUMENT_TOO_LARGE') {
    return new Problem('PAYLOAD_TOO_LARGE', error.message);
  }
  if (error instanceof SealError && error.code === 'MEDIA_TYPE_INVALID') {
    return new Problem('REQUEST_INVALID', error.message);
  }
  if (error instanceof SealError || error instanceof BlockStoreError) {
    return new Problem('DOCUMENT_UNAVAILABLE', 'the document cannot be opened', { cause: error });
  }
  return error;
}

export function viewOf(held: StoredRecord): Schemas['RecordView'] {
  const { leaf, leafHash, meta, mediaType, reference, anchoredAt } = held;
  return {
    record: leaf.record,
    version: leaf.version,
    status: held.state === 'erased' ? 'erased' : 'anchored',
    leaf,
    leafHash,
    meta,
    mediaType,
    ...(reference?.kind === 'batch' ? { batch: reference.batch } : {}),
    ...(anchoredAt === undefined ? {} : { anchoredAt }),
  };
}
