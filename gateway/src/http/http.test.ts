import { randomUUID } from 'node:crypto';
import { request as httpsRequest } from 'node:https';
import { afterEach, describe, expect, it } from 'vitest';
import { Problem } from '../errors.js';
import { startTestGateway, type TestGateway, type TestGatewayOptions } from '../testing/test-gateway.js';

const ID = 'a'.repeat(32);
const HASH = 'b'.repeat(64);
const PRACTITIONER = {
  type: 'practitioner',
  id: ID,
  organisation: 'hospital-a',
  role: 'doctor',
  status: 'requested',
  evidenceHash: HASH,
  breakGlassSuspended: false,
  version: 3,
  updatedAt: '2026-01-05T08:00:00.000Z',
};

let gateway: TestGateway;
afterEach(() => gateway.close());
const start = async (options?: TestGatewayOptions) => (gateway = await startTestGateway(options));
const key = () => ({ 'Idempotency-Key': randomUUID() });
const register = { role: 'doctor', evidenceHash: HASH } as const;

describe('the service', () => {
  it('says that it lives and is ready, without login, and counts', async () => {
    await start();
    const health = await gateway.raw('GET', '/healthz');
    expect(health.status).toBe(200);
    expect(health.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    expect(await (await gateway.raw('GET', '/readyz')).json()).toMatchObject({ status: 'ok', block: 3 });
    expect(await (await gateway.raw('GET', '/metrics')).text()).toContain(
      'medaccord_http_request_seconds_count{operation="getHealth"',
    );
  });

  it('shows its documentation from its own files alone', async () => {
    await start();
    const page = await (await gateway.raw('GET', '/docs/')).text();
    expect(page).toContain('swagger-ui');
    expect(page).not.toMatch(/(src|href)="https?:/);
    expect((await gateway.raw('GET', '/docs/swagger-ui-bundle.js')).status).toBe(200);
    expect(await (await gateway.raw('GET', '/openapi.json')).json()).toMatchObject({ openapi: '3.1.0' });
  });

  it('answers unknown addresses and methods with problems', async () => {
    await start();
    const unknown = await gateway.raw('GET', '/v1/nothing');
    expect(unknown.status).toBe(404);
    expect(unknown.headers.get('content-type')).toContain('application/problem+json');
    expect(await unknown.json()).toMatchObject({ code: 'ROUTE_UNKNOWN', status: 404, retryable: false });
    const method = await gateway.raw('DELETE', '/v1/me');
    expect(method.status).toBe(405);
    expect(method.headers.get('allow')).toBe('GET');
    expect((await gateway.raw('GET', '/v1/patients/%E0%A4%A')).status).toBe(400);
  });
});

describe('who may', () => {
  it('is asked by every operation that is not about logging in or the service', async () => {
    await start();
    const { loadApiDocument } = await import('./api-document.js');
    for (const route of loadApiDocument().routes.filter(({ isPublic }) => !isPublic)) {
      const path = route.path.replaceAll(/:(leaf|transactionId)/g, HASH).replaceAll(/:\w+/g, ID);
      const answer = await gateway.raw(route.method.toUpperCase(), path, { 'idempotency-key': randomUUID() });
      expect(answer.status, `${route.method} ${route.path}`).toBe(401);
      expect(answer.headers.get('www-authenticate')).toContain('DPoP');
    }
    expect(gateway.calls).toEqual([]);
  });

  it('depends on the role and the kind of organisation, before the body is looked at', async () => {
    await start();
    const { client } = await gateway.as('auditor');
    const forbidden = await client.POST('/v1/practitioners/{id}/approve', {
      params: { path: { id: ID }, header: key() },
    });
    expect(forbidden.error).toMatchObject({ status: 403, code: 'FORBIDDEN' });
    const adjuster = await gateway.as('adjuster');
    const decided = await adjuster.client.POST('/v1/claims/{id}/acknowledge', {
      params: { path: { id: ID }, header: key() },
    });
    expect(decided.error).toMatchObject({ status: 403, code: 'FORBIDDEN' });
    expect(gateway.calls).toEqual([]);
  });

  it('is told to itself, by token of any binding and by client certificate', async () => {
    await start();
    const { client, identity } = await gateway.as('doctor');
    expect((await client.GET('/v1/me')).data).toMatchObject({
      subject: identity.subject,
      role: 'doctor',
      organisation: 'hospital-a',
      binding: 'dpop',
      custody: 'client',
    });
    const tls = await gateway.connect({ cert: identity.certificate, key: identity.keyPem });
    expect((await tls.GET('/v1/me')).data).toMatchObject({
      subject: identity.subject,
      binding: 'mutual-tls',
    });
    const bound = await tls.POST('/v1/auth/tokens', { body: {} });
    expect(bound.data).toMatchObject({ tokenType: 'Bearer', expiresIn: 600 });
    const stolen = await gateway.raw('GET', '/v1/me', { authorization: `Bearer ${bound.data?.token ?? ''}` });
    expect(await stolen.json()).toMatchObject({ status: 401, code: 'PROOF_REQUIRED' });
  });

  it('ends with a revocation', async () => {
    await start();
    const authorization = await gateway.tokenOf('doctor');
    expect((await gateway.raw('DELETE', '/v1/auth/tokens/current', { authorization })).status).toBe(204);
    const after = await gateway.raw('GET', '/v1/me', { authorization });
    expect(await after.json()).toMatchObject({ status: 401, code: 'TOKEN_REVOKED' });
  });

  it('gets no plain token in production', async () => {
    await start({ environment: 'production' });
    await expect(gateway.tokenOf('doctor')).rejects.toMatchObject({ status: 401, code: 'PROOF_REQUIRED' });
  });
});

describe('bad input', () => {
  it.each([
    ['not JSON', '{', 'application/json', 400, 'REQUEST_INVALID'],
    ['another type', 'a=1', 'application/x-www-form-urlencoded', 415, 'MEDIA_TYPE_UNSUPPORTED'],
    [
      'another character set',
      JSON.stringify(register),
      'application/json; charset="utf-16"',
      415,
      'MEDIA_TYPE_UNSUPPORTED',
    ],
    ['an array', '[]', 'application/json; charset=UTF-8', 400, 'REQUEST_INVALID'],
    ['null', 'null', 'application/json', 400, 'REQUEST_INVALID'],
    ['nothing', '', 'application/json', 400, 'REQUEST_INVALID'],
    [
      'an unknown member',
      JSON.stringify({ ...register, admin: true }),
      'application/json',
      400,
      'REQUEST_INVALID',
    ],
    [
      'a prototype',
      `{"__proto__":{},"role":"doctor","evidenceHash":"${HASH}"}`,
      'application/json',
      400,
      'REQUEST_INVALID',
    ],
    ['a number for a text', `{"role":"doctor","evidenceHash":1}`, 'application/json', 400, 'REQUEST_INVALID'],
    [
      'too much',
      JSON.stringify({ ...register, x: 'y'.repeat(70_000) }),
      'application/json',
      413,
      'PAYLOAD_TOO_LARGE',
    ],
    ['too deep', '['.repeat(30_000), 'application/json', 400, 'REQUEST_INVALID'],
  ])('%s is refused', async (_, body, type, status, code) => {
    await start();
    const authorization = await gateway.tokenOf('admin');
    const answer = await gateway.raw(
      'POST',
      '/v1/practitioners',
      { authorization, 'content-type': type, 'idempotency-key': randomUUID() },
      body,
    );
    expect(await answer.json()).toMatchObject({ status, code });
    expect(answer.status).toBe(status);
    expect(gateway.calls).toEqual([]);
  });

  it('in path, query and headers is named, without its value', async () => {
    await start();
    const authorization = await gateway.tokenOf('admin');
    const post = (headers: Record<string, string>) =>
      gateway.raw('POST', `/v1/practitioners/${ID}/approve`, { authorization, ...headers });
    for (const answer of [
      await gateway.raw('GET', '/v1/practitioners/SECRET', { authorization }),
      await gateway.raw('GET', '/v1/practitioners?limit=SECRET', { authorization }),
      await gateway.raw('GET', '/v1/practitioners?limit=201', { authorization }),
      await gateway.raw('GET', '/v1/practitioners?secret=SECRET', { authorization }),
      await gateway.raw('GET', '/v1/practitioners?limit=1&limit=2', { authorization }),
      await post({}),
      await post({ 'idempotency-key': 'short' }),
      await post({ 'idempotency-key': randomUUID(), 'if-match': 'SECRET' }),
    ]) {
      expect(answer.status).toBe(400);
      const text = await answer.text();
      expect(JSON.parse(text)).toMatchObject({ code: 'REQUEST_INVALID' });
      expect(text).not.toContain('SECRET');
    }
  });

  it('that is chunked is cut at the limit', async () => {
    await start();
    const authorization = await gateway.tokenOf('admin');
    const status = await new Promise<number>((resolve, reject) => {
      const call = httpsRequest(
        `${gateway.origin}/v1/practitioners`,
        {
          method: 'POST',
          ca: gateway.ca,
          headers: {
            authorization,
            'content-type': 'application/json',
            'idempotency-key': randomUUID(),
            'transfer-encoding': 'chunked',
          },
        },
        (answer) => {
          answer.resume();
          resolve(answer.statusCode ?? 0);
        },
      );
      call.on('error', reject);
      for (let count = 0; count < 20; count++) call.write(' '.repeat(8_192));
      call.end('{}');
    });
    expect(status).toBe(413);
  });
});

describe('an idempotency key', () => {
  it('replays the answer; another body is 422; nothing is sent twice', async () => {
    await start({ answer: () => PRACTITIONER });
    const { client } = await gateway.as('admin');
    const header = key();
    const first = await client.POST('/v1/practitioners', {
      params: { header },
      body: { ...register, id: ID },
    });
    expect(first.response.status).toBe(201);
    expect(first.response.headers.get('etag')).toBe('"3"');
    const again = await client.POST('/v1/practitioners', {
      params: { header },
      body: { ...register, id: ID },
    });
    expect(again.data).toEqual(first.data);
    expect(again.response.headers.get('idempotency-replayed')).toBe('true');
    expect(again.response.headers.get('etag')).toBe('"3"');
    const other = await client.POST('/v1/practitioners', {
      params: { header },
      body: { ...register, role: 'nurse' },
    });
    expect(other.error).toMatchObject({ status: 422, code: 'IDEMPOTENCY_CONFLICT' });
    const elsewhere = await client.POST('/v1/practitioners/{id}/approve', {
      params: { header, path: { id: ID } },
    });
    expect(elsewhere.error).toMatchObject({ status: 422 });
    expect(gateway.calls).toHaveLength(1);
  });

  it('is its caller’s own', async () => {
    await start({ answer: () => PRACTITIONER });
    const header = key();
    for (const { client } of [await gateway.as('admin'), await gateway.as('admin')]) {
      const { response } = await client.POST('/v1/practitioners', {
        params: { header },
        body: { ...register, id: ID },
      });
      expect(response.headers.get('idempotency-replayed')).toBeNull();
    }
    expect(gateway.calls).toHaveLength(2);
  });

  it('in flight is 409; a failure can be repeated', async () => {
    let release: () => void = () => undefined;
    let attempts = 0;
    await start({
      async answer() {
        attempts++;
        if (attempts === 1) {
          await new Promise<void>((resolve) => (release = resolve));
          throw new Problem('LEDGER_UNAVAILABLE', 'the ledger cannot be reached', { retryAfter: 2 });
        }
        return PRACTITIONER;
      },
    });
    const { client } = await gateway.as('admin');
    const header = key();
    const post = () =>
      client.POST('/v1/practitioners', { params: { header }, body: { ...register, id: ID } });
    const first = post();
    while (gateway.calls.length === 0) await new Promise((resume) => setImmediate(resume));
    expect((await post()).error).toMatchObject({
      status: 409,
      code: 'IDEMPOTENCY_IN_FLIGHT',
      retryable: true,
    });
    release();
    const failed = await first;
    expect(failed.error).toMatchObject({ status: 503, code: 'LEDGER_UNAVAILABLE', retryAfter: 2 });
    expect(failed.response.headers.get('retry-after')).toBe('2');
    expect((await post()).response.status).toBe(201);
  });

  it('with respond-async gives an operation to poll, for its owner alone', async () => {
    let release: () => void = () => undefined;
    await start({
      async answer() {
        await new Promise<void>((resolve) => (release = resolve));
        return PRACTITIONER;
      },
    });
    const { client } = await gateway.as('admin');
    const accepted = await client.POST('/v1/practitioners', {
      params: { header: { ...key(), Prefer: 'respond-async' } },
      body: { ...register, id: ID },
    });
    expect(accepted.response.status).toBe(202);
    const location = accepted.response.headers.get('location') ?? '';
    const id = location.split('/').at(-1) ?? '';
    const poll = async (by = client) => await by.GET('/v1/operations/{id}', { params: { path: { id } } });
    expect((await poll()).data).toEqual({ id, status: 'running' });
    expect((await poll((await gateway.as('admin')).client)).error).toMatchObject({ status: 404 });
    release();
    await expect.poll(async () => (await poll()).data?.status).toBe('succeeded');
    expect((await poll()).data?.answer).toMatchObject({ status: 201, body: { practitioner: { id: ID } } });
  });
});

describe('versions', () => {
  it('go from ETag to If-Match to the contract, whose conflict is 412', async () => {
    await start({
      answer({ kind, input }) {
        if (kind === 'submit' && input['expectedVersion'] !== 3)
          throw new Problem('VERSION_CONFLICT', 'changed since');
        return PRACTITIONER;
      },
    });
    const { client } = await gateway.as('admin');
    const read = await client.GET('/v1/practitioners/{id}', { params: { path: { id: ID } } });
    const etag = read.response.headers.get('etag') ?? '';
    const approve = (version: string) =>
      client.POST('/v1/practitioners/{id}/approve', {
        params: { path: { id: ID }, header: { ...key(), 'If-Match': version } },
      });
    expect((await approve(etag)).response.status).toBe(200);
    expect((await approve('"2"')).error).toMatchObject({ status: 412, code: 'VERSION_CONFLICT' });
  });
});
