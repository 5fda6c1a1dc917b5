import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { record as shapes, verifyInclusion, type consent, type record } from '@medaccord/chaincode/api';
import { migrate, openDatabase, type Database } from '../../database/index.js';
import { Problem } from '../../errors.js';
import type { ExchangeClient } from '../../exchange/index.js';
import type { Call, OperationId, Run, Schemas } from '../../operation.js';
import type { Caller, Ledger, ReadModel } from '../../ports.js';
import { startPostgres, type TestPostgres } from '../../testing/postgres.js';
import { batchLeaves, openFileBlocks, recordStore, sealer, type RecordStore } from '../../vault/index.js';
import { recordUseCases, reconcileRecords } from './index.js';

const hex = () => randomBytes(16).toString('hex');
const at = '2026-01-01T00:00:00.000Z';
const patient = hex();
const basis = { kind: 'treatment', treatment: hex() } as const;
const doctor: Caller = {
  subject: hex(),
  role: 'doctor',
  organisation: 'hospital-a',
  mspId: 'A',
  binding: 'dpop',
};

/** As much of the record contract as these use cases rest on. */
class RecordLedger {
  /** The types of a call's input are the contract's business, checked where that is tested. */
  readonly port = this as unknown as Ledger;
  readonly anchors = new Map<string, record.Anchor>();
  readonly batches = new Map<string, record.AnchorBatch>();
  readonly erased = new Set<string>();
  readonly accesses: string[] = [];
  decision: consent.Decision = { granted: true, basis: 'treatment' };
  /** Commits, and then the answer is lost. */
  crashAfterCommit = false;

  submit(name: string, input: never, _priv: unknown, options: { attempt?: unknown }): Promise<never> {
    expect(options.attempt).toBeDefined();
    const result = this.#write(name, input as never);
    if (this.crashAfterCommit) return Promise.reject(new Problem('COMMIT_UNKNOWN', 'crashed'));
    return Promise.resolve({ result, transaction: { id: 'a'.repeat(64), block: 7 } } as never);
  }

  evaluate(name: string, input: { leaf: record.Leaf; reference: record.AnchorReference }): Promise<never> {
    if (name === 'consent:decide') return Promise.resolve(this.decision as never);
    const hash = shapes.leafHash(input.leaf);
    const { reference } = input;
    const batch = reference.kind === 'batch' ? this.batches.get(reference.batch) : undefined;
    const anchored =
      reference.kind === 'batch'
        ? batch !== undefined && verifyInclusion(hash, reference.proof, batch.root)
        : this.anchors.get(input.leaf.record)?.leaf === hash;
    return Promise.resolve({ anchored, erased: this.erased.has(hash), anchoredAt: at } as never);
  }

  #write(
    name: string,
    input: { id: string; version: number; leaf: record.Leaf; root: string; size: number },
  ) {
    const made = { id: input.id, custodian: 'hospital-a', author: doctor.subject, updatedAt: at };
    if (name === 'record:anchorBatch') {
      const batch = {
        ...made,
        type: 'anchor-batch',
        root: input.root,
        size: input.size,
        version: 1,
      } as const;
      this.batches.set(input.id, batch);
      return batch;
    }
    if (name === 'record:anchor') {
      const leaf = shapes.leafHash(input.leaf);
      const stub = { ...made, writer: 'hospital-a', status: 'anchored', version: input.version } as const;
      const anchor = { ...stub, type: 'anchor', leaf } as const;
      this.anchors.set(input.id, anchor);
      return anchor;
    }
    if (name === 'record:erase') this.erased.add(shapes.leafHash(input.leaf));
    else this.accesses.push(input.id);
    return made;
  }
}

/** A run whose steps live as long as the test: a repeated request of one key gets the same. */
function runOf(key: string): Run {
  const steps = new Map<string, unknown>();
  return {
    id: key,
    derive: (label) => createHash('sha256').update(`${key} ${label}`).digest('hex').slice(0, 32),
    async step<T>(name: string, work: () => Promise<T>): Promise<T> {
      if (!steps.has(name)) steps.set(name, JSON.parse(JSON.stringify((await work()) ?? null)));
      return steps.get(name) as T;
    },
    attempt: () => ({ previous: () => Promise.resolve(undefined), sending: () => Promise.resolve() }),
  };
}
const call = <O extends OperationId>(parts: object, key = hex()) =>
  ({
    caller: doctor,
    path: {},
    query: {},
    requestId: key,
    ifMatch: undefined,
    run: runOf(key),
    ...parts,
  }) as unknown as Call<O>;

