import { spawnSync } from 'node:child_process';
import { X509Certificate as NodeCertificate } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import '../../pki/provider.js';
import { X509Certificate, X509Crl } from '@peculiar/x509';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseRevocationList } from '../../embedded/identity/revocation-list.js';
import { createIssuer, generateKeyPair, issueIdentity, readAttributes } from '../../pki/index.js';
import { certificateOf, newCsr, type CaAnswer, type Enrolment } from '../testing/ca-client.js';
import { ServedAuthority } from '../testing/served-authority.js';

const openssl = spawnSync('openssl', ['version']).status === 0;

let served: ServedAuthority;
let { home, paths, authority, client, logs } = {} as ServedAuthority;
let admin: Enrolment;
const localUser = (name: string) => served.localUser(name);

beforeAll(async () => {
  served = await ServedAuthority.start('two-organisations.yaml', 'hospital-a');
  ({ home, paths, authority, client, logs } = served);
  admin = localUser('Admin');
});
afterAll(() => served.stop());

const attrs = (role: string, more: object[] = []) => [{ name: 'role', value: role }, ...more];

async function register(body: object, as = admin): Promise<CaAnswer> {
  return client.signed(as, 'POST', 'register', body);
}
async function registered(
  id: string,
  role: string,
  more: object[] = [],
  rest: object = {},
): Promise<Enrolment> {
  const answer = await register({
    id,
    type: role === 'admin' ? 'admin' : 'client',
    attrs: attrs(role, more),
    ...rest,
  });
  expect(answer.body.errors).toEqual([]);
  const { csr, keys } = await newCsr(id);
  const enrolled = await client.enroll(id, String(answer.body.result['secret']), csr);
  expect(enrolled.status).toBe(201);
  return { certificate: certificateOf(enrolled), privateKey: keys.privateKeyPem };
}
function refused(answer: CaAnswer, status: number, code: number): void {
  expect(answer.body).toMatchObject({ result: '', success: false, messages: [] });
  expect([answer.status, answer.body.errors[0]?.code]).toEqual([status, code]);
}

