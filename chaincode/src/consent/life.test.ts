import { beforeAll, describe, expect, it } from 'vitest';
import { JWS_TYPES, type consent } from '../api/index.js';
import * as chaincode from '../index.js';
import { hashOf } from '../ledger/index.js';
import {
  CUSTODIAN,
  VISITING,
  World,
  after,
  deviceKey,
  granted,
  leafOf,
  merged,
  openClinic,
  practitioner,
  refusal,
  registered,
  registrationOf,
  terms,
  type Caller,
  type Clinic,
} from '../testing/index.js';

let world: World;
let clinic: Clinic;
let lab: Caller;
beforeAll(async () => {
  world = new World(chaincode);
  clinic = await openClinic(world);
  lab = await practitioner(world, 'lab-a', 'technician');
});

type Consent = consent.Consent;
const person = ({ organisation, subject: id }: Caller) =>
  ({ kind: 'practitioner', organisation, id }) as const;
const decide = async (reader: Caller, id: string, meta: Partial<consent.RecordMeta> = {}) => {
  const { organisation, subject, role } = reader;
  const answer = (await world.evaluate(
    clinic.gateway,
    'consent:decide',
    {},
    {
      private: {
        requester: { organisation, subject, role },
        permission: 'read',
        purpose: 'treatment',
        meta: leafOf(clinic, clinic.doctor, meta).meta,
        basis: { kind: 'consent', consent: id },
      },
    },
  )) as consent.Decision;
  return answer.granted ? 'granted' : answer.code;
};

