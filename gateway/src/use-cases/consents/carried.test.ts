import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Role } from '@medaccord/chaincode/api';
import { startTestGateway, type TestGateway } from '../../testing/test-gateway.js';

const base64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const id = 'a'.repeat(32);

describe('what a patient signed', () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startTestGateway();
  });
  afterAll(() => gateway.close());

  /** Who signs the transactions of somebody who brings each kind of statement. */
  async function signersFor(role: Role) {
    const { client, identity } = await gateway.as(role);
    const patient = role === 'patient' ? identity.subject : id;
    const jws = `${base64({})}.${base64({ id, patient })}.${base64('signature')}`;
    const header = () => ({ 'Idempotency-Key': crypto.randomUUID() });
    const from = gateway.calls.length;
    const of = { params: { path: { id }, header: header() } };
    const keys = () => ({ params: { path: { id: patient }, header: header() }, body: { jws } });
    const answers = [
      await client.POST('/v1/consents', { params: { header: header() }, body: { jws } }),
      await client.POST('/v1/consents/{id}/revoke', { ...of, body: { jws } }),
      await client.POST('/v1/consents/{id}/expire', { params: { path: { id }, header: header() } }),
      await client.POST('/v1/patients/{id}/keys', keys()),
      await client.POST('/v1/patients/{id}/keys/revoke', keys()),
    ];
    expect(answers.map(({ error }) => error)).toEqual(answers.map(() => undefined));
    const signers = gateway.calls.slice(from).map(({ options: { as } }) => as);
    return signers.map((as) => (as === 'service' ? as : as.subject === identity.subject && 'the caller'));
  }

  it('is carried by the gateway where the patient brings it: a transaction shows its sender for ever', async () => {
    expect(await signersFor('patient')).toEqual(Array.from({ length: 5 }, () => 'service'));
  });

  it('is carried by whoever else brings it', async () => {
    expect(await signersFor('clerk')).toEqual(Array.from({ length: 5 }, () => 'the caller'));
  });
});
