import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { z } from 'zod';
import { record as shapes, type consent, type record } from '@medaccord/chaincode/api';
import { migrate, openDatabase, type Database } from '../database/index.js';
import { Problem } from '../errors.js';
import type { Call, Run, Schemas } from '../operation.js';
import type { Caller, Ledger, ReadModel } from '../ports.js';
import { startPostgres, type TestPostgres } from '../testing/postgres.js';
import { testAuthority, type TestAuthority } from '../testing/test-authority.js';
import { recordUseCases, reconcileRecords } from '../use-cases/records/index.js';
import { openFileBlocks, recordStore, sealer, type RecordStore, type BatchLeaves } from '../vault/index.js';
import { depositHolder, type DepositHolder } from './deposit-holder.js';
import { exchangeClient, type ExchangeClient } from './exchange-client.js';
import { startExchange, type ExchangeServer } from './exchange-server.js';
import type { RecordHolder } from './record-holder.js';

const hex = () => randomBytes(16).toString('hex');
const at = '2026-01-01T00:00:00.000Z';
const canary = 'the patient has hay fever';
const basis = { kind: 'consent', consent: hex() } as const;
const doctor: Caller = {
  subject: hex(),
  role: 'doctor',
  organisation: 'hospital-b',
  mspId: 'B',
  binding: 'dpop',
};

/** As much of the ledger as both gateways see of it. */
class SharedLedger {
  readonly port = this as unknown as Ledger;
  readonly anchors = new Map<string, { leaf: string; transaction: string }>();
  readonly asked: consent.DecidePrivate[] = [];
  decision: consent.Decision = { granted: true, basis: 'consent' };
  refusal: Problem | undefined;

  submit(
    name: string,
    { leaf }: { leaf: record.Leaf },
    priv: z.infer<typeof shapes.AnchorPrivate>,
  ): Promise<unknown> {
    expect(name).toBe('record:anchor');
    expect(priv).toMatchObject({ basis, meta: { author: doctor.subject } });
    expect(shapes.metaHash(priv.meta, priv.salt)).toBe(leaf.metaHash);
    if (this.refusal !== undefined) return Promise.reject(this.refusal);
    const transaction = createHash('sha256').update(shapes.leafHash(leaf)).digest('hex');
    const key = `${leaf.record} ${leaf.version}`;
    if (!this.anchors.has(key)) this.anchors.set(key, { leaf: shapes.leafHash(leaf), transaction });
    return Promise.resolve({ result: { updatedAt: at }, transaction: { id: transaction, block: 7 } });
  }

  evaluate(
    name: string,
    input: { leaf: record.Leaf },
    _: unknown,
    priv: consent.DecidePrivate,
  ): Promise<unknown> {
    if (name === 'consent:decide') {
      this.asked.push(priv);
      return Promise.resolve(this.decision);
    }
    const anchored = this.anchors.get(`${input.leaf.record} ${input.leaf.version}`)?.leaf;
    return Promise.resolve({
      anchored: anchored === shapes.leafHash(input.leaf),
      erased: false,
      ...(anchored === undefined ? {} : { anchoredAt: at }),
    });
  }

  has(id: string, transaction: string): boolean {
    return [...this.anchors].some(([key, one]) => key.startsWith(id) && one.transaction === transaction);
  }
}

function runOf(key: string): Run {
  const steps = new Map<string, unknown>();
  return {
    id: key,
    derive: (label) => createHash('sha256').update(`${key} ${label}`).digest('hex').slice(0, 32),
    async step<T>(name: string, work: () => Promise<T>): Promise<T> {
      if (!steps.has(name)) steps.set(name, await work());
      return steps.get(name) as T;
    },
    attempt: () => ({ previous: () => Promise.resolve(undefined), sending: () => Promise.resolve() }),
  };
}

let postgres: TestPostgres;
let database: Database;
let custodian: RecordStore;
let writer: RecordStore;
let authorities: Record<'hospital-a' | 'hospital-b', TestAuthority>;
let server: ExchangeServer;
let client: ExchangeClient;
let ledger: SharedLedger;
let deposits: DepositHolder;
let patient: string;
/** Whether the custodian's peer is as far as the writer's. */
let isBehind: boolean;