describe('a delegation', () => {
  const delegate = (by: Caller, parent: Consent, change: Partial<Consent> = {}) => {
    const passed = { ...parent, id: world.id(), grantee: person(lab), permissions: ['read'], ...change };
    return world.submit(
      by,
      'consent:delegate',
      { id: passed.id, parent: parent.id },
      {
        private: { consent: passed as Consent, salt: world.id() },
      },
    );
  };
  const idOf = ({ result }: { result: unknown }) => (result as consent.ConsentState).id;
  const withDelegate = (change: Partial<Consent> = {}) =>
    granted(clinic, { permissions: ['read', 'delegate'], ...change });

  it('gives what was passed on, until the consent that it comes from ends', async () => {
    const parent = await withDelegate();
    const child = idOf(await delegate(clinic.visitor, parent, { permissions: ['read', 'delegate'] }));
    const grandchild = { ...parent, id: child, permissions: ['read', 'delegate'] as Consent['permissions'] };
    const last = idOf(await delegate(lab, grandchild, { grantee: person(clinic.doctor) }));
    expect(await decide(lab, child)).toBe('granted');
    expect(await decide(clinic.doctor, last)).toBe('granted');
    expect(await decide(clinic.visitor, child)).toBe('ACCESS_DENIED');
    await revoke(parent);
    expect(await decide(lab, child)).toBe('CONSENT_NOT_ACTIVE');
    expect(await decide(clinic.doctor, last)).toBe('CONSENT_NOT_ACTIVE');
    expect(await refusal(delegate(clinic.visitor, parent))).toBe('CONSENT_NOT_ACTIVE');
  });

  it('ends when the consent that it comes from is replaced or expires', async () => {
    const parent = await withDelegate();
    const child = idOf(await delegate(clinic.visitor, parent));
    await granted(clinic, { replaces: { id: parent.id, hash: hashOf(parent) } });
    expect(await decide(lab, child)).toBe('CONSENT_NOT_ACTIVE');
    const short = await withDelegate({ expiresAt: after(world, 60) });
    const other = idOf(await delegate(clinic.visitor, short));
    world.advance(60);
    expect(await decide(lab, other)).toBe('CONSENT_EXPIRED');
    expect(await refusal(delegate(clinic.visitor, short))).toBe('CONSENT_EXPIRED');
  });

  it("keeps the patient's exceptions", async () => {
    const parent = await withDelegate({
      except: [{ grantee: person(lab) }, { filters: { labels: ['hiv'] } }],
    });
    const child = idOf(await delegate(clinic.visitor, parent, { except: [] }));
    expect(await decide(lab, child)).toBe('ACCESS_DENIED');
    const other = idOf(
      await delegate(clinic.visitor, parent, { except: [], grantee: person(clinic.doctor) }),
    );
    expect(await decide(clinic.doctor, other)).toBe('granted');
    expect(await decide(clinic.doctor, other, { labels: ['hiv'] })).toBe('ACCESS_DENIED');
  });

  it.each<[string, (parent: Consent) => Partial<Consent>, string]>([
    ['permissions', () => ({ permissions: ['write'] }), 'DELEGATION_EXCEEDED'],
    ['purposes', () => ({ purposes: ['treatment', 'research'] }), 'DELEGATION_EXCEEDED'],
    ['filters', () => ({ filters: {} }), 'DELEGATION_EXCEEDED'],
    ['a category', () => ({ filters: { categories: ['laboratory', 'imaging'] } }), 'DELEGATION_EXCEEDED'],
    ['its beginning', () => ({ notBefore: after(world, -1) }), 'DELEGATION_EXCEEDED'],
    ['its end', () => ({ expiresAt: after(world, 3_601) }), 'DELEGATION_EXCEEDED'],
    [
      'a circle',
      () => ({ grantee: { kind: 'organisation', organisation: VISITING } }),
      'DELEGATION_EXCEEDED',
    ],
    [
      'a role',
      () => ({ grantee: { kind: 'role', organisation: VISITING, role: 'nurse' } }),
      'DELEGATION_EXCEEDED',
    ],
    ['another patient', () => ({ patient: world.id() }), 'CONSENT_MISMATCH'],
    ['another custodian', () => ({ custodian: 'hospital-b' }), 'CONSENT_MISMATCH'],
    ['another channel', () => ({ channel: 'other' }), 'CONSENT_MISMATCH'],
    ['a relation', () => ({ relation: world.id() }), 'INVALID_ARGUMENT'],
    ['a replacement', ({ id }) => ({ replaces: { id, hash: 'f'.repeat(64) } }), 'INVALID_ARGUMENT'],
    ['a used id', ({ id }) => ({ id }), 'ALREADY_EXISTS'],
  ])('passes on no more than was given: %s', async (_, change, code) => {
    const parent = await withDelegate({ filters: { categories: ['laboratory'] } });
    expect(await refusal(delegate(clinic.visitor, parent, change(parent)))).toBe(code);
  });

  it('from a role or an organisation reaches its circle or a named person', async () => {
    const wide = await withDelegate({ grantee: { kind: 'organisation', organisation: VISITING } });
    const role = { kind: 'role', organisation: VISITING, role: 'doctor' } as const;
    expect(await refusal(delegate(clinic.visitor, wide, { grantee: role }))).toBeUndefined();
    const narrow = await withDelegate({ grantee: role });
    expect(await refusal(delegate(clinic.visitor, narrow, { grantee: { ...role, role: 'nurse' } }))).toBe(
      'DELEGATION_EXCEEDED',
    );
    expect(await refusal(delegate(clinic.visitor, narrow))).toBeUndefined();
  });

  it('is made by an approved grantee with the permission', async () => {
    const parent = await withDelegate();
    expect(await refusal(delegate(lab, parent))).toBe('ACCESS_DENIED');
    expect(await refusal(delegate(clinic.visitor, await granted(clinic)))).toBe('ACCESS_DENIED');
    expect(await refusal(delegate(clinic.visitorAdmin, parent))).toBe('PRACTITIONER_NOT_APPROVED');
    expect(await refusal(delegate(clinic.visitor, { ...parent, id: world.id() }))).toBe('NOT_FOUND');
    const adjuster = await practitioner(world, 'insurer-a', 'adjuster');
    expect(await refusal(delegate(adjuster, parent))).toBe('UNAUTHORIZED_ORGANISATION');
  });

  it('goes on for eight links at most', async () => {
    const all = {
      permissions: ['read', 'delegate'] as Consent['permissions'],
      grantee: person(clinic.visitor),
    };
    let last = await withDelegate();
    for (let links = 1; links < 8; links++)
      last = { ...last, id: idOf(await delegate(clinic.visitor, last, all)) };
    expect(await decide(clinic.visitor, last.id)).toBe('granted');
    expect(await refusal(delegate(clinic.visitor, last, all))).toBe('DELEGATION_EXCEEDED');
  });

  it('is withdrawn by who made it, and revoked by the patient', async () => {
    const parent = await withDelegate();
    const child = idOf(await delegate(clinic.visitor, parent));
    const withdraw = (by: Caller) =>
      refusal(world.submit(by, 'consent:revoke', { id: child }, { private: {} }));
    expect(await withdraw(lab)).toBe('UNAUTHORIZED_ROLE');
    expect(await withdraw(clinic.visitor)).toBeUndefined();
    expect(await withdraw(clinic.visitor)).toBe('CONSENT_NOT_ACTIVE');
    const passed = {
      ...parent,
      id: world.id(),
      grantee: person(lab),
      permissions: ['read'] as Consent['permissions'],
    };
    await world.submit(
      clinic.visitor,
      'consent:delegate',
      { id: passed.id, parent: parent.id },
      {
        private: { consent: passed, salt: world.id() },
      },
    );
    expect(await refusal(revoke(passed))).toBeUndefined();
    expect(await decide(lab, passed.id)).toBe('CONSENT_NOT_ACTIVE');
  });
});