describe("Fabric CA's flow", () => {
  it('cainfo tells name and chain', async () => {
    const { status, body } = await client.send('GET', 'cainfo');
    expect(status).toBe(200);
    expect(body.success).toBe(true);
    expect(body.result['CAName']).toBe('ca-hospital-a');
    const chain = Buffer.from(String(body.result['CAChain']), 'base64').toString();
    expect(new NodeCertificate(chain).fingerprint256).toBe(
      new NodeCertificate(readFileSync(paths.ca.certificate)).fingerprint256,
    );
    expect((await client.send('POST', 'cainfo', '{}')).status).toBe(200);
  });

  it('register, enroll, reenroll, revoke, gencrl', async () => {
    const subject = 'a'.repeat(32);
    const registration = await register({
      id: 'nurse-1',
      type: 'client',
      attrs: attrs('nurse', [{ name: 'subject', value: subject }]),
    });
    expect(registration.status).toBe(201);
    const { csr, keys } = await newCsr('nurse-1');
    const enrolled = await client.enroll('nurse-1', String(registration.body.result['secret']), csr);
    expect(enrolled.status).toBe(201);
    expect(enrolled.body.result['ServerInfo']).toMatchObject({ CAName: 'ca-hospital-a' });
    const first = { certificate: certificateOf(enrolled), privateKey: keys.privateKeyPem };
    const certificate = new X509Certificate(first.certificate);
    // The CSR asked for OU=admin: the authority says what somebody is.
    expect(certificate.subject).toBe('O=hospital-a, OU=client, CN=nurse-1');
    expect(readAttributes(certificate)).toEqual({
      role: 'nurse',
      subject,
      'hf.EnrollmentID': 'nurse-1',
      'hf.Type': 'client',
      'hf.Affiliation': '',
    });

    const again = await newCsr('nurse-1');
    const renewed = await client.signed(first, 'POST', 'reenroll', { certificate_request: again.csr });
    expect(renewed.status).toBe(201);
    const second = { certificate: certificateOf(renewed), privateKey: again.keys.privateKeyPem };
    expect(new X509Certificate(second.certificate).subject).toBe(certificate.subject);
    expect(readAttributes(new X509Certificate(second.certificate))).toEqual(readAttributes(certificate));

    const aki = new NodeCertificate(first.certificate);
    const { serialNumber } = aki;
    const revoked = await client.signed(admin, 'POST', 'revoke', {
      serial: serialNumber.match(/../g)?.join(':'),
      aki: authority.issuer.keyId.toUpperCase(),
      reason: 'keycompromise',
    });
    expect(revoked.status).toBe(200);
    expect(revoked.body.result).toEqual({
      RevokedCerts: [{ Serial: serialNumber.toLowerCase(), AKI: authority.issuer.keyId.replace(/^0+/, '') }],
      CRL: '',
    });
    refused(await client.signed(first, 'POST', 'reenroll', { certificate_request: again.csr }), 401, 20);
    expect((await client.signed(second, 'POST', 'reenroll', { certificate_request: again.csr })).status).toBe(
      201,
    );

    const generated = await client.signed(admin, 'POST', 'gencrl', { expireafter: '0001-01-01T00:00:00Z' });
    const list = Buffer.from(String(generated.body.result['CRL']), 'base64').toString();
    expect(list).toMatch(/^-----BEGIN X509 CRL-----/);
    expect(new X509Crl(list).entries.map((entry) => [entry.serialNumber, entry.reason])).toContainEqual([
      serialNumber.toLowerCase(),
      1,
    ]);
    // The ledger finds it in the organisation's MSP and takes it.
    const published = parseRevocationList(readFileSync(paths.revocationList));
    expect(published.authorityKeyId).toBe(authority.issuer.keyId);
    expect(published.isSignedBy(new NodeCertificate(readFileSync(paths.ca.certificate)).publicKey)).toBe(
      true,
    );
    expect(published.serialNumbers.size).toBe(1);
    expect(existsSync(join(paths.peer('peer0').msp, 'crls', 'crl.pem'))).toBe(true);
  });

  it('revoking an identity revokes all its certificates, and the list is cumulative', async () => {
    const before = new X509Crl(readFileSync(paths.revocationList, 'utf8')).entries.length;
    const clerk = await registered('clerk-2', 'clerk', [], { max_enrollments: -1 });
    const { csr } = await newCsr('clerk-2');
    await client.signed(clerk, 'POST', 'reenroll', { certificate_request: csr });
    const { body } = await client.signed(admin, 'POST', 'revoke', { id: 'clerk-2', gencrl: true });
    expect(body.result['RevokedCerts']).toHaveLength(2);
    const list = Buffer.from(String(body.result['CRL']), 'base64').toString();
    expect(new X509Crl(list).entries).toHaveLength(before + 2);
    refused(await client.signed(clerk, 'POST', 'reenroll', { certificate_request: csr }), 401, 20);
  });

  it('everybody may revoke a certificate of its own', async () => {
    const clerk = await registered('clerk-3', 'clerk');
    const { serialNumber } = new NodeCertificate(clerk.certificate);
    const request = { serial: serialNumber, aki: authority.issuer.keyId };
    expect((await client.signed(clerk, 'POST', 'revoke', request)).status).toBe(200);
    refused(await client.signed(admin, 'POST', 'revoke', request), 404, 66);
  });

  it.runIf(openssl)('openssl refuses a revoked certificate by the published list', async () => {
    const clerk = await registered('clerk-4', 'clerk');
    const file = join(home, 'clerk-4.pem');
    writeFileSync(file, clerk.certificate);
    await client.signed(admin, 'POST', 'revoke', { id: 'clerk-4' });
    const check = (certificate: string) =>
      spawnSync(
        'openssl',
        [
          'verify',
          '-crl_check',
          '-CAfile',
          paths.ca.certificate,
          '-CRLfile',
          paths.revocationList,
          certificate,
        ],
        { encoding: 'utf8' },
      );
    expect(check(file).stderr).toContain('certificate revoked');
    expect(check(paths.user('doctor').certificate).status).toBe(0);
  });

  it('lists identities to a registrar, without any secret', async () => {
    const { body } = await client.signed(admin, 'GET', 'identities?ca=ca-hospital-a');
    const ids = (body.result['identities'] as { id: string }[]).map(({ id }) => id);
    expect(ids).toEqual(expect.arrayContaining(['Admin', 'doctor', 'gateway', 'peer0.hospital-a.example']));
    expect(JSON.stringify(body)).not.toMatch(/secret|salt/i);
    const one = await client.signed(admin, 'GET', 'identities/doctor');
    expect(one.body.result).toMatchObject({ id: 'doctor', type: 'client', max_enrollments: 1 });
    refused(await client.signed(admin, 'GET', 'identities/nobody'), 404, 10);
    refused(await client.signed(localUser('doctor'), 'GET', 'identities'), 403, 71);
  });

  it('a node or gateway gets a TLS certificate for names of its organisation; others do not', async () => {
    const gateway = localUser('gateway');
    const { csr } = await newCsr('gateway', ['localhost', 'gw.hospital-a.example']);
    const answer = await client.signed(gateway, 'POST', 'reenroll', {
      certificate_request: csr,
      profile: 'tls',
    });
    const certificate = new NodeCertificate(certificateOf(answer));
    expect(certificate.checkIssued(new NodeCertificate(readFileSync(paths.tlsCa.certificate)))).toBe(true);
    expect(certificate.checkHost('gw.hospital-a.example')).toBe('gw.hospital-a.example');
    const foreign = await newCsr('gateway', ['gw.insurer-a.example']);
    refused(
      await client.signed(gateway, 'POST', 'reenroll', { certificate_request: foreign.csr, profile: 'tls' }),
      403,
      71,
    );
    // Other gateways know the gateway by that name.
    const { body } = await register({ id: 'peer9.hospital-a.example', type: 'peer' });
    const node = await newCsr('peer9.hospital-a.example', ['gateway.hospital-a.example']);
    const secret = String(body.result['secret']);
    refused(await client.enroll('peer9.hospital-a.example', secret, node.csr, { profile: 'tls' }), 403, 71);
    const doctor = await newCsr('doctor', ['localhost']);
    refused(
      await client.signed(localUser('doctor'), 'POST', 'reenroll', {
        certificate_request: doctor.csr,
        profile: 'tls',
      }),
      403,
      71,
    );
  });
});