beforeAll(async () => {
  postgres = await startPostgres(process.env['DATABASE_URL']);
  database = openDatabase(postgres.url);
  const open = async (schema: string) => {
    await migrate(database, 'service', schema);
    const blocks = await openFileBlocks(await mkdtemp(path.join(tmpdir(), 'medaccord-deposit-')));
    return recordStore({ database, schema, blocks, sealer: sealer(randomBytes(32)) });
  };
  [custodian, writer] = [await open('custodian'), await open('writer')];
  authorities = { 'hospital-a': await testAuthority('a'), 'hospital-b': await testAuthority('b') };
  const parties = (['hospital-a', 'hospital-b'] as const).map((name) => ({
    name,
    domain: `${name}.example`,
    tlsCa: authorities[name].certificate,
  }));
  const identity = (name: 'hospital-a' | 'hospital-b') =>
    authorities[name].issue(`gateway.${name}.example`, ['server', 'client']);
  const holders = {
    records: {} as RecordHolder,
    deposits: {
      deposit: (organisation, request) => deposits.deposit(organisation, request),
      confirm: (organisation, request) => deposits.confirm(organisation, request),
    } satisfies DepositHolder,
  };
  const own = await identity('hospital-a');
  server = await startExchange({ port: 0, ...own, organisations: parties, holders, log: () => undefined });
  const exchangeUrl = `https://localhost:${server.port}`;
  const organisations = parties.map((party) => ({ ...party, exchangeUrl }));
  client = exchangeClient({ ...(await identity('hospital-b')), organisations });
});
afterAll(async () => {
  client.close();
  await server.close();
  await database.end();
  await postgres.stop();
});
beforeEach(() => {
  ledger = new SharedLedger();
  isBehind = false;
  patient = hex();
  deposits = depositHolder({
    organisation: 'hospital-a',
    ledger: ledger.port,
    records: custodian,
    anchored: (id, transaction) => Promise.resolve(!isBehind && ledger.has(id, transaction)),
  });
});

function draft(text: string, more: object = {}): Schemas['RecordDraft'] {
  const document = { mediaType: 'text/plain', data: Buffer.from(text).toString('base64') };
  return {
    patient,
    custodian: 'hospital-a',
    category: 'lab',
    serviceDate: '2026-01-01',
    basis,
    document,
    ...more,
  };
}
function call(body: Schemas['RecordDraft'], more: object = {}): Call<'storeRecord'> {
  const key = hex();
  const parts = {
    caller: doctor,
    path: {},
    query: {},
    requestId: key,
    ifMatch: undefined,
    run: runOf(key),
    body,
  };
  return { ...parts, ...more } as unknown as Call<'storeRecord'>;
}
async function store(request: Call<'storeRecord'>): Promise<Schemas['RecordView']> {
  const parts = {
    organisation: 'hospital-b',
    channel: 'care',
    readModel: {} as ReadModel,
    records: writer,
    batchLeaves: {} as BatchLeaves,
    exchange: client,
  };
  const { body } = await recordUseCases({ ...parts, ledger: ledger.port }).storeRecord(request);
  return (body as { record: Schemas['RecordView'] }).record;
}
const waiting = async () => (await custodian.waitingDeposits('hospital-b')).count;