const revoke = (signed: Consent, change: object = {}, by = clinic.device, caller = clinic.gateway) => {
  const payload = {
    type: 'consent-revocation',
    id: world.id(),
    channel: world.channel,
    custodian: CUSTODIAN,
    patient: signed.patient,
    consent: { id: signed.id, hash: hashOf(signed) },
    expiresAt: after(world, 600),
    ...change,
  };
  const jws = by.sign(JWS_TYPES.revocation, payload);
  return world.submit(caller, 'consent:revoke', { id: signed.id }, { private: { jws } });
};

describe('a revocation', () => {
  it('is final, and shows in the history', async () => {
    const signed = await granted(clinic);
    expect(await decide(clinic.visitor, signed.id)).toBe('granted');
    const { txId, event } = await revoke(signed);
    expect(event.changes).toEqual([{ type: 'consent', id: signed.id, status: 'revoked', version: 2 }]);
    expect(await decide(clinic.visitor, signed.id)).toBe('CONSENT_NOT_ACTIVE');
    expect(await refusal(revoke(signed))).toBe('CONSENT_NOT_ACTIVE');
    const history = (await world.evaluate(clinic.visitor, 'consent:history', {
      id: signed.id,
    })) as consent.HistoryEntry[];
    expect(history.map(({ value }) => value.status)).toEqual(['active', 'revoked']);
    expect(history[1]).toMatchObject({ transactionId: txId, timestamp: world.now.toISOString() });
  });

  it.each<[string, (signed: Consent) => object, string]>([
    ['another channel', () => ({ channel: 'other' }), 'CONSENT_MISMATCH'],
    ['another custodian', () => ({ custodian: 'hospital-b' }), 'CONSENT_MISMATCH'],
    ['another patient', () => ({ patient: world.id() }), 'CONSENT_MISMATCH'],
    ['another hash', ({ id }) => ({ consent: { id, hash: 'f'.repeat(64) } }), 'CONSENT_MISMATCH'],
    ['another id', (signed) => ({ consent: { id: world.id(), hash: hashOf(signed) } }), 'CONSENT_MISMATCH'],
    ['an expiry that has passed', () => ({ expiresAt: after(world, 0) }), 'SIGNATURE_INVALID'],
    ['another type', () => ({ type: 'consent' }), 'INVALID_ARGUMENT'],
  ])('with %s is refused', async (_, change, code) => {
    const signed = await granted(clinic);
    expect(await refusal(revoke(signed, change(signed)))).toBe(code);
    expect(await decide(clinic.visitor, signed.id)).toBe('granted');
  });

  it('is the patient’s: no other key, no other organisation, no caller without a signature', async () => {
    const signed = await granted(clinic);
    expect(await refusal(revoke(signed, {}, deviceKey()))).toBe('KEY_NOT_ACTIVE');
    const insurer = await world.caller('insurer-a', 'gateway');
    expect(await refusal(revoke(signed, {}, clinic.device, insurer))).toBe('UNAUTHORIZED_ORGANISATION');
    const bare = world.submit(clinic.clerk, 'consent:revoke', { id: signed.id }, { private: {} });
    expect(await refusal(bare)).toBe('SIGNATURE_INVALID');
    const unknown = world.submit(clinic.clerk, 'consent:revoke', { id: world.id() }, { private: {} });
    expect(await refusal(unknown)).toBe('NOT_FOUND');
  });

  it('of a witnessed consent is written down by the custodian’s staff', async () => {
    const spoken = terms(clinic);
    await world.submit(
      clinic.doctor,
      'consent:witness',
      { id: spoken.id },
      {
        private: { consent: spoken, evidenceHash: 'e'.repeat(64), salt: world.id() },
      },
    );
    const bare = (by: Caller) =>
      refusal(world.submit(by, 'consent:revoke', { id: spoken.id }, { private: {} }));
    expect(await bare(clinic.visitor)).toBe('UNAUTHORIZED_ORGANISATION');
    expect(await bare(await world.caller(CUSTODIAN, 'gateway'))).toBe('UNAUTHORIZED_ROLE');
    expect(await bare(clinic.clerk)).toBeUndefined();
  });
});

