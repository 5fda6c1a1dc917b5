import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ReaderQuery } from '../../ports.js';
import { startTestGateway, type LedgerCall, type TestGateway } from '../../testing/test-gateway.js';

const id = 'a'.repeat(32);
const patient = 'b'.repeat(32);
const hash = 'c'.repeat(64);

/** The service identity asks for whom no key is kept, and is told more than they are. */
describe('staff of another organisation than the custodian and the grantee’s', () => {
  let gateway: TestGateway;
  const queries: ReaderQuery[] = [];
  const list = (query: ReaderQuery) => {
    queries.push(query);
    return Promise.resolve({ items: [] });
  };
  beforeAll(async () => {
    const answer = ({ name }: LedgerCall) => {
      const grantee = { kind: 'organisation', organisation: 'lab-a' };
      const consent = { custodian: 'hospital-b', patient, grantee };
      if (name === 'consent:details') return { consent, consentHash: hash };
      if (name === 'consent:breakGlassDetails')
        return { patient, custodian: 'hospital-b', organisation: 'lab-a' };
      return { version: 1 };
    };
    gateway = await startTestGateway({ answer, readModel: { consents: list, breakGlass: list } });
  });
  afterAll(() => gateway.close());

  it('are told the public part alone, and prepare no revocation', async () => {
    const { client } = await gateway.as('doctor');
    const params = { params: { path: { id } } };
    expect((await client.GET('/v1/consents/{id}', params)).data).toEqual({ state: { version: 1 } });
    expect((await client.GET('/v1/break-glass/{id}', params)).data).toEqual({ state: { version: 1 } });
    const prepared = await client.POST('/v1/consents/{id}/revocation/prepare', params);
    expect(prepared.error).toMatchObject({ code: 'UNAUTHORIZED_ROLE' });
  });

  it('are listed what concerns them', async () => {
    const { client, identity } = await gateway.as('doctor');
    expect((await client.GET('/v1/consents')).response.status).toBe(200);
    expect((await client.GET('/v1/break-glass')).response.status).toBe(200);
    const visibleTo = { organisation: 'hospital-a', role: 'doctor', subject: identity.subject };
    expect(queries).toMatchObject([{ visibleTo }, { visibleTo }]);
  });

  it('do not keep the patient from its own', async () => {
    const { client } = await gateway.as('patient', { subject: patient });
    const { data } = await client.GET('/v1/consents/{id}', { params: { path: { id } } });
    expect(data?.details?.consent.patient).toBe(patient);
  });
});