const documentOf = (text: string) => ({
  mediaType: 'text/plain',
  data: Buffer.from(text).toString('base64'),
});
const draft = (text: string, more: object = {}): Schemas['RecordDraft'] => ({
  patient,
  category: 'lab',
  serviceDate: '2026-01-01',
  document: documentOf(text),
  ...more,
});

let postgres: TestPostgres;
let database: Database;
let records: RecordStore;
let ledger: RecordLedger;
let exchange: Partial<ExchangeClient>;
let useCases: ReturnType<typeof recordUseCases>;

beforeAll(async () => {
  postgres = await startPostgres(process.env['DATABASE_URL']);
  database = openDatabase(postgres.url);
  await migrate(database, 'service', 'service');
  const blocks = await openFileBlocks(await mkdtemp(path.join(tmpdir(), 'medaccord-records-')));
  records = recordStore({ database, schema: 'service', blocks, sealer: sealer(randomBytes(32)) });
});
afterAll(async () => {
  await database.end();
  await postgres.stop();
});
beforeEach(() => {
  ledger = new RecordLedger();
  exchange = {};
  const parts = {
    organisation: 'hospital-a',
    channel: 'care',
    readModel: {} as ReadModel,
    records,
    batchLeaves: batchLeaves(database, 'service'),
  };
  useCases = recordUseCases({ ...parts, ledger: ledger.port, exchange: exchange as ExchangeClient });
});

async function store(text: string, more: object = {}, callParts: object = {}) {
  return (await useCases.storeRecord(call({ body: draft(text, more), ...callParts }))).body as {
    record: Schemas['RecordView'];
  };
}
const read = (id: string, more: object = {}) =>
  useCases.readRecord(call({ path: { id }, body: { purpose: 'treatment', basis, ...more } }));

