import { beforeAll, describe, expect, it } from 'vitest';
import { merkleProofs, merkleRoot, record, type Role, type consent } from '../api/index.js';
import * as chaincode from '../index.js';
import { hashOf } from '../ledger/index.js';
import {
  CUSTODIAN,
  VISITING,
  World,
  after,
  commitFailure,
  granted,
  leafOf,
  openClinic,
  practitioner,
  refusal,
  type Caller,
  type Clinic,
} from '../testing/index.js';

let world: World;
let clinic: Clinic;
let treatment: string;
beforeAll(async () => {
  world = new World(chaincode);
  clinic = await openClinic(world);
  treatment = world.id();
  await world.submit(
    clinic.clerk,
    'directory:openTreatment',
    { id: treatment },
    {
      private: {
        patient: clinic.patient,
        practitioner: clinic.doctor.subject,
        from: after(world, 0),
        until: after(world, 100_000),
        salt: world.id(),
      },
    },
  );
});

type Anchored = ReturnType<typeof leafOf>;
const SINGLE = { kind: 'single' } as const;
const anchor = (
  { leaf, meta, salt }: Anchored,
  by: Caller = clinic.doctor,
  change: object = {},
  basis?: consent.Basis,
) =>
  world.submit(
    by,
    'record:anchor',
    { id: leaf.record, version: leaf.version, leaf, ...change },
    {
      private: { meta, salt, basis },
    },
  );
const anchored = async (change: Partial<consent.RecordMeta> = {}): Promise<Anchored> => {
  const made = leafOf(clinic, clinic.doctor, change);
  await anchor(made);
  return made;
};
async function batched(
  count: number,
): Promise<{ made: Anchored[]; reference: (index: number) => record.AnchorReference; id: string }> {
  const made = Array.from({ length: count }, () => leafOf(clinic, clinic.doctor));
  const hashes = made.map(({ leaf }) => record.leafHash(leaf));
  const proofs = merkleProofs(hashes);
  const id = world.id();
  await world.submit(clinic.clerk, 'record:anchorBatch', { id, root: merkleRoot(hashes), size: count });
  const reference = (index: number) =>
    ({ kind: 'batch', batch: id, proof: { index, size: count, path: proofs[index] ?? [] } }) as const;
  return { made, reference, id };
}
const TREATMENT = () => ({ kind: 'treatment', treatment }) as const;
const access = (
  by: Caller,
  { leaf, meta, salt: metaSalt }: Anchored,
  basis: consent.Basis,
  change: object = {},
  id = world.id(),
) =>
  world.submit(
    by,
    'record:access',
    { id },
    { private: accessPrivate({ leaf, meta, metaSalt }, basis, change) },
  );
const accessPrivate = (
  what: { leaf: record.Leaf; meta: consent.RecordMeta; metaSalt: string },
  basis: consent.Basis,
  change: object = {},
) => ({
  ...what,
  reference: SINGLE,
  purpose: 'treatment' as const,
  basis,
  salt: world.id(),
  ...change,
});
const verify = (leaf: record.Leaf, reference: record.AnchorReference, by: Caller = clinic.visitor) =>
  world.evaluate(by, 'record:verify', { leaf, reference });