describe('refusals', () => {
  it('a wrong secret, and after ten the right one too', async () => {
    const { body } = await register({ id: 'clerk-5', attrs: attrs('clerk') });
    const { csr } = await newCsr('clerk-5');
    for (let attempt = 0; attempt < 10; attempt += 1)
      refused(await client.enroll('clerk-5', 'wrong', csr), 401, 20);
    refused(await client.enroll('clerk-5', String(body.result['secret']), csr), 401, 73);
  });

  it('an unknown identity, one without a secret, and a used-up secret all sound the same', async () => {
    const { csr } = await newCsr('nobody');
    const unknown = await client.enroll('nobody', 'x', csr);
    refused(unknown, 401, 20);
    const local = await newCsr('doctor');
    expect((await client.enroll('doctor', '', local.csr)).body).toEqual(unknown.body);
    const { body } = await register({ id: 'clerk-6', attrs: attrs('clerk'), secret: 'once' });
    expect(body.result['secret']).toBe('once');
    const own = await newCsr('clerk-6');
    expect((await client.enroll('clerk-6', 'once', own.csr)).status).toBe(201);
    expect((await client.enroll('clerk-6', 'once', own.csr)).body).toEqual(unknown.body);
  });

  it('a CSR that is broken, of another name, of another curve, or not signed by its key uses nothing up', async () => {
    const { body } = await register({ id: 'clerk-7', attrs: attrs('clerk') });
    const secret = String(body.result['secret']);
    const { csr } = await newCsr('clerk-7');
    const der = Buffer.from(csr.replace(/-----.*-----/g, ''), 'base64');
    der[der.length - 1] = (der.at(-1) ?? 0) ^ 1;
    const forged = `-----BEGIN CERTIFICATE REQUEST-----\n${der.toString('base64')}\n-----END CERTIFICATE REQUEST-----`;
    refused(await client.enroll('clerk-7', secret, 'nonsense'), 400, 31);
    refused(
      await client.enroll(
        'clerk-7',
        secret,
        '-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----',
      ),
      400,
      31,
    );
    refused(await client.enroll('clerk-7', secret, forged), 400, 31);
    refused(await client.enroll('clerk-7', secret, (await newCsr('Admin')).csr), 403, 77);
    refused(await client.enroll('clerk-7', secret, csr, { attr_reqs: [{ name: 'licence' }] }), 400, 81);
    expect(authority.registry.identity('clerk-7')?.enrollments).toBe(1);
  });

  it('a token over another body, method or path, with another key, of another authority, or malformed', async () => {
    const body = { id: 'clerk-8', attrs: attrs('clerk') };
    const tampered = await client.signed(admin, 'POST', 'register', body, (text) =>
      text.replace('clerk-8', 'clerk-9'),
    );
    refused(tampered, 401, 20);
    const stolen = { ...admin, privateKey: localUser('doctor').privateKey };
    refused(await client.signed(stolen, 'POST', 'register', body), 401, 20);
    const other = await createIssuer({ commonName: 'ca.hospital-a.example', organisation: 'hospital-a' });
    const keys = await generateKeyPair();
    const impostor = await issueIdentity(other, {
      subject: { commonName: 'Admin', organisation: 'hospital-a', unit: 'admin' },
      publicKey: keys.publicKey,
      days: 1,
    });
    refused(
      await client.signed(
        { certificate: impostor.toString('pem'), privateKey: keys.privateKeyPem },
        'POST',
        'register',
        body,
      ),
      401,
      20,
    );
    for (const token of ['x', 'x.y', 'a.b.c', `${Buffer.from(admin.certificate).toString('base64')}.MAA=`]) {
      refused(await client.send('POST', 'register', JSON.stringify(body), token), 401, 20);
    }
    refused(await client.send('POST', 'register', JSON.stringify(body)), 401, 2);
    expect(authority.registry.identity('clerk-8')).toBeUndefined();
    expect(authority.registry.identity('clerk-9')).toBeUndefined();
  });

  it('registration by who is no registrar, and whatever a registrar does not have to give', async () => {
    refused(await register({ id: 'x1', attrs: attrs('clerk') }, localUser('doctor')), 403, 71);
    const registrar = await registered(
      'registrar',
      'clerk',
      [
        { name: 'hf.Registrar.Roles', value: 'client' },
        { name: 'hf.Registrar.Attributes', value: 'role,subject,hf.Registrar.Roles,hf.Registrar.Attributes' },
      ],
      {},
    );
    expect((await register({ id: 'x2', attrs: attrs('doctor') }, registrar)).status).toBe(201);
    const forbidden = [
      { id: 'x3', type: 'admin', attrs: attrs('admin') },
      { id: 'x3', type: 'peer' },
      { id: 'x3', attrs: attrs('gateway') },
      { id: 'x3', attrs: attrs('auditor') },
      { id: 'x3', attrs: attrs('clerk', [{ name: 'hf.Revoker', value: 'true' }]) },
      { id: 'x3', attrs: attrs('clerk', [{ name: 'hf.GenCRL', value: 'true' }]) },
      { id: 'x3', attrs: attrs('clerk', [{ name: 'hf.EnrollmentID', value: 'Admin' }]) },
      { id: 'x3', attrs: attrs('clerk', [{ name: 'hf.Registrar.Roles', value: 'client,admin' }]) },
      { id: 'x3', attrs: attrs('clerk', [{ name: 'hf.Registrar.Attributes', value: '*' }]) },
      { id: 'x3', attrs: attrs('clerk', [{ name: 'licence', value: '1' }]) },
    ];
    for (const body of forbidden) refused(await register(body, registrar), 403, 71);
    refused(await client.signed(registrar, 'POST', 'revoke', { id: 'x2' }), 403, 71);
    refused(await client.signed(registrar, 'POST', 'gencrl', {}), 403, 71);
    expect(authority.registry.identity('x3')).toBeUndefined();
  });

  it('a name or subject twice, a bad name, role or type', async () => {
    const subject = readAttributes(new X509Certificate(localUser('doctor').certificate))['subject'];
    refused(await register({ id: 'doctor', attrs: attrs('doctor') }), 409, 74);
    refused(
      await register({ id: 'y1', attrs: attrs('doctor', [{ name: 'subject', value: subject }]) }),
      409,
      74,
    );
    for (const body of [
      { id: '../y', attrs: attrs('clerk') },
      { id: 'y1', attrs: [] },
      { id: 'y1', attrs: attrs('surgeon') },
      { id: 'y1', attrs: attrs('clerk', [{ name: 'subject', value: 'Jane' }]) },
      { id: 'y1', type: 'admin', attrs: attrs('clerk') },
      { id: 'y1', attrs: attrs('admin') },
      { id: 'y1', type: 'root', attrs: attrs('clerk') },
    ]) {
      refused(await register(body), 400, 75);
    }
  });

  it('a revoked caller, revocations without a right or a target', async () => {
    const revoker = await registered('revoker', 'clerk', [{ name: 'hf.Revoker', value: 'true' }]);
    // Without types of its own to manage, the flag alone opens nothing but what is its own.
    refused(await client.signed(revoker, 'POST', 'revoke', { id: 'Admin' }), 403, 71);
    refused(await client.signed(localUser('doctor'), 'POST', 'revoke', { id: 'clerk' }), 403, 71);
    refused(await client.signed(localUser('doctor'), 'POST', 'revoke', { serial: '1', aki: '2' }), 403, 71);
    refused(await client.signed(admin, 'POST', 'revoke', { id: 'nobody' }), 404, 10);
    refused(await client.signed(admin, 'POST', 'revoke', { serial: 'ff', aki: '01' }), 404, 8);
    refused(await client.signed(admin, 'POST', 'revoke', { serial: 'ff' }), 400, 15);
    await client.signed(admin, 'POST', 'revoke', { id: 'revoker' });
    refused(await client.signed(revoker, 'POST', 'revoke', { id: 'revoker' }), 401, 20);
  });

  it('bodies, methods, paths and authorities that make no sense', async () => {
    const token = (body: string) => client.signed(admin, 'POST', 'register', undefined, () => body);
    refused(await token('{'), 401, 20);
    refused(await client.signed(admin, 'POST', 'register'), 400, 4);
    refused(await client.signed(admin, 'POST', 'register', []), 400, 5);
    refused(await client.signed(admin, 'POST', 'register', { id: 5 }), 400, 5);
    refused(await client.signed(admin, 'POST', 'register', { id: 'z', caname: 'ca-insurer-a' }), 404, 19);
    refused(await client.send('GET', 'cainfo?ca=other'), 404, 19);
    refused(await client.send('DELETE', 'cainfo'), 405, 1);
    refused(await client.send('GET', 'enroll'), 405, 1);
    refused(await client.send('GET', 'idemix/cri'), 404, 0);
    const { csr } = await newCsr('doctor');
    // Go's client writes it so in an enrolment.
    refused(await client.enroll('doctor', 'x', csr, { CAName: 'ca-insurer-a' }), 404, 19);
    refused(await client.send('POST', 'enroll', 'x'.repeat(200_000), 'Basic eDp5'), 413, 3);
    refused(await client.send('POST', 'enroll', '{}'), 401, 2);
    refused(await client.send('POST', 'enroll', '{}', 'Bearer x'), 401, 20);
    refused(
      await client.signed(admin, 'POST', 'gencrl', {
        revokedafter: '2030-01-02T00:00:00Z',
        revokedbefore: '2030-01-01T00:00:00Z',
      }),
      400,
      36,
    );
  });

  it('no secret, token or key is in any log line', () => {
    const text = JSON.stringify(logs);
    expect(logs.length).toBeGreaterThan(50);
    expect(text).not.toMatch(/BEGIN|Basic |"once"|LS0tLS1/);
    expect(logs.some(({ reason }) => reason?.startsWith('Wrong secret') === true)).toBe(true);
  });
});
