import { type LedgerEvent, events, publicJwk } from '@medaccord/gateway/client';
import { keyId } from '@medaccord/chaincode/api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Consortium,
  type Member,
  height,
  ledgerAsSeenBy,
  sharedConsortium,
} from '../consortium/index.js';
import { refusal, value } from '../story/api.js';
import { preparedConsent, submitConsent, toPerson } from './given/consent.js';
import { changedKeys, keyAddition, keyRevocation } from './given/patient-keys.js';
import { type Patient, newKey, patientWithLogin } from './given/patient.js';

const refusedAs = (status: number, code: string) => expect.objectContaining({ status, code }) as unknown;

/** A thief has the patient's tablet, say, and adds a key of its own: the phone hears of it in time. */
describe('a patient’s device keys', () => {
  let consortium: Consortium;
  let self: Member;
  let patient: Patient;
  let desk: Member;
  const phone = newKey();
  const thief = newKey();
  const kid = keyId(publicJwk(thief));
  let from: number;
  beforeAll(async () => {
    consortium = await sharedConsortium();
    ({ self, patient } = await patientWithLogin(consortium));
    desk = await consortium.member('hospital-a', 'clerk');
    from = await height(consortium, self);
    await changedKeys(desk, keyAddition(patient, phone), patient.key);
    await changedKeys(desk, keyAddition(patient, thief), patient.key);
  });
  afterAll(async () => {
    self.api.close();
    await consortium.disconnect();
  });

  const listed = async () => {
    const path = { id: patient.id };
    return (await value(self.api.GET('/v1/patients/{id}/keys', { params: { path } }))).keys;
  };
  /** Changes of keys since the beginning of this test, as somebody hears of them. */
  const heard = async ({ api, organisation }: Member, count: number) => {
    const { baseUrl } = await consortium.gateway(organisation);
    const stop = new AbortController();
    const signal = AbortSignal.any([stop.signal, AbortSignal.timeout(20_000)]);
    const taken: LedgerEvent[] = [];
    for await (const event of events(api, { baseUrl, types: ['registration'], from, signal })) {
      if (/PatientKey$/.test(event.data.function) && taken.push(event) === count) break;
    }
    stop.abort();
    expect(taken).toHaveLength(count);
    return taken.map(({ data }) => data.key);
  };

  it('are listed with the day from which they count', async () => {
    const { keyDelaySeconds } = consortium.topology.rules;
    expect(keyDelaySeconds).toBe(86_400);
    const [first, second] = await listed();
    expect(Date.parse(first?.effectiveFrom ?? '')).toBeLessThan(Date.now() + 60_000);
    expect(second).toMatchObject({ kid: keyId(publicJwk(phone)), addedIn: 3 });
    const waits = Date.parse(second?.effectiveFrom ?? '') - Date.now();
    expect(waits).toBeGreaterThan((keyDelaySeconds - 900) * 1_000);
  });

  it('are told to the patient and its custodian, and to no other organisation', async () => {
    const [, added] = await heard(self, 2);
    const effectiveFrom = (await listed())[2]?.effectiveFrom;
    expect(added).toEqual({ kid, effectiveFrom });
    expect((await heard(desk, 2))[1]).toEqual(added);
    const elsewhere = await consortium.member('hospital-b', 'clerk');
    expect(await heard(elsewhere, 2)).toEqual([undefined, undefined]);
    const insurer = await consortium.member('insurer-a', 'Admin');
    expect(await heard(insurer, 2)).toEqual([undefined, undefined]);
    const blocks = await ledgerAsSeenBy(consortium, { organisation: 'insurer-a' }, from);
    expect(blocks.some(({ bytes }) => bytes.includes(kid))).toBe(false);
  });

  it('sign nothing while they wait', async () => {
    const doctor = await consortium.member('hospital-b', 'doctor');
    const terms = await preparedConsent(consortium, patient, toPerson(doctor));
    const waiting = refusedAs(403, 'KEY_NOT_ACTIVE');
    expect(await refusal(submitConsent(desk, terms, thief))).toEqual(waiting);
    const revocation = keyRevocation(patient, patient.key);
    expect(await refusal(changedKeys(desk, revocation, thief))).toEqual(waiting);
    expect(await submitConsent(desk, terms, patient.key)).toBe(terms.id);
  });

  it('are revoked before they count, by any active key, which is told as well', async () => {
    await changedKeys(self, keyRevocation(patient, thief), patient.key);
    const revokedAt = (await listed())[2]?.revokedAt;
    expect(revokedAt).toBeDefined();
    expect((await heard(self, 3))[2]).toMatchObject({ kid, revokedAt });
    const again = changedKeys(self, keyAddition(patient, thief), patient.key);
    expect(await refusal(again)).toEqual(refusedAs(409, 'ALREADY_EXISTS'));
  });
});
