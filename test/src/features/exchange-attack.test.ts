import { createPublicKey } from 'node:crypto';
import { publicJwk } from '@medaccord/gateway/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Consortium, type Member, sharedConsortium } from '../consortium/index.js';
import { commit } from '../story/api.js';
import { grantedConsent, revokeConsent, toPerson } from './given/consent.js';
import { type ExchangeCertificate, askExchange, exchangeCertificate } from './given/exchange.js';
import { digest, newId } from './given/ids.js';
import { type Patient, newKey, registeredPatient } from './given/patient.js';
import { type StoredRecord, storedRecord } from './given/record.js';

const DESCRIPTOR = '/exchange/v1/descriptor';
const RELEASE = '/exchange/v1/release';

/** A gateway that does not keep to the rules, at the custodian's door with its real certificate. */
describe('a dishonest gateway', () => {
  let consortium: Consortium;
  let patient: Patient;
  let record: StoredRecord;
  let doctor: Member;
  let thief: ExchangeCertificate;
  const recipient = publicJwk(createPublicKey(newKey()));
  beforeAll(async () => {
    consortium = await sharedConsortium();
    patient = await registeredPatient(consortium);
    record = await storedRecord(consortium, patient);
    doctor = await consortium.member('hospital-b', 'doctor');
    thief = await exchangeCertificate(consortium, 'hospital-b');
  });
  afterAll(() => consortium.disconnect());

  const ask = (path: string, body: unknown, as: ExchangeCertificate | undefined = thief) =>
    askExchange(consortium, 'hospital-a', path, body, as);
  const describeFor = (basis: object, as = thief) =>
    ask(
      DESCRIPTOR,
      {
        record: record.id,
        reader: { subject: doctor.subject, role: 'doctor' },
        purpose: 'treatment',
        basis,
      },
      as,
    );
  const release = (event: string, transaction: string, as = thief) =>
    ask(RELEASE, { event, transaction, recipient }, as);
  /** Read under consent as it should be: an access event is committed, and the record was released once. */
  const read = async () => {
    const consent = await grantedConsent(consortium, patient, toPerson(doctor));
    const { access, transaction } = await commit((header) =>
      doctor.api.POST('/v1/records/{id}/read', {
        params: { path: { id: record.id }, header },
        body: {
          custodian: 'hospital-a',
          purpose: 'treatment',
          basis: { kind: 'consent', consent },
        },
      }),
    );
    return { consent, access, transaction: transaction.id };
  };

  it('gets no connection without a certificate of the consortium’s gateways', async () => {
    await expect(askExchange(consortium, 'hospital-a', RELEASE, {})).rejects.toThrow();
    const { certificate, privateKey } = doctor;
    await expect(ask(RELEASE, {}, { cert: certificate, key: privateKey })).rejects.toThrow();
  });

  it('learns nothing of a record without a consent', async () => {
    const answer = await describeFor({ kind: 'consent', consent: newId() });
    expect(answer.status).toBe(403);
    expect(Object.keys(answer.body)).toEqual(['code', 'detail']);
    expect(await describeFor({ kind: 'treatment', treatment: newId() })).toMatchObject({
      status: 403,
      body: { code: 'ACCESS_DENIED' },
    });
  });

  it('learns nothing with somebody else’s consent', async () => {
    const consent = await grantedConsent(consortium, patient, toPerson(doctor));
    const lab = await exchangeCertificate(consortium, 'lab-a');
    const insurer = await exchangeCertificate(consortium, 'insurer-a');
    for (const other of [lab, insurer]) {
      const { status, body } = await describeFor({ kind: 'consent', consent }, other);
      expect({ status, known: Object.keys(body) }).toEqual({ status: 403, known: ['code', 'detail'] });
    }
  });

  it('gets no block without a committed access event', async () => {
    const { access, transaction } = await read();
    const made = [
      release(newId(), digest('no transaction')),
      release(access, digest('another transaction')),
      release(newId(), transaction),
    ];
    for (const answer of await Promise.all(made)) {
      expect(answer).toMatchObject({ status: 403, body: { code: 'EVENT_NOT_COMMITTED' } });
      expect(answer.body).not.toHaveProperty('block');
    }
  });

  it('gets no block with the event of another organisation', async () => {
    const { access, transaction } = await read();
    for (const name of ['lab-a', 'insurer-a']) {
      const answer = await release(access, transaction, await exchangeCertificate(consortium, name));
      expect(answer).toMatchObject({ status: 403, body: { code: 'EVENT_OF_ANOTHER' } });
    }
  });

  it('gets no block after the revocation, although the event is committed', async () => {
    const { consent, access, transaction } = await read();
    expect(await release(access, transaction)).toMatchObject({ status: 200 });
    await revokeConsent(await consortium.member('hospital-a', 'clerk'), consent, patient.key);
    const late = await release(access, transaction);
    expect(late).toMatchObject({ status: 403, body: { code: 'CONSENT_NOT_ACTIVE' } });
  });

  it('cannot use one event for ever', async () => {
    const { access, transaction } = await read();
    const statuses = [];
    for (let again = 0; again < 4; again++) statuses.push((await release(access, transaction)).status);
    expect(statuses).toEqual([200, 200, 409, 409]);
  });

  it('breaks nothing by malformed requests', async () => {
    const bodies = ['', '{', '[]', '{}', 'null', JSON.stringify({ event: '../..', recipient: {} })];
    for (const path of [DESCRIPTOR, RELEASE]) {
      for (const body of bodies) {
        const answer = await ask(path, body);
        expect(answer).toMatchObject({ status: 400, body: { code: 'REQUEST_MALFORMED' } });
      }
    }
    expect(await ask('/exchange/v1/all', {})).toMatchObject({ status: 404 });
    const large = JSON.stringify({ event: 'x'.repeat(200_000) });
    expect(await ask(RELEASE, large)).toMatchObject({ status: 413 });
  });
});