describe('an anchor', () => {
  it('is the newest version, and every version stays', async () => {
    const first = leafOf(clinic, clinic.doctor);
    const { event } = await anchor(first);
    expect(event.changes).toEqual([
      { type: 'anchor', id: first.leaf.record, status: 'anchored', version: 1 },
      { type: 'anchor-version', id: first.leaf.record, version: 1 },
    ]);
    const second = leafOf(clinic, clinic.doctor, { record: first.leaf.record }, 2);
    expect((await anchor(second)).result).toMatchObject({ version: 2, leaf: record.leafHash(second.leaf) });
    for (const { leaf } of [first, second]) {
      expect(await verify(leaf, SINGLE)).toMatchObject({
        anchored: true,
        erased: false,
        author: clinic.doctor.subject,
      });
    }
    expect(world.disclosure.whoKnows(`"serviceDate":"${first.meta.serviceDate}"`)).not.toContain('insurer-a');
  });

  it.each<[string, (made: Anchored) => [Anchored, object?], string]>([
    ['another record in the input', (made) => [made, { id: 'a'.repeat(32) }], 'INVALID_ARGUMENT'],
    ['another version in the input', (made) => [made, { version: 2 }], 'INVALID_ARGUMENT'],
    ['a version left out', () => [leafOf(clinic, clinic.doctor, {}, 2)], 'VERSION_CONFLICT'],
    ['another salt', (made) => [{ ...made, salt: 'b'.repeat(32) }], 'ANCHOR_MISMATCH'],
    ['another meta', (made) => [{ ...made, meta: { ...made.meta, category: 'other' } }], 'ANCHOR_MISMATCH'],
    ['another author', () => [leafOf(clinic, clinic.clerk)], 'ANCHOR_MISMATCH'],
    ['an unknown custodian', () => [leafOf(clinic, clinic.doctor, { custodian: 'nobody' })], 'NOT_FOUND'],
    ['the meta of another record', (made) => [other(made)], 'ANCHOR_MISMATCH'],
  ])('with %s is refused', async (_, change, code) => {
    const [made, input] = change(leafOf(clinic, clinic.doctor));
    expect(await refusal(anchor(made, clinic.doctor, input))).toBe(code);
  });
  const other = (made: Anchored): Anchored => {
    const meta = { ...made.meta, record: world.id() };
    return { ...made, meta, leaf: { ...made.leaf, metaHash: record.metaHash(meta, made.salt) } };
  };

  it('is not written twice, nor by others than approved authors of care organisations', async () => {
    const made = await anchored();
    expect(await refusal(anchor(made))).toBe('VERSION_CONFLICT');
    const by = async (organisation: string, role: Role) =>
      refusal(anchor(leafOf(clinic, clinic.doctor), await world.caller(organisation, role)));
    expect(await by(CUSTODIAN, 'admin')).toBe('UNAUTHORIZED_ROLE');
    expect(await by(CUSTODIAN, 'doctor')).toBe('PRACTITIONER_NOT_APPROVED');
    expect(await by('insurer-a', 'adjuster')).toBe('UNAUTHORIZED_ORGANISATION');
    expect(await refusal(anchor(made, clinic.clerk))).toBe('ANCHOR_MISMATCH');
  });

  it('outside the custodian needs a consent to write', async () => {
    const made = () => leafOf(clinic, clinic.visitor);
    const read = { kind: 'consent', consent: (await granted(clinic)).id } as const;
    const write = {
      kind: 'consent',
      consent: (await granted(clinic, { permissions: ['write'] })).id,
    } as const;
    expect(await refusal(anchor(made(), clinic.visitor))).toBe('ACCESS_DENIED');
    expect(await refusal(anchor(made(), clinic.visitor, {}, TREATMENT()))).toBe('ACCESS_DENIED');
    expect(await refusal(anchor(made(), clinic.visitor, {}, read))).toBe('ACCESS_DENIED');
    expect((await anchor(made(), clinic.visitor, {}, write)).result).toMatchObject({
      custodian: CUSTODIAN,
      writer: VISITING,
    });
    const foreign = leafOf(clinic, clinic.doctor, { custodian: VISITING });
    expect(await refusal(anchor(foreign, clinic.doctor, {}, write))).toBe('ACCESS_DENIED');
  });
});

