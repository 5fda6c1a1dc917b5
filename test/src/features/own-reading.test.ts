import { signStatement } from '@medaccord/gateway/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Consortium,
  type Member,
  height,
  ledgerAsSeenBy,
  publicPart,
  sharedConsortium,
} from '../consortium/index.js';
import { refusal, value } from '../story/api.js';
import { inFuture, newId } from './given/ids.js';
import { type Patient, newKey, patientWithLogin, registeredPatient } from './given/patient.js';
import {
  type AccessStatement,
  type StoredRecord,
  preparedReading,
  readRecord,
  readSigned,
  storedRecord,
} from './given/record.js';

const refusedAs = (status: number, code: string) => expect.objectContaining({ status, code }) as unknown;

describe('a patient who reads its own record', () => {
  let consortium: Consortium;
  let self: Member;
  let patient: Patient;
  let other: Patient;
  let record: StoredRecord;
  beforeAll(async () => {
    consortium = await sharedConsortium();
    ({ self, patient } = await patientWithLogin(consortium));
    other = await registeredPatient(consortium);
    record = await storedRecord(consortium, patient);
  });
  afterAll(async () => {
    self.api.close();
    await consortium.disconnect();
  });

  const signed = async (change: Partial<AccessStatement> = {}, by = patient.key) =>
    signStatement({ ...(await preparedReading(self, record)), ...change }, 'access', by);

  it('signs what its gateway carries, and stands nowhere in public', async () => {
    const from = await height(consortium, self);
    expect(await readSigned(self, record, await signed())).toBe(record.text);
    const blocks = await ledgerAsSeenBy(consortium, { organisation: 'insurer-a' }, from);
    const envelopes = blocks.flatMap((block) => block.envelopes);
    expect(envelopes.map((envelope) => publicPart(envelope)?.arguments[0])).toEqual(['record:access']);
    expect(envelopes.some((envelope) => envelope.includes(patient.id))).toBe(false);
    expect(envelopes.some((envelope) => envelope.includes(self.certificate.trim()))).toBe(false);
  });

  it('is refused a statement that is missing, forged, expired, or about somebody or something else', async () => {
    const read = (jws: string | undefined) => refusal(readSigned(self, record, jws));
    const invalid = refusedAs(422, 'SIGNATURE_INVALID');
    expect(await read(undefined)).toEqual(invalid);
    expect(await read(await signed({}, newKey()))).toEqual(refusedAs(403, 'KEY_NOT_ACTIVE'));
    expect(await read(await signed({ expiresAt: inFuture(-1) }))).toEqual(invalid);
    expect(await read(await signed({ patient: other.id }, other.key))).toEqual(invalid);
    expect(await read(await signed({}, other.key))).toEqual(refusedAs(403, 'KEY_NOT_ACTIVE'));
    expect(await read(await signed({ custodian: 'hospital-b' }))).toEqual(invalid);
    expect(await read(await signed({ record: newId() }))).toEqual(invalid);
    expect(await read(await signed({ channel: 'another' }))).toEqual(invalid);
  });

  it('uses a statement up; the same request may ask for its answer again', async () => {
    const jws = await signed();
    const key = newId();
    expect(await readSigned(self, record, jws, key)).toBe(record.text);
    expect(await readSigned(self, record, jws, key)).toBe(record.text);
    expect(await refusal(readSigned(self, record, jws))).toEqual(refusedAs(409, 'ALREADY_EXISTS'));
  });

  it('reads by no other right, and nobody else by this one', async () => {
    const denied = refusedAs(403, 'ACCESS_DENIED');
    expect(await refusal(readRecord(self, record, { kind: 'treatment', treatment: newId() }))).toEqual(
      denied,
    );
    const doctor = await consortium.member('hospital-a', 'doctor');
    expect(await refusal(readSigned(doctor, record, await signed()))).toEqual(denied);
  });

  it('sends no transaction of its own, as its certificate names it', async () => {
    const { error } = await self.api.POST('/v1/transactions', {
      params: { header: { 'Idempotency-Key': newId() } },
      body: { function: 'consent:expire', input: { id: newId() } },
    });
    expect(error).toMatchObject({ status: 403, code: 'FORBIDDEN' });
  });

  it('is answered 404 for what is not its own', async () => {
    const foreign = await storedRecord(consortium, other);
    expect(await refusal(preparedReading(self, foreign))).toEqual(refusedAs(404, 'NOT_FOUND'));
    const view = value(self.api.GET('/v1/records/{id}', { params: { path: { id: foreign.id } } }));
    expect(await refusal(view)).toEqual(refusedAs(404, 'NOT_FOUND'));
  });
});
