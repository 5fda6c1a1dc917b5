import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { canonicalJson, keyId } from '@medaccord/chaincode/api';
import { publicJwk } from '@medaccord/gateway/client';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import {
  type BlockView,
  Consortium,
  type Member,
  ledgerAsSeenBy,
  wipeConsortium,
} from '../consortium/index.js';
import { commit, refusal, value } from '../story/api.js';
import { RULES, decided, line, submittedClaim } from './given/claim.js';
import { grantedConsent, revokeConsent, toPerson } from './given/consent.js';
import { DAY, digest, inFuture } from './given/ids.js';
import { Joins, idsIn } from './given/joins.js';
import { changedKeys, keyAddition } from './given/patient-keys.js';
import { type Patient, newKey, patientWithLogin } from './given/patient.js';
import { type StoredRecord, readOwn, readRecord, storedRecord } from './given/record.js';

const LINES = [line(1, 4_000), line(2, 2_500, '71046')];

/**
 * An insurer with every block, its private data, the pseudonyms in its claims, and patience. The ledger holds nothing
 * else: others' made-up hashes, met in a bill and in a consent, would join what nobody can join.
 */
describe('an insurer that knows a pseudonym from its claims', () => {
  let consortium: Consortium;
  let patient: Patient;
  let self: Member;
  let record: StoredRecord;
  let registration: string;
  let blocks: BlockView[];
  let joins: Joins;
  beforeAll(async () => {
    consortium = await Consortium.start(join(inject('consortia'), 'linking-attack'));
    ({ self, patient } = await patientWithLogin(consortium));
    record = await storedRecord(consortium, patient);
    await careOf();
    await bill();
    const desk = await consortium.member('hospital-a', 'clerk');
    const path = { id: patient.id };
    ({ registration } = await value(desk.api.GET('/v1/patients/{id}', { params: { path } })));
    blocks = await ledgerAsSeenBy(consortium, { organisation: 'insurer-a' });
    joins = new Joins(blocks);
  });
  afterAll(async () => {
    self.api.close();
    await consortium.disconnect();
    await wipeConsortium(consortium.home);
  });

  /** One of everything that touches the patient and is none of an insurer's business. */
  async function careOf(): Promise<void> {
    const doctor = await consortium.member('hospital-a', 'doctor');
    const visitor = await consortium.member('hospital-b', 'doctor');
    const desk = await consortium.member('hospital-a', 'clerk');
    const { id: treatment } = await commit((header) =>
      desk.api.POST('/v1/treatments', {
        params: { header },
        body: {
          patient: patient.id,
          practitioner: doctor.subject,
          from: inFuture(-DAY),
          until: inFuture(DAY),
        },
      }),
    );
    await readRecord(doctor, record, { kind: 'treatment', treatment });
    const consent = await grantedConsent(consortium, patient, toPerson(visitor));
    await readRecord(visitor, record, { kind: 'consent', consent });
    await revokeConsent(desk, consent, patient.key);
    const { breakGlass } = await commit((header) =>
      visitor.api.POST('/v1/break-glass', {
        params: { header },
        body: { patient: patient.id, custodian: 'hospital-a', reason: 'found unconscious', minutes: 5 },
      }),
    );
    await readRecord(visitor, record, { kind: 'emergency', breakGlass: breakGlass.id });
    await readOwn(self, record, patient.key);
    await changedKeys(self, keyAddition(patient, newKey()), patient.key);
    await commit((header) =>
      desk.api.POST('/v1/patients/{id}/relations', {
        params: { path: { id: patient.id }, header },
        body: {
          kind: 'proxy',
          holder: publicJwk(newKey()),
          evidenceHash: digest('power of attorney'),
          expiresAt: inFuture(DAY),
        },
      }),
    );
  }

  async function bill(): Promise<void> {
    const adjuster = await consortium.member('insurer-a', 'adjuster');
    const path = { id: await submittedClaim(consortium, patient, 'insurer-a', { lines: LINES }) };
    await commit((header) =>
      adjuster.api.POST('/v1/claims/{id}/acknowledge', { params: { path, header }, body: {} }),
    );
    await commit((header) =>
      adjuster.api.POST('/v1/claims/{id}/adjudicate', {
        params: { path, header },
        body: { ruleSetHash: RULES, lines: LINES.map((each) => decided(each)) },
      }),
    );
    await commit((header) =>
      adjuster.api.POST('/v1/claims/{id}/settle', { params: { path, header }, body: { reference: 'paid' } }),
    );
  }

  /** The pseudonym, what can be made of it without a secret, and all that its own private data say about it. */
  function known(): string[] {
    const { id } = patient;
    const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
    const types = ['patient', 'registration', 'treatment', 'consent', 'consent-details', 'access-details'];
    const guesses = types.flatMap((type) => [
      canonicalJson([type, id]),
      `\0${type}\0${id}\0`,
      createHash('sha256')
        .update(canonicalJson([type, id]))
        .digest('hex'),
    ]);
    const own = blocks.flatMap((block) => block.private.map((entry) => JSON.stringify(entry)));
    const about = own.filter((text) => text.includes(id)).flatMap(idsIn);
    return [...new Set([id, sha256(id), ...guesses.map(sha256), ...about])];
  }

  it('is told of it by claims alone', () => {
    const told = blocks.flatMap((block) =>
      block.private.filter((entry) => JSON.stringify(entry).includes(patient.id)),
    );
    expect(new Set(told.map(({ value: { type } }) => type))).toEqual(new Set(['claim-lines']));
    expect(blocks.some(({ bytes }) => bytes.includes(patient.id))).toBe(false);
    expect(blocks.some(({ bytes }) => bytes.includes(keyId(publicJwk(patient.key))))).toBe(false);
  });

  it('follows it through its own claims, and to no registration, consent, treatment, access or record', () => {
    const reached = joins.reachedFrom(known());
    expect([...reached].filter((name) => !name.startsWith('billing:'))).toEqual([]);
    // It does follow what is its own.
    expect(reached).toContain('billing:settleClaim');
  });

  it('sees that somebody’s registration, consents and accesses belong together, not whose', () => {
    const reached = joins.reachedFrom([registration]);
    for (const name of ['consent:grant', 'consent:revoke', 'record:access', 'directory:openTreatment']) {
      expect(reached).toContain(name);
    }
    expect([...reached].filter((name) => name.startsWith('billing:'))).toEqual([]);
  });

  it('would follow a record’s hash to them: a bill names no records', async () => {
    const desk = await consortium.member('hospital-a', 'clerk');
    const path = { id: record.id };
    const { leafHash } = await value(desk.api.GET('/v1/records/{id}', { params: { path } }));
    expect(joins.reachedFrom([leafHash])).toContain('consent:grant');
    const own = blocks.flatMap((block) => block.private.map((entry) => JSON.stringify(entry)));
    expect(own.filter((text) => text.includes(leafHash))).toEqual([]);
  });

  it('is told nothing by asking', async () => {
    const admin = await consortium.member('insurer-a', 'Admin');
    const path = { id: patient.id };
    expect((await value(admin.api.GET('/v1/patients'))).items).toEqual([]);
    expect(await refusal(value(admin.api.GET('/v1/patients/{id}', { params: { path } })))).toMatchObject({
      status: 404,
      code: 'NOT_FOUND',
    });
  });
});