describe('a batch', () => {
  it('verifies each of its leaves by its proof, and nothing else', async () => {
    const { made, reference, id } = await batched(5);
    for (const [index, { leaf }] of made.entries()) {
      expect(await verify(leaf, reference(index))).toMatchObject({
        anchored: true,
        author: clinic.clerk.subject,
      });
      expect(await verify(leaf, reference((index + 1) % 5))).toMatchObject({ anchored: false });
    }
    const [first] = made as [Anchored];
    const wrong = { ...reference(0), proof: { ...(reference(0) as { proof: object }).proof, size: 6 } };
    expect(await verify(first.leaf, wrong as record.AnchorReference)).toMatchObject({ anchored: false });
    expect(await verify({ ...first.leaf, custodian: VISITING }, reference(0))).toMatchObject({
      anchored: false,
    });
    expect(await verify({ ...first.leaf, epoch: 1 }, reference(0))).toMatchObject({ anchored: false });
    expect(await verify(first.leaf, SINGLE)).toMatchObject({ anchored: false });
    expect(await world.evaluate(clinic.visitor, 'record:getBatch', { id })).toMatchObject({ size: 5 });
  });

  it.each<[string, Role, number, string]>([
    ['insurer-a', 'adjuster', 1, 'UNAUTHORIZED_ORGANISATION'],
    [CUSTODIAN, 'admin', 1, 'UNAUTHORIZED_ROLE'],
    [CUSTODIAN, 'nurse', 1, 'PRACTITIONER_NOT_APPROVED'],
    [CUSTODIAN, 'gateway', 1, 'UNAUTHORIZED_ROLE'],
    [CUSTODIAN, 'clerk', 10_001, 'INVALID_ARGUMENT'],
  ])('of %s %s with %i leaves is refused', async (organisation, role, size, code) => {
    const by = await world.caller(organisation, role);
    const input = { id: world.id(), root: 'a'.repeat(64), size };
    expect(await refusal(world.submit(by, 'record:anchorBatch', input))).toBe(code);
  });

  it('has an id of its own', async () => {
    const { id } = await batched(1);
    const again = world.submit(clinic.clerk, 'record:anchorBatch', { id, root: 'a'.repeat(64), size: 1 });
    expect(await refusal(again)).toBe('ALREADY_EXISTS');
  });
});

