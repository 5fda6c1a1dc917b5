import 'reflect-metadata';
import { X509Certificate } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import { describe, expect, it } from 'vitest';
import { Authority } from '../harness/authority.js';
import { evaluate, newKey, submit } from '../harness/calls.js';
import { contractOf, org1, org2 } from '../harness/clients.js';
import { refusal } from '../harness/refusals.js';
import { SINGLE } from '../harness/standing-chaincodes.js';

const { admin, client } = org1.identities;
const authority = new Authority(org1);
const newName = (): string => newKey('person');

describe("a certificate authority's REST service", () => {
  it('tells its name and its certificate to everybody', async () => {
    const { status, result } = await authority.info();
    expect(status).toBe(200);
    expect(result['CAName']).toBe(org1.certificateService.name);
    const chain = Buffer.from(String(result['CAChain']), 'base64').toString('utf8');
    expect(new X509Certificate(chain).fingerprint256).toBe(
      new X509Certificate(org1.authority).fingerprint256,
    );
  });

  it('enrolls whom an admin has registered: who puts transactions on the ledger at once', async () => {
    const person = await authority.newIdentity(admin, newName());
    const contract = contractOf(SINGLE, person);
    const key = newKey();
    expect((await submit(contract, 'put', key, 'by the new one')).code).toBe('VALID');
    expect(await evaluate(contract, 'get', key)).toBe('by the new one');
  });

  it('says in the certificate what somebody is, whatever the request says', async () => {
    const name = newName();
    const { certificate } = await authority.newIdentity(admin, name);
    const subject = new X509Certificate(certificate).subject.split('\n');
    expect(subject).toEqual(expect.arrayContaining([`CN=${name}`, 'OU=client']));
  });

  it('gives another certificate for another key, and both are good', async () => {
    const name = newName();
    const before = await authority.newIdentity(admin, name);
    const { answer, identity: after } = await authority.reenroll(before, name);
    expect(answer.status).toBe(201);
    const [old, renewed] = [before, after].map(({ certificate }) => new X509Certificate(certificate));
    expect(renewed?.subject).toBe(old?.subject);
    expect(renewed?.serialNumber).not.toBe(old?.serialNumber);
    for (const identity of [before, after]) {
      expect((await submit(contractOf(SINGLE, identity), 'put', newKey(), '1')).code).toBe('VALID');
    }
  });

  it('puts a revoked certificate on its list and serves its owner no more: 401', async () => {
    const name = newName();
    const person = await authority.newIdentity(admin, name);
    const { serialNumber } = new X509Certificate(person.certificate);
    const revoked = await authority.as(admin, 'revoke', { id: name, reason: 'keycompromise', gencrl: true });
    expect(revoked.status).toBe(200);
    const list = new x509.X509Crl(Buffer.from(String(revoked.result['CRL']), 'base64').toString('utf8'));
    expect(list.entries.map((entry) => entry.serialNumber)).toContain(serialNumber.toLowerCase());
    const { answer } = await authority.reenroll(person, name);
    expect(answer.status).toBe(401);
    expect(answer.errors[0]?.code).toBe(20);
  });

  it('refuses a wrong secret, and says no more than that: 401', async () => {
    const name = newName();
    await authority.as(admin, 'register', { id: name, type: 'client' });
    for (const [id, secret] of [
      [name, 'a guess'],
      ['nobody', 'a guess'],
    ] as const) {
      const { answer } = await authority.enroll(id, secret);
      expect([answer.status, answer.errors[0]?.code]).toEqual([401, 20]);
    }
  });

  it('refuses whoever is no registrar: 403', async () => {
    const { status } = await authority.as(client, 'register', { id: newName(), type: 'client' });
    expect(status).toBe(403);
  });

  it('refuses a request that is not the one that was signed: 401', async () => {
    const name = newName();
    const { status } = await authority.as(admin, 'register', { id: name, type: 'client' }, (text) =>
      text.replace(name, `${name}-2`),
    );
    expect(status).toBe(401);
  });

  it('refuses the admin of another organisation: 401', async () => {
    const { status } = await authority.as(org2.identities.admin, 'register', {
      id: newName(),
      type: 'client',
    });
    expect(status).toBe(401);
  });

  it('makes certificates of its own organisation alone: at another’s name they are worth nothing', async () => {
    const person = await authority.newIdentity(admin, newName());
    const stolen = { ...person, mspId: org2.mspId };
    const refused = await refusal(contractOf(SINGLE, stolen).submitTransaction('put', newKey(), '1'));
    expect(refused.status).toBe('ABORTED');
    expect(refused.details[0]?.message).toMatch(/^error validating proposal: access denied/);
  });
});
