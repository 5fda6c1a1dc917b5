import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { Problem } from '../../errors.js';
import { startTestGateway, type LedgerCall, type TestGateway } from '../../testing/test-gateway.js';
import { hashOf } from './claim-answer.js';

const ID = 'a'.repeat(32);
const HASH = 'b'.repeat(64);
const euro = (amount: number) => ({ amount, currency: 'EUR' });
const LINE = {
  number: 1,
  code: { system: 'http://snomed.info/sct', code: '162673000' },
  serviceDate: '2026-01-05',
  quantity: 2,
  unitPrice: euro(500),
  amount: euro(1_000),
};
const DRAFT = { insurer: 'insurer-a', patient: ID, coverage: 'cov-1', diagnoses: ['I10'], lines: [LINE] };
const VIEW = {
  claim: { id: ID, hospital: 'hospital-a', insurer: 'insurer-a', appeals: 0, version: 1 },
  decision: { version: 2 },
  status: 'submitted',
};
const PAIR = { hospital: 'hospital-a', insurer: 'insurer-a' };

let gateway: TestGateway;
afterEach(() => gateway.close());

/** The named function fails once, as if the peer had gone away. */
function failingOnce(name: string, then: (call: LedgerCall) => unknown) {
  let failed = false;
  return (call: LedgerCall) => {
    if (call.name === name && !failed) {
      failed = true;
      throw new Problem('LEDGER_UNAVAILABLE', 'the ledger cannot be reached', { retryAfter: 1 });
    }
    return then(call);
  };
}
const submits = () => gateway.calls.filter(({ kind }) => kind === 'submit');

describe('a claim', () => {
  it('is opened in two steps: its hash for all, its lines for the pair', async () => {
    gateway = await startTestGateway({ answer: () => VIEW });
    const { client } = await gateway.as('billing');
    const key = randomUUID();
    const { data, response } = await client.POST('/v1/claims', {
      params: { header: { 'Idempotency-Key': key } },
      body: DRAFT,
    });
    expect(response.status).toBe(201);
    expect(response.headers.get('etag')).toBe('"1.2"');
    expect(data?.transactions).toHaveLength(2);
    const [opened, put] = submits();
    expect(opened).toMatchObject({ name: 'billing:openClaim', private: undefined });
    expect(JSON.stringify(opened?.input)).not.toContain('162673000');
    expect(opened?.input['idempotencyKey']).not.toBe(key);
    expect(put).toMatchObject({ name: 'billing:putClaimLines', private: { total: euro(1_000) } });
    expect(put?.options.claim).toEqual(PAIR);
    expect(opened?.input['linesHash']).toBe(hashOf(put?.private));
  });

  it('whose second step failed is finished by the same key, with the same lines, without a second claim', async () => {
    gateway = await startTestGateway({ answer: failingOnce('billing:putClaimLines', () => VIEW) });
    const { client } = await gateway.as('billing');
    const header = { 'Idempotency-Key': randomUUID() };
    const post = () => client.POST('/v1/claims', { params: { header }, body: DRAFT });
    expect((await post()).error).toMatchObject({ status: 503, retryable: true });
    const finished = await post();
    expect(finished.response.status).toBe(201);
    expect(submits().map(({ name }) => name)).toEqual([
      'billing:openClaim',
      'billing:putClaimLines',
      'billing:putClaimLines',
    ]);
    const [opened, first, second] = submits();
    expect(second?.private).toEqual(first?.private);
    expect(opened?.input['linesHash']).toBe(hashOf(second?.private));
    const retried = await gateway.as('billing');
    await retried.client.POST('/v1/claims', { params: { header }, body: DRAFT });
    expect(submits().at(-1)?.input['id']).not.toBe(opened?.input['id']);
  });

  it('of several currencies is refused before anything is sent', async () => {
    gateway = await startTestGateway();
    const { client } = await gateway.as('billing');
    const lines = [LINE, { ...LINE, number: 2, amount: { amount: 1, currency: 'USD' } }];
    const { error } = await client.POST('/v1/claims', {
      params: { header: { 'Idempotency-Key': randomUUID() } },
      body: { ...DRAFT, lines },
    });
    expect(error).toMatchObject({ status: 400, code: 'REQUEST_INVALID' });
    expect(gateway.calls).toEqual([]);
  });
});

describe('the insurer’s decision', () => {
  const lines = [
    { number: 1, outcome: 'approved' as const, allowed: euro(1_000), reasons: [] },
    { number: 2, outcome: 'denied' as const, allowed: euro(0), reasons: ['CO-45'] },
  ];

  it('goes to the pair, then to all; its outcome follows from the lines', async () => {
    gateway = await startTestGateway({ kind: 'insurer', answer: () => VIEW });
    const { client } = await gateway.as('adjuster');
    await client.POST('/v1/claims/{id}/adjudicate', {
      params: { path: { id: ID }, header: { 'Idempotency-Key': randomUUID(), 'If-Match': '"1.2"' } },
      body: { ruleSetHash: HASH, lines },
    });
    const [put, decide] = submits();
    expect(put).toMatchObject({ name: 'billing:putDecision', private: { round: 0, total: euro(1_000) } });
    expect(put?.options.claim).toEqual(PAIR);
    expect(decide).toMatchObject({
      name: 'billing:decideClaim',
      input: { outcome: 'partly-approved', detailsHash: hashOf(put?.private), expectedVersion: 2 },
    });
  });

  it('that was interrupted names what it had put, although the claim has moved since', async () => {
    let appeals = 0;
    const view = () => ({ ...VIEW, claim: { ...VIEW.claim, appeals } });
    gateway = await startTestGateway({ kind: 'insurer', answer: failingOnce('billing:decideClaim', view) });
    const { client } = await gateway.as('adjuster');
    const header = { 'Idempotency-Key': randomUUID() };
    const post = () =>
      client.POST('/v1/claims/{id}/adjudicate', {
        params: { path: { id: ID }, header },
        body: { ruleSetHash: HASH, lines },
      });
    expect((await post()).error).toMatchObject({ status: 503 });
    appeals = 1;
    expect((await post()).response.status).toBe(200);
    const [put, , decide] = submits();
    expect(submits()).toHaveLength(3);
    expect(decide?.input['detailsHash']).toBe(hashOf(put?.private));
  });

  it('is settled for its total unless an amount is given', async () => {
    gateway = await startTestGateway({
      kind: 'insurer',
      answer: ({ name }) => (name === 'billing:getDecision' ? { total: euro(1_000) } : VIEW),
    });
    const { client } = await gateway.as('adjuster');
    const { data } = await client.POST('/v1/claims/{id}/settle', {
      params: { path: { id: ID }, header: { 'Idempotency-Key': randomUUID() } },
      body: { reference: 'wire-1' },
    });
    const [put, settle] = submits();
    expect(put).toMatchObject({
      name: 'billing:putPayment',
      private: { amount: euro(1_000), reference: 'wire-1' },
    });
    expect(settle?.input).toMatchObject({ payment: data?.payment, paymentHash: hashOf(put?.private) });
  });
});