describe('an access', () => {
  it('of the custodian’s own staff rests on a treatment relation', async () => {
    const made = await anchored();
    const id = world.id();
    const { result, event } = await access(clinic.doctor, made, TREATMENT(), {}, id);
    expect(event.changes).toEqual([{ type: 'access', id, status: 'granted', version: 1 }]);
    const details = (await world.evaluate(clinic.admin, 'record:accessDetails', {
      id,
    })) as record.AccessDetails;
    expect(details).toMatchObject({ reader: { subject: clinic.doctor.subject }, meta: made.meta });
    expect(result).toMatchObject({ detailsHash: hashOf(details) });
    expect(await refusal(access(clinic.doctor, made, TREATMENT(), {}, id))).toBe('ALREADY_EXISTS');
    expect(await refusal(access(clinic.clerk, made, TREATMENT()))).toBe('ACCESS_DENIED');
    expect(await refusal(access(clinic.visitor, made, TREATMENT()))).toBe('ACCESS_DENIED');
    expect(await refusal(access(clinic.doctor, made, TREATMENT(), { purpose: 'research' }))).toBe(
      'ACCESS_DENIED',
    );
    const unknown = { kind: 'treatment', treatment: world.id() } as const;
    expect(await refusal(access(clinic.doctor, made, unknown))).toBe('ACCESS_DENIED');
  });

  it('of a batched record rests on its proof', async () => {
    const { made, reference } = await batched(3);
    const [first, second] = made as [Anchored, Anchored];
    const basis = { kind: 'consent', consent: (await granted(clinic)).id } as const;
    expect(await refusal(access(clinic.visitor, first, basis, { reference: reference(0) }))).toBeUndefined();
    expect(await refusal(access(clinic.visitor, second, basis, { reference: reference(0) }))).toBe(
      'PROOF_INVALID',
    );
    expect(await refusal(access(clinic.visitor, first, basis))).toBe('NOT_FOUND');
  });

  it('shows nobody outside care whose record was read, nor why', async () => {
    const made = await anchored();
    const signed = await granted(clinic);
    const basis = { kind: 'consent', consent: signed.id } as const;
    const { transaction } = await world.endorse(
      clinic.visitor,
      'record:access',
      { id: world.id() },
      {
        private: accessPrivate({ leaf: made.leaf, meta: made.meta, metaSalt: made.salt }, basis),
      },
    );
    const onChain = [...transaction.set.reads.keys(), ...transaction.set.writes.keys()].join();
    expect(onChain).not.toContain(clinic.patient);
    expect([...transaction.set.writes.values()].map(({ value }) => String(value)).join()).not.toContain(
      signed.id,
    );
  });

  it.each<[string, Partial<consent.Consent>, string]>([
    [
      'for another person',
      { grantee: { kind: 'role', organisation: VISITING, role: 'nurse' } },
      'ACCESS_DENIED',
    ],
    ['to write', { permissions: ['write'] }, 'ACCESS_DENIED'],
    ['for research', { purposes: ['research'] }, 'ACCESS_DENIED'],
    ['to another category', { filters: { categories: ['imaging'] } }, 'ACCESS_DENIED'],
    ['with an exception', { except: [{ filters: { categories: ['laboratory'] } }] }, 'ACCESS_DENIED'],
  ])('is refused under a consent %s', async (_, change, code) => {
    const basis = { kind: 'consent', consent: (await granted(clinic, change)).id } as const;
    expect(await refusal(access(clinic.visitor, await anchored(), basis))).toBe(code);
  });

  it.each<[string, (made: Anchored) => [Anchored, object?], string]>([
    ['another leaf', (made) => [{ ...made, leaf: { ...made.leaf, epoch: 9 } }], 'ANCHOR_MISMATCH'],
    ['a leaf of nowhere', () => [leafOf(clinic, clinic.doctor)], 'NOT_FOUND'],
    ['another meta', (made) => [{ ...made, meta: { ...made.meta, labels: ['x'] } }], 'ANCHOR_MISMATCH'],
    ['another meta salt', (made) => [{ ...made, salt: 'c'.repeat(32) }], 'ANCHOR_MISMATCH'],
  ])('is refused for %s', async (_, change, code) => {
    const basis = { kind: 'consent', consent: (await granted(clinic)).id } as const;
    const [made, more] = change(await anchored());
    expect(await refusal(access(clinic.visitor, made, basis, more))).toBe(code);
  });

  it('is refused to who is no approved practitioner of care, or was suspended', async () => {
    const made = await anchored();
    const doctor = await practitioner(world, VISITING, 'doctor');
    const grantee = { kind: 'organisation', organisation: VISITING } as const;
    const basis = { kind: 'consent', consent: (await granted(clinic, { grantee })).id } as const;
    expect(await refusal(access(doctor, made, basis))).toBeUndefined();
    await world.submit(clinic.visitorAdmin, 'directory:suspendPractitioner', { id: doctor.subject });
    expect(await refusal(access(doctor, made, basis))).toBe('PRACTITIONER_NOT_APPROVED');
    expect(await refusal(access(clinic.visitorAdmin, made, basis))).toBe('PRACTITIONER_NOT_APPROVED');
    const adjuster = await practitioner(world, 'insurer-a', 'adjuster');
    expect(await refusal(access(adjuster, made, basis))).toBe('UNAUTHORIZED_ORGANISATION');
  });

  it('that a revocation overtakes does not commit', async () => {
    const made = await anchored();
    const spoken = { ...(await granted(clinic)), id: world.id() };
    await world.submit(
      clinic.doctor,
      'consent:witness',
      { id: spoken.id },
      {
        private: { consent: spoken, evidenceHash: 'e'.repeat(64), salt: world.id() },
      },
    );
    const basis = { kind: 'consent', consent: spoken.id } as const;
    const endorsed = await world.endorse(
      clinic.visitor,
      'record:access',
      { id: world.id() },
      {
        private: accessPrivate({ leaf: made.leaf, meta: made.meta, metaSalt: made.salt }, basis),
      },
    );
    await world.submit(clinic.doctor, 'consent:revoke', { id: spoken.id }, { private: {} });
    expect(commitFailure(world, endorsed).validation).toBe('MVCC_READ_CONFLICT');
  });

  it('is told to the staff of the custodian and of the reader’s organisation, not to others in care', async () => {
    const id = world.id();
    const basis = { kind: 'consent', consent: (await granted(clinic)).id } as const;
    await access(clinic.visitor, await anchored(), basis, {}, id);
    const ask = (by: Caller) => refusal(world.evaluate(by, 'record:accessDetails', { id }));
    for (const by of [clinic.clerk, clinic.visitor, clinic.visitorAdmin, clinic.gateway]) {
      expect(await ask(by)).toBeUndefined();
    }
    expect(await ask(await world.caller('lab-a', 'auditor'))).toBe('UNAUTHORIZED_ROLE');
    expect(await ask(await practitioner(world, 'lab-a', 'technician'))).toBe('UNAUTHORIZED_ROLE');
    expect(await ask(await practitioner(world, CUSTODIAN, 'billing'))).toBe('UNAUTHORIZED_ROLE');
  });

  it('in an emergency rests on an open break-glass', async () => {
    const made = await anchored();
    const id = world.id();
    await world.submit(
      clinic.visitor,
      'consent:openBreakGlass',
      { id },
      {
        private: {
          patient: clinic.patient,
          custodian: CUSTODIAN,
          reason: 'unconscious after an accident',
          minutes: 30,
          salt: world.id(),
        },
      },
    );
    const basis = { kind: 'emergency', breakGlass: id } as const;
    expect(await refusal(access(clinic.visitor, made, basis))).toBeUndefined();
    expect(await refusal(access(clinic.doctor, made, basis))).toBe('ACCESS_DENIED');
  });
});

