import '../../pki/provider.js';
import { X509Certificate } from '@peculiar/x509';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readAttributes } from '../../pki/index.js';
import { certificateOf, newCsr, type CaAnswer, type Enrolment } from '../testing/ca-client.js';
import { ServedAuthority } from '../testing/served-authority.js';

let served: ServedAuthority;
let admin: Enrolment;

beforeAll(async () => {
  served = await ServedAuthority.start('two-organisations.yaml', 'hospital-a');
  admin = served.localUser('Admin');
});
afterAll(() => served.stop());

function ask(method: string, path: string, body?: object, as = admin): Promise<CaAnswer> {
  return served.client.signed(as, method, path, body);
}
async function enrolled(id: string, secret: string): Promise<Enrolment> {
  const { csr, keys } = await newCsr(id);
  const answer = await served.client.enroll(id, secret, csr);
  expect(answer.body.errors).toEqual([]);
  return { certificate: certificateOf(answer), privateKey: keys.privateKeyPem };
}
function refused(answer: CaAnswer, status: number, code: number): void {
  expect([answer.status, answer.body.errors[0]?.code]).toEqual([status, code]);
}
const role = (value: string) => ({ name: 'role', value });

describe('identities', () => {
  it('are added, changed and enrol with what they were changed to', async () => {
    const added = await ask('POST', 'identities', { id: 'n1', type: 'client', attrs: [role('nurse')] });
    expect(added.status).toBe(201);
    expect(added.body.result).toMatchObject({ id: 'n1', type: 'client', max_enrollments: 1 });
    const before = served.authority.registry.identity('n1');
    const changed = await ask('PUT', 'identities/n1', {
      secret: 'another',
      affiliation: 'ward.north',
      max_enrollments: 2,
      attrs: [role('doctor'), { name: 'ward', value: 'north', ecert: true }],
    });
    expect(changed.body.result).toMatchObject({ secret: 'another', affiliation: 'ward.north' });
    const person = await enrolled('n1', 'another');
    const subject = before?.attributes.find(({ name }) => name === 'subject')?.value;
    expect(readAttributes(new X509Certificate(person.certificate))).toEqual({
      role: 'doctor',
      subject,
      ward: 'north',
      'hf.EnrollmentID': 'n1',
      'hf.Type': 'client',
      'hf.Affiliation': 'ward.north',
    });
    refused(await served.client.enroll('n1', String(added.body.result['secret']), ''), 400, 31);
    await ask('PUT', 'identities/n1', { attrs: [{ name: 'ward', value: '' }], max_enrollments: -2 });
    const { csr } = await newCsr('n1');
    refused(await served.client.enroll('n1', 'another', csr), 401, 20);
    expect(served.authority.registry.identity('n1')?.attributes.map(({ name }) => name)).not.toContain(
      'ward',
    );
  });

  it('keep their subject, and nothing of a change that is refused', async () => {
    await ask('POST', 'identities', { id: 'n2', attrs: [role('nurse')] });
    const before = served.authority.registry.identity('n2');
    const subject = { name: 'subject', value: 'b'.repeat(32) };
    refused(await ask('PUT', 'identities/n2', { attrs: [subject] }), 403, 71);
    refused(await ask('PUT', 'identities/n2', { affiliation: 'x', attrs: [role('surgeon')] }), 400, 75);
    refused(await ask('PUT', 'identities/n2', { type: 'admin' }), 400, 75);
    refused(await ask('PUT', 'identities/n2', { max_enrollments: -3 }), 400, 5);
    refused(await ask('PUT', 'identities/nobody', { type: 'client' }), 404, 10);
    refused(await ask('DELETE', 'identities/n2'), 403, 56);
    expect(served.authority.registry.identity('n2')).toEqual(before);
  });

  it('are changed by those alone who could have registered them so', async () => {
    const attrs = [
      role('clerk'),
      { name: 'hf.Registrar.Roles', value: 'client' },
      { name: 'hf.Registrar.Attributes', value: 'role' },
    ];
    await ask('POST', 'identities', { id: 'registrar', attrs, secret: 's', affiliation: 'ward' });
    const registrar = await enrolled('registrar', 's');
    await ask('POST', 'identities', { id: 'n3', attrs: [role('nurse')], affiliation: 'ward.east' });
    const change = (id: string, body: object) => ask('PUT', `identities/${id}`, body, registrar);
    expect((await change('n3', { attrs: [role('doctor')] })).status).toBe(200);
    refused(await change('n3', { attrs: [role('auditor')] }), 403, 71);
    refused(await change('n3', { attrs: [{ name: 'hf.Revoker', value: 'true' }] }), 403, 71);
    refused(await change('n3', { affiliation: '.' }), 403, 71);
    refused(await change('n2', { secret: 'x' }), 403, 71);
    refused(await change('Admin', { secret: 'x' }), 403, 71);
    refused(await ask('PUT', 'identities/n3', { secret: 'x' }, served.localUser('doctor')), 403, 71);
    refused(await ask('DELETE', 'identities/n3', undefined, served.localUser('doctor')), 403, 71);
  });
});