describe('records', () => {
  it('stores, anchors, verifies and reads one, with an access event for each read', async () => {
    const { record: view } = await store('one');
    expect(view).toMatchObject({ version: 1, status: 'anchored', meta: { patient, author: doctor.subject } });
    expect(ledger.anchors.get(view.record)?.leaf).toBe(view.leafHash);
    const answer = await read(view.record);
    expect(answer.body).toMatchObject({ record: view.record, document: documentOf('one') });
    expect(ledger.accesses).toEqual([(answer.body as { access: string }).access]);
    const verify = async (text: string) =>
      (await useCases.verifyRecord(call({ body: { record: view.record, document: documentOf(text) } }))).body;
    expect(await verify('one')).toMatchObject({ anchored: true });
    expect(await verify('other')).toMatchObject({ anchored: false });
  });

  it('keeps versions, refuses a stale one and another patient', async () => {
    const { record: first } = await store('one');
    const next = { record: first.record };
    await store('two', next, { ifMatch: [1] });
    await expect(store('three', next, { ifMatch: [1] })).rejects.toMatchObject({ code: 'VERSION_CONFLICT' });
    await expect(store('x', { ...next, patient: hex() })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    await expect(store('x', { record: hex() })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    const history = await useCases.getRecordHistory(call({ path: { id: first.record } }));
    expect(history.body.items.map(({ version }) => version)).toEqual([1, 2]);
    expect((await read(first.record, { version: 1 })).body).toMatchObject({ document: documentOf('one') });
  });

  it('anchors no hash of a record that is kept here, beside its documents', async () => {
    const { record: first } = await store('kept');
    const strange = { ...first.leaf, contentHash: 'f'.repeat(64) };
    for (const leaf of [strange, { ...strange, version: 2 }]) {
      const given = useCases.anchorBatch(call({ body: { leaves: [leaf] } }));
      await expect(given).rejects.toMatchObject({ code: 'ALREADY_EXISTS' });
    }
  });

  it('anchors many documents of many patients as one batch, each with its proof', async () => {
    const drafts = Array.from({ length: 300 }, (_, i) => draft(`document ${i}`, { patient: hex() }));
    const { body } = await useCases.anchorBatch(call({ body: { records: drafts } }));
    if (!('batch' in body)) throw new Error('not anchored');
    expect([body.batch.size, ledger.batches.size]).toEqual([300, 1]);
    for (const item of [body.items[0], body.items[299]]) {
      const proof = { path: { id: body.batch.id, leaf: item?.leafHash } };
      const { reference } = (await useCases.getBatchProof(call(proof))).body as {
        reference: record.AnchorReference;
      };
      if (reference.kind !== 'batch') throw new Error('not in a batch');
      expect(verifyInclusion(item?.leafHash ?? '', reference.proof, body.batch.root)).toBe(true);
    }
    const id = body.items[7]?.record ?? '';
    expect((await read(id)).body).toMatchObject({ document: documentOf('document 7') });
    const { record: second } = await store('new', { record: id, patient: drafts[7]?.patient });
    expect(second).toMatchObject({ version: 2, batch: expect.any(String) as string });
    expect((await read(id)).body).toMatchObject({ version: 2, document: documentOf('new') });
  });

  it('goes on after a crash: a repeated request, and else the reconciliation', async () => {
    const same = call<'storeRecord'>({ body: draft('one') });
    ledger.crashAfterCommit = true;
    await expect(useCases.storeRecord(same)).rejects.toMatchObject({ code: 'COMMIT_UNKNOWN' });
    const batch = call<'anchorBatch'>({ body: { records: [draft('b1'), draft('b2')] } });
    await expect(useCases.anchorBatch(batch)).rejects.toMatchObject({ code: 'COMMIT_UNKNOWN' });
    ledger.crashAfterCommit = false;
    await records.store([
      {
        version: 1,
        meta: {
          patient,
          custodian: 'hospital-a',
          record: hex(),
          category: 'x',
          author: hex(),
          labels: [],
          serviceDate: '2026-01-01',
        },
        metaSalt: hex(),
        document: { mediaType: 'a/b', data: Buffer.of(1) },
      },
    ]);
    const later = (minutes: number) => new Date(Date.now() + minutes * 60_000);
    expect(await reconcileRecords({ ledger: ledger.port, records }, later(1))).toMatchObject({
      anchored: 0,
      destroyed: 0,
    });
    expect(await reconcileRecords({ ledger: ledger.port, records }, later(11))).toMatchObject({
      anchored: 3,
      destroyed: 0,
    });
    expect(await reconcileRecords({ ledger: ledger.port, records }, later(49 * 60))).toMatchObject({
      anchored: 0,
      destroyed: 1,
    });
    expect((await useCases.storeRecord(same)).status).toBe(201);
  });

  it('erases on the ledger and then here, and reads no more', async () => {
    const { record: view } = await store('one');
    await store('two', { record: view.record });
    const erase = () =>
      useCases.eraseRecord(call({ path: { id: view.record }, body: { reason: 'retention' } }));
    expect((await erase()).body).toMatchObject({ id: view.record });
    expect(ledger.erased.size).toBe(2);
    await expect(read(view.record)).rejects.toMatchObject({ code: 'ERASED' });
    expect((await useCases.getRecord(call({ path: { id: view.record } }))).body).toMatchObject({
      status: 'erased',
    });
  });

  it('decides again when a read is repeated, and shows a patient its own records alone', async () => {
    const { record: view } = await store('one');
    ledger.decision = { granted: false, basis: 'treatment', code: 'ACCESS_DENIED', reason: 'closed' };
    await expect(read(view.record)).rejects.toMatchObject({ code: 'ACCESS_DENIED' });
    const as = (subject: string) => ({ caller: { ...doctor, role: 'patient', subject } });
    const one = { path: { id: view.record } };
    await expect(useCases.getRecord(call({ ...one, ...as(hex()) }))).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    expect((await useCases.getRecord(call({ ...one, ...as(patient) }))).status).toBe(200);
    const list = await useCases.listRecords(call({ query: { patient }, ...as(hex()) }));
    expect(list.body.items).toEqual([]);
  });

  it('reads elsewhere in the order description, access event, release', async () => {
    const { record: view } = await store('one');
    const held = await records.find(view.record);
    if (held?.reference === undefined) throw new Error('not stored');
    const order: string[] = [];
    const { leaf, reference, meta, metaSalt } = held;
    exchange.descriptor = (custodian, request) => {
      order.push(`${custodian} describes to ${request.reader.role}`);
      return Promise.resolve({ leaf, reference, meta, metaSalt });
    };
    exchange.release = (_custodian, _described, access) => {
      order.push(ledger.accesses.includes(access.event) ? 'released' : 'not committed');
      return Promise.resolve({ mediaType: 'text/plain', data: Buffer.from('one') });
    };
    const answer = await read(view.record, { custodian: 'hospital-b' });
    expect(answer.body.document).toEqual(documentOf('one'));
    expect(order).toEqual(['hospital-b describes to doctor', 'released']);
  });
});