describe('an erasure', () => {
  const erase = (by: Caller, leaf: record.Leaf, reference: record.AnchorReference = SINGLE) =>
    refusal(world.submit(by, 'record:erase', { leaf, reference, reason: 'retention-over' }));

  it('ends every release of that version, and the record with its newest one', async () => {
    const made = await anchored();
    const { leaf } = made;
    expect(await erase(clinic.admin, leaf)).toBeUndefined();
    expect(await verify(leaf, SINGLE)).toMatchObject({ anchored: true, erased: true });
    expect(await refusal(access(clinic.doctor, made, TREATMENT()))).toBe('ERASED');
    expect(await erase(clinic.admin, leaf)).toBe('ERASED');
    expect(await world.evaluate(clinic.doctor, 'record:getAnchor', { id: leaf.record })).toMatchObject({
      status: 'erased',
    });
    const next = leafOf(clinic, clinic.doctor, { record: leaf.record }, 2);
    expect(await refusal(anchor(next))).toBe('ERASED');
  });

  it('of an earlier version leaves the newest', async () => {
    const first = await anchored();
    const second = leafOf(clinic, clinic.doctor, { record: first.leaf.record }, 2);
    await anchor(second);
    expect(await erase(clinic.clerk, first.leaf)).toBeUndefined();
    expect(await refusal(access(clinic.doctor, second, TREATMENT()))).toBeUndefined();
  });

  it('of one leaf of a batch leaves the others', async () => {
    const { made, reference } = await batched(2);
    const [first, second] = made as [Anchored, Anchored];
    expect(await erase(clinic.admin, first.leaf, reference(0))).toBeUndefined();
    const read = (one: Anchored, index: number) =>
      refusal(access(clinic.doctor, one, TREATMENT(), { reference: reference(index) }));
    expect(await read(first, 0)).toBe('ERASED');
    expect(await read(second, 1)).toBeUndefined();
  });

  it('is the custodian’s office’s, and of what is anchored', async () => {
    const { leaf } = await anchored();
    expect(await erase(clinic.doctor, leaf)).toBe('UNAUTHORIZED_ROLE');
    expect(await erase(clinic.visitorAdmin, leaf)).toBe('UNAUTHORIZED_ORGANISATION');
    expect(await erase(await world.caller(CUSTODIAN, 'clerk'), leaf)).toBe('PRACTITIONER_NOT_APPROVED');
    expect(await erase(clinic.admin, leafOf(clinic, clinic.doctor).leaf)).toBe('NOT_FOUND');
    expect(await erase(clinic.admin, { ...leaf, epoch: 9 })).toBe('ANCHOR_MISMATCH');
  });
});
