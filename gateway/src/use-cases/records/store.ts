import { record as shapes, type record } from '@medaccord/chaincode/api';
import { Problem } from '../../errors.js';
import type { Call, Handlers, Schemas } from '../../operation.js';
import type { TransactionRef } from '../../ports.js';
import type { Descriptor, StoredBatch } from '../../vault/index.js';
import { submit } from '../shared/submit.js';
import { anchorStoredBatch, batchOf } from './anchor-stored.js';
import { newRecordOf, readyRecord, type ReadyRecord } from './draft.js';
import { asProblem, findHeld, viewOf } from './held-record.js';
import type { RecordParts } from './parts.js';
import { storeElsewhere } from './store-elsewhere.js';

/** Characters of base64, and records, that a batch seals at once. */
const PORTION = 8 * 1024 * 1024;
const PORTION_RECORDS = 2_000;

/** Seals and anchors: one record, or a batch of records or of hashes. */
export function storeUseCases(parts: RecordParts): Handlers<'storeRecord' | 'anchorBatch'> {
  const { organisation, records } = parts;
  return {
    async storeRecord(call) {
      const { caller, run, body, ifMatch } = call;
      const custodian = body.custodian ?? organisation;
      if (custodian !== organisation) {
        const { view, transaction } = await storeElsewhere(parts, call, custodian);
        return { status: 201, body: { record: view, transaction }, etag: String(view.version) };
      }
      const stored = await run.step('stored', async () => {
        const context = { organisation, records, caller, derive: (label: string) => run.derive(label) };
        const ready = await readyRecord(context, body, '0', ifMatch?.[0]);
        const descriptor = (await records.store([newRecordOf(ready, body)]).catch(rethrow))[0];
        if (descriptor === undefined) throw new Problem('INTERNAL', 'nothing was stored');
        // A record that began in a batch has no anchor of its own on the ledger to go on from.
        const batched = ready.previous?.reference?.kind === 'batch';
        if (batched) await records.saveBatch(batchOf(run.derive('batch'), [descriptor.leaf]));
        return { descriptor, batched };
      });
      const transaction = await anchorOne(parts, call, stored);
      const { record, version } = stored.descriptor.leaf;
      const held = await findHeld(records, caller, record, version);
      if (held.leafHash !== stored.descriptor.leafHash) {
        throw new Problem('VERSION_CONFLICT', `another version ${version} came first`);
      }
      const location = `/v1/records/${record}`;
      return { status: 201, body: { record: viewOf(held), transaction }, etag: String(version), location };
    },

    async anchorBatch(call) {
      const { run, body } = call;
      const id = run.derive('batch');
      let batch: StoredBatch | undefined;
      let hasRecords = true;
      const save = async (leaves: readonly record.Leaf[]) => {
        if (leaves.some(({ custodian }) => custodian !== organisation)) {
          throw new Problem('INVALID_ARGUMENT', 'leaves: all are of this organisation');
        }
        batch = batchOf(id, leaves);
        hasRecords = (await records.saveBatch(batch)) > 0;
      };
      const { leaves, records: drafts } = body;
      // Hashes may be saved again; records are sealed once.
      if (leaves !== undefined) await save(leaves);
      else await run.step('stored', async () => save(await storeAll(parts, call, drafts ?? [])));
      batch ??= await records.batch(id);
      if (batch === undefined) throw new Problem('INTERNAL', 'the batch was not stored');
      const { result, transaction } = await anchorStoredBatch(parts, call, batch, { hasRecords });
      const items = batch.leaves.map((leaf) => ({
        record: leaf.record,
        version: leaf.version,
        leafHash: shapes.leafHash(leaf),
      }));
      return { status: 201, body: { batch: result, items, transaction } };
    },
  };
}

async function anchorOne(
  parts: RecordParts,
  call: Call<'storeRecord'>,
  { descriptor, batched }: { descriptor: Descriptor; batched: boolean },
): Promise<TransactionRef> {
  const { ledger, records } = parts;
  const { leaf, leafHash, meta, metaSalt } = descriptor;
  if (batched) {
    return (await anchorStoredBatch(parts, call, batchOf(call.run.derive('batch'), [leaf]))).transaction;
  }
  const input = { id: leaf.record, version: leaf.version, leaf };
  const { basis } = call.body;
  const priv = { meta, salt: metaSalt, ...(basis === undefined ? {} : { basis }) };
  const { result, transaction } = await submit(ledger, call, 'record:anchor', input, priv);
  const anchoring = { leafHash, reference: { kind: 'single' } } as const;
  await records.anchored([anchoring], { id: transaction.id, at: result.updatedAt });
  return transaction;
}

async function storeAll(
  { organisation, records }: RecordParts,
  { caller, run }: Call<'anchorBatch'>,
  drafts: readonly Schemas['RecordDraft'][],
) {
  const named = drafts.flatMap(({ record }) => (record === undefined ? [] : [record]));
  if (new Set(named).size !== named.length) {
    throw new Problem('REQUEST_INVALID', 'records: a batch has one version of a record');
  }
  const context = { organisation, records, caller, derive: (label: string) => run.derive(label) };
  const ready: ReadyRecord[] = [];
  for (const [index, draft] of drafts.entries()) {
    const one = await readyRecord(context, draft, String(index));
    if (one.previous?.reference?.kind === 'single') {
      throw new Problem('INVALID_STATE', 'records: a record that has its own anchor goes on with that');
    }
    ready.push(one);
  }
  const leaves: record.Leaf[] = [];
  for (const [from, to] of portions(drafts)) {
    const portion = ready.slice(from, to).flatMap((one, index) => {
      const draft = drafts[from + index];
      return draft === undefined ? [] : [newRecordOf(one, draft)];
    });
    for (const { leaf } of await records.store(portion).catch(rethrow)) leaves.push(leaf);
  }
  return leaves;
}

/** Ranges of drafts that are decoded and sealed at once: what a batch holds in memory beside its request. */
function* portions(drafts: readonly Schemas['RecordDraft'][]): Generator<readonly [number, number]> {
  let from = 0;
  let size = 0;
  for (const [index, { document }] of drafts.entries()) {
    if (index > from && (size + document.data.length > PORTION || index - from === PORTION_RECORDS)) {
      yield [from, index];
      [from, size] = [index, 0];
    }
    size += document.data.length;
  }
  if (from < drafts.length) yield [from, drafts.length];
}

function rethrow(error: unknown): never {
  throw asProblem(error);
}
