import { randomUUID } from 'node:crypto';
import { type LedgerEvent, createClient, events, publicJwk } from '@medaccord/gateway/client';
import pMap from 'p-map';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Consortium, type Member, sharedConsortium } from '../consortium/index.js';
import { type Answer, ask } from './given/ask.js';
import { newKey } from './given/patient.js';

interface PatientAnswer {
  patient: { id: string; registration: string; version: number };
  transaction: { id: string; block: number };
}
const newPatient = () => ({ keys: [publicJwk(newKey())] });
const keyed = (key: string = randomUUID()) => ({ 'Idempotency-Key': key });

/** What docs/api.md promises of every call, over a real gateway. */
describe('the REST rules', () => {
  let consortium: Consortium;
  let desk: Member;
  beforeAll(async () => {
    consortium = await sharedConsortium();
    desk = await consortium.member('hospital-a', 'clerk');
  });
  afterAll(() => consortium.disconnect());

  const register = (key: string, body = newPatient(), headers: Record<string, string> = {}) =>
    ask<PatientAnswer>(consortium, desk, '/v1/patients', {
      method: 'POST',
      headers: { ...keyed(key), ...headers },
      body,
    });
  const registered = async () => (await register(randomUUID())).body;

  // First, so that the address is welcome again when the next file begins.
  it('refuse an address that tries to log in too often, with the seconds to wait, and serve who is in', async () => {
    const member = await consortium.member('lab-a', 'clerk');
    expect(await ask(consortium, member, '/v1/me')).toMatchObject({ status: 200 });
    const challenge = { method: 'POST', body: { subject: '0'.repeat(32) } } as const;
    const address = await consortium.gateway('lab-a');
    const [hasty, patient] = await Promise.all(
      [0, 3].map(async (retries) => ({
        api: await createClient({ ...address, retries }),
        organisation: 'lab-a',
      })),
    );
    if (!hasty || !patient) throw new Error('two clients were made');
    const answers = await pMap(
      Array.from({ length: 400 }),
      () => ask(consortium, hasty, '/v1/auth/challenges', challenge),
      { concurrency: 40 },
    );
    const refused = answers.filter(({ status }) => status !== 201);
    expect(answers.length - refused.length).toBeGreaterThanOrEqual(120);
    expect(refused).not.toEqual([]);
    for (const { status, headers, body } of refused) {
      expect({ ...body, status }).toMatchObject({ status: 429, code: 'RATE_LIMITED', retryable: true });
      expect(Number(headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
    }
    expect(await ask(consortium, member, '/v1/me')).toMatchObject({ status: 200 });
    // Who waits as long as it is told is let in.
    const admitted = await ask(consortium, patient, '/v1/auth/challenges', challenge);
    expect(admitted).toMatchObject({ status: 201 });
    for (const { api } of [hasty, patient]) api.close();
  });

  it('name every answer, refusals included', async () => {
    const answers = [
      await ask(consortium, desk, '/v1/me'),
      await ask(consortium, desk, '/healthz'),
      await ask(consortium, desk, `/v1/patients/${'0'.repeat(32)}`),
      await ask(consortium, desk, '/v1/nowhere'),
      await ask(consortium, desk, '/v1/me', { method: 'POST', body: {} }),
    ];
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 404, 404, 405]);
    const ids = answers.map(({ headers }) => headers.get('x-request-id'));
    expect(new Set(ids).size).toBe(answers.length);
    for (const { status, headers, body } of answers.slice(2)) {
      expect(headers.get('content-type')).toMatch(/^application\/problem\+json(;|$)/);
      expect(body).toMatchObject({
        status,
        code: expect.any(String) as string,
        instance: `urn:medaccord:request:${headers.get('x-request-id') ?? ''}`,
      });
    }
    expect(answers[4]?.headers.get('allow')).toBe('GET');
  });

  describe('for a key that comes again', () => {
    it('give the first answer, and do it once', async () => {
      const [key, body] = [randomUUID(), newPatient()];
      const first = await register(key, body);
      const again = await register(key, body);
      expect(first.status).toBe(201);
      expect(first.headers.has('idempotency-replayed')).toBe(false);
      expect(again).toMatchObject({ status: 201, body: first.body });
      expect(again.headers.get('idempotency-replayed')).toBe('true');
      expect(again.headers.get('etag')).toBe(first.headers.get('etag'));
    });

    it('refuse another request under it, and one while it runs', async () => {
      const [key, body] = [randomUUID(), newPatient()];
      const answers = await Promise.all(Array.from({ length: 6 }, () => register(key, body)));
      const [done, running] = [201, 409].map((code) => answers.filter(({ status }) => status === code));
      expect((done?.length ?? 0) + (running?.length ?? 0)).toBe(answers.length);
      expect(new Set(done?.map(({ body: { patient } }) => patient.id)).size).toBe(1);
      expect(running).not.toEqual([]);
      for (const refused of running ?? []) {
        expect(refused.body).toMatchObject({ code: 'IDEMPOTENCY_IN_FLIGHT', retryable: true });
        expect(refused.headers.get('retry-after')).toBe('1');
      }
      expect(await register(key)).toMatchObject({ status: 422, body: { code: 'IDEMPOTENCY_CONFLICT' } });
    });

    it('keep it to its caller, and want one', async () => {
      const [key, body] = [randomUUID(), newPatient()];
      const mine = await register(key, body);
      const doctor = await consortium.member('hospital-a', 'doctor');
      const request = { method: 'POST', headers: keyed(key), body } as const;
      const other = await ask<PatientAnswer>(consortium, doctor, '/v1/patients', request);
      expect(other.status).toBe(201);
      expect(other.body.patient.id).not.toBe(mine.body.patient.id);
      const without = await ask(consortium, desk, '/v1/patients', { method: 'POST', body });
      expect(without).toMatchObject({ status: 400, body: { code: 'REQUEST_INVALID' } });
    });
  });

  it('refuse a step on a version that has passed, and tell the new one', async () => {
    const { patient } = await registered();
    const path = `/v1/patients/${patient.id}`;
    const { headers } = await ask(consortium, desk, path);
    expect(headers.get('etag')).toBe('"1"');
    const witness = await consortium.member('hospital-b', 'clerk');
    const confirm = (etag: string) =>
      ask(consortium, witness, `${path}/confirm`, {
        method: 'POST',
        headers: { ...keyed(), 'If-Match': etag },
        body: {},
      });
    expect(await confirm('"7"')).toMatchObject({ status: 412, body: { code: 'VERSION_CONFLICT' } });
    expect(await confirm('7')).toMatchObject({ status: 400, body: { code: 'REQUEST_INVALID' } });
    const done = await confirm('"1"');
    expect(done.status).toBe(200);
    expect(done.headers.get('etag')).toBe('"2"');
    expect((await ask(consortium, desk, path)).headers.get('etag')).toBe('"2"');
  });

  it('answer 202 where that is preferred, and the rest where it says', async () => {
    const body = newPatient();
    const accepted = await register(randomUUID(), body, { Prefer: 'respond-async' });
    expect(accepted.status).toBe(202);
    expect(accepted.headers.get('preference-applied')).toBe('respond-async');
    const location = accepted.headers.get('location') ?? '';
    const operation = await vi.waitFor(
      async () => {
        const { body: now } = await ask(consortium, desk, location);
        expect(now).not.toMatchObject({ status: 'running' });
        return now;
      },
      { timeout: 20_000, interval: 100 },
    );
    expect(operation).toMatchObject({
      status: 'succeeded',
      answer: { status: 201, body: { patient: { status: 'registered' } } },
    });
    const { answer } = operation as { answer: { body: PatientAnswer } };
    const path = `/v1/patients/${answer.body.patient.id}`;
    expect(await ask(consortium, desk, path)).toMatchObject({ status: 200 });
    const stranger = await consortium.member('hospital-a', 'doctor');
    expect(await ask(consortium, stranger, location)).toMatchObject({ status: 404 });
  });

  it('page through a list without a gap or a repetition, while it grows', async () => {
    const first = await Promise.all(Array.from({ length: 5 }, registered));
    const seen: string[] = [];
    let next: string | undefined;
    do {
      const cursor: string = next === undefined ? '' : `&cursor=${next}`;
      const page: Answer<{ items: { id: string }[]; next?: string }> = await ask(
        consortium,
        desk,
        `/v1/patients?custodian=hospital-a&limit=2${cursor}`,
      );
      seen.push(...page.body.items.map(({ id }) => id));
      next = page.body.next;
      await registered();
    } while (next !== undefined && seen.length < 8);
    expect(new Set(seen).size).toBe(seen.length);
    const ids = first.map(({ patient }) => patient.id);
    expect(seen.slice(0, 5).toSorted()).toEqual(ids.toSorted());
    const forged = await ask(consortium, desk, '/v1/patients?cursor=Zm9yZ2Vk');
    expect(forged).toMatchObject({ status: 400, body: { code: 'CURSOR_INVALID' } });
  });

  it('stream events, and go on after the last one that a client names', async () => {
    const { baseUrl } = await consortium.gateway('hospital-a');
    const take = async (count: number, from: { from?: number; after?: string }) => {
      const stop = new AbortController();
      const signal = AbortSignal.any([stop.signal, AbortSignal.timeout(20_000)]);
      const taken: LedgerEvent[] = [];
      for await (const event of events(desk.api, { baseUrl, types: ['registration'], signal, ...from })) {
        if (taken.push(event) === count) break;
      }
      stop.abort();
      return taken;
    };
    const first = await registered();
    const [seen] = await take(1, { from: first.transaction.block });
    expect(seen).toMatchObject({
      type: 'registration',
      data: {
        id: first.patient.registration,
        version: 1,
        transactionId: first.transaction.id,
        status: 'registered',
      },
    });
    const missed = [await registered(), await registered()];
    const resumed = take(3, { after: seen?.id });
    const live = await registered();
    expect((await resumed).map(({ data }) => data.id)).toEqual(
      [...missed, live].map(({ patient }) => patient.registration),
    );
  });

  describe('without a login', () => {
    let anybody: Pick<Member, 'api' | 'organisation'>;
    beforeAll(async () => {
      const api = await createClient({ ...(await consortium.gateway('hospital-a')), retries: 0 });
      anybody = { api, organisation: 'hospital-a' };
    });
    afterAll(() => anybody.api.close());

    it('tell whether the gateway is ready, and how far it has read', async () => {
      const { transaction } = await registered();
      expect(await ask(consortium, anybody, '/readyz')).toMatchObject({
        status: 200,
        body: {
          status: 'ok',
          organisation: 'hospital-a',
          parts: { peer: 'ok', readModel: 'live' },
          block: transaction.block,
        },
      });
      expect(await ask(consortium, anybody, '/v1/me')).toMatchObject({ status: 401 });
    });

    it('give metrics of the work, without a word of whom it was for', async () => {
      const { patient } = await registered();
      const { status, headers, body } = await ask<string>(consortium, anybody, '/metrics');
      expect(status).toBe(200);
      expect(headers.get('content-type')).toMatch(/^text\/plain/);
      expect(body).toMatch(
        /^medaccord_http_request_seconds_count\{operation="registerPatient",status="201"\} \d+$/m,
      );
      expect(body).toMatch(
        /^medaccord_ledger_submit_seconds_count\{function="directory:registerPatient",outcome="committed"\} \d+$/m,
      );
      expect(body).toMatch(/^medaccord_ledger_block \d+$/m);
      expect(body).not.toContain(patient.id);
      expect(body).not.toMatch(/[0-9a-f]{32}/);
    });

    it('show the documentation from the gateway alone', async () => {
      const page = await ask<string>(consortium, anybody, '/docs/');
      expect(page.status).toBe(200);
      expect(page.headers.get('content-security-policy')).toContain("default-src 'self'");
      const links = [...page.body.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, link = '']) => link);
      expect(links.length).toBeGreaterThan(3);
      expect(links.filter((link) => /^(?:\w+:)?\/\//.test(link))).toEqual([]);
      for (const link of links) {
        const { pathname } = new URL(link, 'https://localhost/docs/');
        expect(await ask(consortium, anybody, pathname)).toMatchObject({ status: 200 });
      }
      const document = await ask(consortium, anybody, '/openapi.json');
      expect(document.body).toMatchObject({ openapi: expect.stringMatching(/^3\.1/) as string });
    });
  });
});