describe('an expiry', () => {
  it('counts from its instant on, and can be written down then', async () => {
    const signed = await granted(clinic, { notBefore: after(world, 10), expiresAt: after(world, 100) });
    const expire = () => refusal(world.submit(clinic.gateway, 'consent:expire', { id: signed.id }));
    expect(await decide(clinic.visitor, signed.id)).toBe('CONSENT_NOT_ACTIVE');
    world.advance(10);
    expect(await decide(clinic.visitor, signed.id)).toBe('granted');
    world.advance(89);
    expect(await expire()).toBe('INVALID_STATE');
    world.advance(1);
    expect(await decide(clinic.visitor, signed.id)).toBe('CONSENT_EXPIRED');
    expect(await expire()).toBeUndefined();
    expect(await expire()).toBe('CONSENT_NOT_ACTIVE');
    expect(world.value('consent', signed.id)).toMatchObject({ status: 'expired' });
    expect(await decide(clinic.visitor, signed.id)).toBe('CONSENT_EXPIRED');
  });
});

describe('a merged patient', () => {
  it('is spoken for by the pseudonym it was merged into', async () => {
    const [old, now] = [deviceKey(), deviceKey()];
    const from = await registered(world, clinic.clerk, clinic.visitor, old);
    const into = await registered(world, clinic.clerk, clinic.visitor, now);
    const sign = (change: Partial<Consent>, by: typeof old) => granted({ ...clinic, device: by }, change);
    const before = await sign({ patient: from }, old);
    const other = await sign({ patient: into }, now);
    expect(await decide(clinic.visitor, other.id, { patient: from })).toBe('CONSENT_MISMATCH');
    const merge = { private: { patient: from, into } };
    const id = await registrationOf(world, clinic.clerk, from);
    await world.submit(clinic.clerk, 'directory:mergePatients', { id }, merge);
    expect(await decide(clinic.visitor, other.id, { patient: from })).toBe('CONSENT_MISMATCH');
    await world.submit(clinic.visitor, 'directory:confirmMerge', { id }, merge);
    expect(await decide(clinic.visitor, other.id, { patient: from })).toBe('granted');
    expect(await decide(clinic.visitor, before.id, { patient: into })).toBe('CONSENT_MISMATCH');
    expect(await refusal(sign({ patient: from }, old))).toBe('INVALID_STATE');
    expect(await refusal(revoke(before, {}, now))).toBeUndefined();
  });

  it('is still spoken for after another merge', async () => {
    const [old, device] = [deviceKey(), deviceKey()];
    const first = await registered(world, clinic.clerk, clinic.visitor, old);
    const second = await registered(world, clinic.clerk, clinic.visitor, deviceKey());
    const third = await registered(world, clinic.clerk, clinic.visitor, device);
    const before = await granted({ ...clinic, device: old }, { patient: first });
    for (const [from, into] of [
      [first, second],
      [second, third],
    ] as const) {
      await merged(clinic, from, into);
    }
    expect(await refusal(revoke(before, {}, device))).toBeUndefined();
  });
});

