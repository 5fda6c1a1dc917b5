import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { startTestGateway, type TestGateway, type TestGatewayOptions } from '../testing/test-gateway.js';

const ID = 'a'.repeat(32);

let gateway: TestGateway;
afterEach(() => gateway.close());
const start = async (options?: TestGatewayOptions) => (gateway = await startTestGateway(options));
const key = () => ({ 'Idempotency-Key': randomUUID() });

describe('what goes wrong inside', () => {
  it('is a 500 that says nothing, and a log line without what it choked on', async () => {
    const lines: string[] = [];
    await start({
      log: (line) => lines.push(line),
      answer() {
        throw new Error('CANARY patient Jane Doe');
      },
    });
    const { client } = await gateway.as('admin');
    const { error, response } = await client.GET('/v1/practitioners/{id}', { params: { path: { id: ID } } });
    expect(response.status).toBe(500);
    expect(error).toMatchObject({ code: 'INTERNAL', detail: 'something went wrong here' });
    const failure = lines.find((line) => line.includes('request failed'));
    expect(failure).toContain(response.headers.get('x-request-id') ?? 'none');
    expect(lines.join('')).not.toContain('CANARY');
  });

  it('never logs tokens, proofs, certificates, statements or reasons', async () => {
    const lines: string[] = [];
    await start({ log: (line) => lines.push(line) });
    const { client, identity } = await gateway.as('doctor');
    const payload = Buffer.from(JSON.stringify({ id: ID, name: 'CANARY' })).toString('base64url');
    await client.POST('/v1/consents', {
      params: { header: key() },
      body: { jws: `a.${payload}.CANARYCANARY` },
    });
    await client.POST('/v1/break-glass', {
      params: { header: key() },
      body: { patient: ID, custodian: 'hospital-a', reason: 'CANARY unconscious', minutes: 30 },
    });
    await gateway.raw(
      'POST',
      '/v1/auth/tokens',
      { 'content-type': 'application/json' },
      '{"challenge":"CANARY"}',
    );
    const text = lines.join('');
    expect(lines.length).toBeGreaterThan(3);
    for (const secret of ['CANARY', payload, identity.certificate.slice(100, 140), 'Bearer ', 'DPoP ey']) {
      expect(text).not.toContain(secret);
    }
  });
});