describe('affiliations', () => {
  it('are those in use, as a tree, and are not declared', async () => {
    await ask('POST', 'identities', { id: 'a1', attrs: [role('nurse')], affiliation: 'lab.blood.night' });
    const { body } = await ask('GET', 'affiliations/lab');
    const blood = { name: 'lab.blood', affiliations: [{ name: 'lab.blood.night', affiliations: [] }] };
    expect(body.result).toEqual({ name: 'lab', affiliations: [blood], caname: 'ca-hospital-a' });
    const all = await ask('GET', 'affiliations');
    expect(all.body.result).toMatchObject({ name: '' });
    refused(await ask('GET', 'affiliations/nowhere'), 404, 16);
    refused(await ask('POST', 'affiliations', { name: 'x' }), 403, 60);
    refused(await ask('PUT', 'affiliations/lab', { name: 'x' }), 403, 64);
    refused(await ask('DELETE', 'affiliations/lab'), 403, 61);
    refused(await ask('GET', 'affiliations', undefined, served.localUser('doctor')), 403, 71);
  });
});

describe('certificates', () => {
  const found = async (query: string, as = admin) => {
    const { body } = await ask('GET', `certificates?${query}`, undefined, as);
    return (body.result['certs'] as { PEM: string }[]).map(({ PEM }) => new X509Certificate(PEM));
  };

  it('are found by owner, serial number, expiry and revocation', async () => {
    await ask('POST', 'identities', { id: 'c1', attrs: [role('nurse')], secret: 's', max_enrollments: -1 });
    await enrolled('c1', 's');
    await enrolled('c1', 's');
    const [first, second] = await found('id=c1');
    if (first === undefined || second === undefined) throw new RangeError('two were issued');
    const aki = served.authority.issuer.keyId;
    expect(await found(`serial=${first.serialNumber}&aki=${aki}`)).toHaveLength(1);
    await ask('POST', 'revoke', { serial: first.serialNumber, aki });
    expect((await found('id=c1&notrevoked=true')).map(({ serialNumber }) => serialNumber)).toEqual([
      second.serialNumber,
    ]);
    expect((await found('id=c1&revoked_start=-1h')).map(({ serialNumber }) => serialNumber)).toEqual([
      first.serialNumber,
    ]);
    expect(await found('id=c1&revoked_end=2020-01-01')).toEqual([]);
    expect(await found('id=c1&notexpired=true')).toHaveLength(2);
    expect(await found(`id=c1&expired_end=${encodeURIComponent('+30d')}`)).toEqual([]);
  });

  it('are told to registrars and revokers, where the filter makes sense', async () => {
    refused(await ask('GET', 'certificates', undefined, served.localUser('doctor')), 403, 71);
    refused(await ask('GET', 'certificates?expired_start=yesterday'), 400, 67);
    refused(await ask('GET', 'certificates?notrevoked=true&revoked_start=-1h'), 400, 67);
    refused(await ask('GET', 'certificates?notexpired=maybe'), 400, 67);
    refused(await ask('DELETE', 'certificates'), 405, 1);
  });
});
