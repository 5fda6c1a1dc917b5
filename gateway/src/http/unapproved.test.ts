import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestGateway, type TestGateway } from '../testing/test-gateway.js';

describe('staff whom nobody approved, or not any more', () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    const readModel = { consents: () => Promise.resolve({ items: [] }) };
    const approved = ({ role }: { role: string }) => Promise.resolve(role !== 'doctor');
    gateway = await startTestGateway({ readModel, approved });
  });
  afterAll(() => gateway.close());

  it('read nothing that is for staff, from lists or ledger', async () => {
    const { client } = await gateway.as('doctor');
    const path = { id: 'a'.repeat(32) };
    const answers = [
      await client.GET('/v1/consents'),
      await client.GET('/v1/consents/{id}', { params: { path } }),
      await client.GET('/v1/accesses'),
      await client.GET('/v1/patients/{id}/keys', { params: { path } }),
      await client.POST('/v1/consents/{id}/revocation/prepare', { params: { path } }),
    ];
    expect(answers.map(({ error }) => error?.code)).toEqual(answers.map(() => 'PRACTITIONER_NOT_APPROVED'));
    expect(gateway.calls).toEqual([]);
  });

  it('see who they are and who is there, and ask for approval', async () => {
    const { client } = await gateway.as('doctor');
    expect((await client.GET('/v1/me')).response.status).toBe(200);
    const asked = await client.POST('/v1/practitioners', {
      params: { header: { 'Idempotency-Key': crypto.randomUUID() } },
      body: { role: 'doctor', evidenceHash: 'e'.repeat(64) },
    });
    expect(asked.response.status).toBe(201);
  });

  it('do not keep others from reading', async () => {
    const { client } = await gateway.as('nurse');
    expect((await client.GET('/v1/consents')).response.status).toBe(200);
  });
});