describe('a record that is written for another custodian', () => {
  it('is sealed and kept there, decided there on its true meta, anchored by its author', async () => {
    const view = await store(call(draft(canary)));
    expect(view).toMatchObject({
      version: 1,
      status: 'anchored',
      anchoredAt: at,
      leaf: { custodian: 'hospital-a' },
    });
    expect(ledger.asked).toEqual([
      {
        requester: { organisation: 'hospital-b', subject: doctor.subject, role: 'doctor' },
        permission: 'write',
        purpose: 'treatment',
        meta: view.meta,
        basis,
      },
    ]);
    const held = await custodian.find(view.record);
    expect(held).toMatchObject({ leafHash: view.leafHash, state: 'anchored', reference: { kind: 'single' } });
    expect(await writer.find(view.record)).toBeUndefined();
    expect(await writer.unanchored(new Date(Date.now() + 60_000), 10)).toEqual([]);
    const next = await store(call(draft('two', { record: view.record }), { ifMatch: [1] }));
    expect(next.version).toBe(2);
    expect((await custodian.versions(view.record)).map(({ state }) => state)).toEqual([
      'anchored',
      'anchored',
    ]);
  });

  it('is not taken without a decision that grants it, nor on another basis', async () => {
    ledger.decision = { granted: false, basis: 'consent', code: 'CONSENT_EXPIRED', reason: 'expired' };
    await expect(store(call(draft(canary)))).rejects.toMatchObject({ code: 'CONSENT_EXPIRED' });
    ledger.decision = { granted: true, basis: 'consent' };
    const treatment = { kind: 'treatment', treatment: hex() };
    await expect(store(call(draft(canary, { basis: treatment })))).rejects.toMatchObject({
      code: 'ACCESS_DENIED',
    });
    await expect(store(call(draft(canary, { basis: undefined })))).rejects.toMatchObject({
      code: 'ACCESS_DENIED',
    });
    await expect(store(call(draft(canary, { custodian: 'nobody' })))).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    expect(await waiting()).toBe(0);
  });

  it('follows the version that is there, of that patient alone', async () => {
    const { record: id } = await store(call(draft('one')));
    const again = (more: object, ifMatch?: number[]) =>
      store(call(draft('two', { record: id, ...more }), { ifMatch }));
    await expect(again({}, [2])).rejects.toMatchObject({ code: 'VERSION_CONFLICT' });
    await expect(again({ version: 5 })).rejects.toMatchObject({ code: 'VERSION_CONFLICT' });
    await expect(again({ version: 5 }, [1])).rejects.toMatchObject({ code: 'VERSION_CONFLICT' });
    // Another patient's record, and one that is not there, look the same.
    await expect(again({ patient: hex() })).rejects.toThrow('RECORD_UNKNOWN');
    await expect(again({ record: hex() })).rejects.toThrow('RECORD_UNKNOWN');
    await custodian.erase((await custodian.find(id))?.leafHash ?? '');
    await expect(again({})).rejects.toMatchObject({ code: 'ERASED' });
  });

  it('goes on where it stopped: deposited, anchored, confirmed', async () => {
    const request = call(draft(canary));
    ledger.refusal = new Problem('COMMIT_UNKNOWN', 'lost');
    await expect(store(request)).rejects.toMatchObject({ code: 'COMMIT_UNKNOWN' });
    expect(await waiting()).toBe(1);
    ledger.refusal = undefined;
    isBehind = true;
    await expect(store(request)).rejects.toMatchObject({ code: 'CUSTODIAN_UNREACHABLE', retryAfter: 2 });
    isBehind = false;
    const view = await store(request);
    expect(await waiting()).toBe(0);
    expect(await store(request)).toEqual(view);
    // The answer to the deposit was lost: it is the same deposit, and no second candidate.
    expect(await store({ ...request, run: runOf(request.run.id) })).toEqual(view);
    expect(await waiting()).toBe(0);
  });

  it('is one deposit also when it comes twice at once, and another content is refused', async () => {
    const request = call(draft(canary));
    const twin = { ...request, run: runOf(request.run.id) };
    const [one, two] = await Promise.all([store(request), store(twin)]);
    expect(two).toEqual(one);
    const changed = { ...request, run: runOf(request.run.id), body: draft('other') };
    await expect(store(changed)).rejects.toThrow('DEPOSIT_CONFLICT');
  });

  it('is one deposit also where its twin is stored just after it was looked for', async () => {
    const request = call(draft(canary));
    const view = await store(request);
    const looked = vi.spyOn(custodian, 'findDeposit').mockResolvedValueOnce(undefined);
    expect(await store({ ...request, run: runOf(request.run.id) })).toEqual(view);
    expect(looked.mock.calls.length).toBeGreaterThan(1);
    looked.mockRestore();
  });

  it('is finished or destroyed by the custodian when the writer is never heard of again', async () => {
    const lost = call(draft('lost'));
    ledger.refusal = new Problem('COMMIT_UNKNOWN', 'lost');
    await expect(store(lost)).rejects.toThrow();
    ledger.refusal = undefined;
    isBehind = true;
    await expect(store(call(draft('unconfirmed')))).rejects.toThrow();
    const later = (minutes: number) => new Date(Date.now() + minutes * 60_000);
    const reconcile = (minutes: number) =>
      reconcileRecords({ ledger: ledger.port, records: custodian }, later(minutes));
    expect(await reconcile(11)).toMatchObject({ anchored: 1, destroyed: 0 });
    expect(await waiting()).toBe(1);
    expect(await reconcile(49 * 60)).toMatchObject({ anchored: 0, destroyed: 1 });
    expect(await waiting()).toBe(0);
  });

  it('is anchored by its author only where the custodian sealed that very document', async () => {
    const honest = deposits;
    const lie = (change: (answer: Awaited<ReturnType<DepositHolder['deposit']>>) => object) => {
      deposits = {
        ...honest,
        async deposit(organisation, request) {
          const answer = await honest.deposit(organisation, request);
          return { ...answer, ...change(answer) };
        },
      };
    };
    const refused = async () => {
      await expect(store(call(draft(canary)))).rejects.toMatchObject({ code: 'ANCHOR_MISMATCH' });
    };
    lie(({ leaf }) => ({ leaf: { ...leaf, contentHash: '0'.repeat(64) } }));
    await refused();
    lie(({ leaf }) => ({ leaf: { ...leaf, metaHash: '0'.repeat(64) } }));
    await refused();
    lie(({ leaf }) => ({ leaf: { ...leaf, version: 2 } }));
    await refused();
    lie(() => ({ key: randomBytes(32).toString('base64url') }));
    await refused();
    expect(ledger.anchors.size).toBe(0);
  });

  it('is confirmed by the transaction that anchored it, to its own writer', async () => {
    const request = call(draft(canary));
    isBehind = true;
    await expect(store(request)).rejects.toThrow();
    isBehind = false;
    const id = request.run.derive('deposit');
    const [key] = [...ledger.anchors.values()];
    const transaction = key?.transaction ?? '';
    await expect(client.confirm('hospital-a', { id: hex(), transaction })).rejects.toThrow('DEPOSIT_UNKNOWN');
    await expect(client.confirm('hospital-a', { id, transaction: 'd'.repeat(64) })).rejects.toMatchObject({
      code: 'CUSTODIAN_UNREACHABLE',
    });
    await expect(deposits.confirm('insurer-a', { id, transaction })).rejects.toMatchObject({
      code: 'DEPOSIT_UNKNOWN',
    });
    expect(await client.confirm('hospital-a', { id, transaction })).toEqual({ anchoredAt: at });
  });

  it('takes a document of 8 MiB and no larger one, and few from one organisation at once', async () => {
    const large = 'x'.repeat(8 * 1024 * 1024);
    await expect(store(call(draft(large)))).resolves.toMatchObject({ version: 1 });
    await expect(store(call(draft(`${large}y`)))).rejects.toMatchObject({ code: 'PAYLOAD_TOO_LARGE' });
    const [only] = await custodian.store([
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
        deposit: { organisation: 'hospital-b', id: hex() },
      },
    ]);
    await database.query(
      `UPDATE custodian.records SET descriptor = jsonb_set(descriptor, '{size}', '300000000') WHERE leaf_hash = $1`,
      [only?.leafHash],
    );
    await expect(store(call(draft(canary)))).rejects.toMatchObject({ code: 'CUSTODIAN_UNREACHABLE' });
    await custodian.discard(only?.leafHash ?? '');
  });
});