describe('what is told', () => {
  it('of a consent goes to the custodian’s staff, the grantee and who passed it on, not to others in care', async () => {
    const { id } = await granted(clinic, { permissions: ['read', 'delegate'] });
    const ask = (by: Caller, of = id) => refusal(world.evaluate(by, 'consent:details', { id: of }));
    for (const by of [clinic.clerk, clinic.admin, clinic.visitor, clinic.gateway]) {
      expect(await ask(by)).toBeUndefined();
    }
    const colleague = await practitioner(world, 'hospital-b', 'doctor');
    const technician = await practitioner(world, 'lab-a', 'technician');
    const auditor = await world.caller('lab-a', 'auditor');
    const accountant = await practitioner(world, CUSTODIAN, 'billing');
    for (const by of [colleague, clinic.visitorAdmin, technician, auditor, accountant]) {
      expect(await ask(by)).toBe('UNAUTHORIZED_ROLE');
    }
    const passed = terms(clinic, {
      grantee: { kind: 'practitioner', organisation: 'lab-a', id: technician.subject },
    });
    const priv = { consent: passed, salt: world.id() };
    await world.submit(clinic.visitor, 'consent:delegate', { id: passed.id, parent: id }, { private: priv });
    expect(await ask(technician, passed.id)).toBeUndefined();
    expect(await ask(clinic.visitor, passed.id)).toBeUndefined();
    expect(await ask(colleague, passed.id)).toBe('UNAUTHORIZED_ROLE');
  });

  it('goes to care organisations; details to a patient only of its own', async () => {
    const { id } = await granted(clinic);
    const ask = async (name: 'consent:get' | 'consent:details', by: Caller) =>
      refusal(world.evaluate(by, name, { id }));
    const insurer = await world.caller('insurer-a', 'admin');
    expect(await ask('consent:get', insurer)).toBeUndefined();
    expect(await ask('consent:details', insurer)).toBe('UNAUTHORIZED_ORGANISATION');
    expect(await ask('consent:details', await world.caller(CUSTODIAN, 'patient'))).toBe('UNAUTHORIZED_ROLE');
    expect(
      await ask('consent:details', await world.caller(CUSTODIAN, 'patient', clinic.patient)),
    ).toBeUndefined();
    const meta = leafOf(clinic, clinic.doctor).meta;
    const { organisation, subject, role } = clinic.visitor;
    const request = {
      private: {
        requester: { organisation, subject, role },
        permission: 'read' as const,
        purpose: 'treatment' as const,
        meta,
        basis: { kind: 'consent' as const, consent: id },
      },
    };
    expect(
      await refusal(world.evaluate(insurer, 'consent:decide', {}, { ...request, endorsers: ['lab-a'] })),
    ).toBe('UNAUTHORIZED_ORGANISATION');
  });
});
